"""The model: expected results, effects, and steps that no source speaks of."""

from dataclasses import replace
from itertools import product

import pytest

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.fuzzing.stateful.model import Model, _facts, service_of
from lead_provider_conformance.fuzzing.stateful.steps import (
    EARLIER,
    ECT_SERVICE,
    NPQ_SERVICE,
    TODAY,
    UNKNOWN_DAY,
    Action,
    Expected,
    Step,
    When,
)
from lead_provider_conformance.fuzzing.stateful.successors import TRANSITIONS_OF_ECT_SERVICE, TRANSITIONS_OF_NPQ_SERVICE
from lead_provider_conformance.fuzzing.stateful.transitions import TRANSITIONS

ROWS = (*TRANSITIONS, *TRANSITIONS_OF_ECT_SERVICE)
STARTED = Model("ecf", live=frozenset({"started"}))
COMPLETED = Model("npq", live=frozenset({"started", "completed"}), outcome="passed")
EXTENDED = Step(Action.CHANGE_SCHEDULE, "ecf-extended-september")


@pytest.mark.parametrize(
    ("action", "training", "becomes"),
    [
        (Action.DEFER, "active", "deferred"),
        (Action.DEFER, "deferred", None),
        (Action.DEFER, "withdrawn", None),
        (Action.RESUME, "active", None),
        (Action.RESUME, "deferred", "active"),
        (Action.RESUME, "withdrawn", "active"),
        (Action.WITHDRAW, "active", "withdrawn"),
        (Action.WITHDRAW, "deferred", "withdrawn"),
        (Action.WITHDRAW, "withdrawn", None),
    ],
)
def test_training_status_changes_only_when_accepted(action, training, becomes):
    model = Model("ecf", training, live=frozenset({"started"}))

    assert model.accepts(Step(action)) is (becomes is not None)
    assert model.after(Step(action)).training == (becomes or training)


def test_withdrawal_needs_started_declaration():
    assert not Model("ecf").accepts(Step(Action.WITHDRAW))
    assert STARTED.accepts(Step(Action.WITHDRAW))


def test_deferral_of_npq_participant_needs_a_declaration():
    assert not Model("npq").accepts(Step(Action.DEFER))
    assert Model("npq", live=frozenset({"started"})).accepts(Step(Action.DEFER))
    assert Model("ecf").accepts(Step(Action.DEFER))


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER, When.FUTURE])
def test_declaration_outside_its_window_is_refused(when):
    assert not Model("ecf").accepts(Step(Action.DECLARE, "started", when))


def test_evidence_is_required_for_ecf_declarations_after_the_first():
    assert Model("ecf").accepts(Step(Action.DECLARE, "started", evidence=False))
    assert not Model("ecf").accepts(Step(Action.DECLARE, "retained-1", evidence=False))
    assert Model("npq").accepts(Step(Action.DECLARE, "retained-1", evidence=False))


def test_copy_changes_nothing_and_another_declaration_of_the_type_is_refused():
    assert STARTED.accepts(Step(Action.DECLARE_COPY, "started"))
    assert STARTED.after(Step(Action.DECLARE_COPY, "started")) == STARTED
    assert not STARTED.accepts(Step(Action.DECLARE_AGAIN, "started"))


def test_second_void_of_a_declaration_is_refused():
    voided = STARTED.after(Step(Action.VOID, "started"))

    assert (voided.live, voided.voided) == (frozenset(), frozenset({"started"}))
    assert voided.expected(Step(Action.VOID_AGAIN, "started")) is Expected.REFUSED_AS_DEPLOYED


def test_steps_without_a_source_are_unknown():
    voided = STARTED.after(Step(Action.VOID, "started"))

    assert not voided.knows(Step(Action.WITHDRAW))
    assert not voided.knows(Step(Action.VOID, "started"))
    assert not STARTED.knows(Step(Action.DECLARE, "started"))
    assert not STARTED.knows(Step(Action.VOID, "retained-1"))


def test_copy_of_completed_declaration_is_unknown_after_failed_outcome():
    assert COMPLETED.knows(Step(Action.DECLARE_COPY, "completed"))
    failed = COMPLETED.after(Step(Action.REPORT_OUTCOME, "failed"))
    assert not failed.knows(Step(Action.DECLARE_COPY, "completed"))


@pytest.mark.parametrize(
    ("model", "step", "is_promised"),
    [
        (Model("ecf"), Step(Action.DEFER), True),
        (Model("ecf", "deferred"), Step(Action.DEFER), False),
        (Model("ecf", "deferred"), Step(Action.RESUME), True),
        (Model("ecf"), Step(Action.RESUME), False),
        (Model("ecf"), Step(Action.WITHDRAW), True),
        (STARTED, Step(Action.WITHDRAW), True),
        (STARTED, Step(Action.DECLARE_COPY, "started"), True),
        (STARTED, Step(Action.DECLARE_AGAIN, "started"), False),
        (Model("ecf"), Step(Action.DECLARE, "started", When.BEFORE), True),
        (Model("npq"), Step(Action.DECLARE, "started", When.BEFORE), False),
        (Model("ecf"), Step(Action.DECLARE, "started", When.FUTURE), False),
        (Model("ecf", "withdrawn"), Step(Action.DECLARE, "started"), True),
        (Model("ecf", "deferred"), Step(Action.DECLARE, "started"), False),
        (Model("npq"), Step(Action.DEFER), True),
        (Model("npq", "deferred"), Step(Action.DEFER), True),
    ],
    ids=lambda each: str(each) if isinstance(each, Step) else "",
)
def test_steps_that_only_the_deployed_service_decides_are_not_promised(model, step, is_promised):
    assert model.promises(step) is is_promised


def test_schedule_changes_only_to_another_one_and_not_after_withdrawal():
    changed = Model("ecf").after(EXTENDED)

    assert changed.schedule == "ecf-extended-september"
    assert not changed.accepts(EXTENDED)
    assert not Model("ecf", "withdrawn").accepts(EXTENDED)
    assert not STARTED.knows(EXTENDED)
    assert not changed.knows(Step(Action.DECLARE, "started", When.AFTER))


def test_outcome_needs_completed_declaration():
    passed, failed = Step(Action.REPORT_OUTCOME, "passed"), Step(Action.REPORT_OUTCOME, "failed")
    assert not Model("npq").accepts(passed)

    completed = Model("npq").after(Step(Action.DECLARE, "completed"))
    assert completed.outcome == "passed"
    assert completed.after(failed).outcome == "failed"
    assert not completed.knows(Step(Action.WITHDRAW))

    voided = completed.after(Step(Action.VOID, "completed"))
    assert (voided.outcome, voided.accepts(passed)) == ("voided", False)


@pytest.mark.parametrize(("action", "becomes"), [(Action.ACCEPT, "accepted"), (Action.REJECT, "rejected")])
def test_application_is_decided_once(action, becomes):
    pending = Model("npq", application="pending")
    decided = pending.after(Step(action))

    assert decided.application == becomes
    assert not decided.accepts(Step(Action.ACCEPT))
    assert not decided.accepts(Step(Action.REJECT))
    assert pending.promises(Step(action))


def test_only_accepted_applicants_are_participants():
    declare = Step(Action.DECLARE, "started")

    assert not Model("npq", application="pending").knows(declare)
    assert not Model("npq", application="rejected").knows(declare)
    assert Model("npq", application="accepted").knows(declare)
    assert not Model("npq").knows(Step(Action.ACCEPT))


def test_conditions_name_facts_that_exist():
    facts = _facts(Model("ecf"), Step(Action.DEFER))

    assert {name for row in TRANSITIONS for name in row.conditions} <= facts.keys()


def test_every_transition_is_reached():
    """A row behind a broader one would never apply."""
    live = [frozenset(each) for each in ((), ("started",), ("retained-1",), ("started", "completed"))]
    voided = [frozenset(), frozenset({"started"})]
    dimensions = (
        ("ecf", "npq"), ("active", "deferred", "withdrawn"), live, voided, ("", "ecf-extended-september"),
        ("", "failed"), ("", "pending", "accepted", "rejected"),
    )  # fmt: skip
    models = [Model(*each) for each in product(*dimensions)]
    of_ecf = [each for each in models if (each.programme, each.application) == ("ecf", "")]
    days, roles = product((EARLIER, TODAY, UNKNOWN_DAY), ("", TODAY)), product(("ect", "mentor"), (False, True))
    facts = product(days, roles)
    models += [
        replace(each, service=ECT_SERVICE, trained=trained, stopped=stopped, role=role, from_2025=from_2025)
        for ((trained, stopped), (role, from_2025)), each in product(facts, of_ecf)
    ]
    models += [replace(each, service=NPQ_SERVICE) for each in models if each.programme == "npq"]
    steps = [Step(*each) for each in product(Action, ("", "started", "retained-1", "completed"), When, (True, False))]
    steps.append(EXTENDED)

    reached = {id(model.transition(step)) for model in models for step in steps}

    assert [row for row in (*TRANSITIONS_OF_NPQ_SERVICE, *ROWS) if id(row) not in reached] == []


@pytest.mark.parametrize(
    "row", [each for each in (*TRANSITIONS_OF_NPQ_SERVICE, *ROWS) if each.requirement], ids=lambda row: row.requirement
)
def test_requirement_outside_a_journey_exists(row):
    known = {each.id for each in Registry.load()}
    formats = {row.requirement.format(npq=prefix, when=when) for prefix in ("", "npq-") for when in ("before", "after")}
    assert formats <= known


def test_withdrawal_before_start_breaks_the_requirement_of_its_programme():
    withdraw = Step(Action.WITHDRAW)
    assert Model("ecf").requirement(withdraw) == "withdrawal/needs-started-declaration"
    assert Model("npq").requirement(withdraw) == "npq-withdrawal/needs-started-declaration"
    assert STARTED.requirement(withdraw) == ""


ECT = Model("ecf", service=service_of("ecf", "2026-08"), role="ect")
MENTOR = replace(ECT, role="mentor")


@pytest.mark.parametrize(
    ("model", "step", "expected"),
    [
        (ECT, Step(Action.WITHDRAW), Expected.ACCEPTED),
        (ECT, Step(Action.DEFER), Expected.ACCEPTED),
        (replace(ECT, trained=UNKNOWN_DAY), Step(Action.DEFER), Expected.UNKNOWN),
        (replace(ECT, trained=UNKNOWN_DAY), Step(Action.WITHDRAW), Expected.UNKNOWN),
        (ECT.after(Step(Action.CHANGE_SCHEDULE, "x")), Step(Action.DEFER), Expected.REFUSED),
        (ECT.after(Step(Action.CHANGE_SCHEDULE, "x")), Step(Action.WITHDRAW), Expected.REFUSED),
        (ECT.after(Step(Action.CHANGE_SCHEDULE, "x")), Step(Action.CHANGE_SCHEDULE, "x"), Expected.REFUSED_AS_DEPLOYED),
        (replace(ECT, live=frozenset({"started"})), Step(Action.CHANGE_SCHEDULE, "x"), Expected.ACCEPTED),
        (replace(ECT, live=frozenset({"started"})), Step(Action.DECLARE_COPY, "started"), Expected.UNKNOWN),
        (replace(ECT, training="deferred", stopped=TODAY), Step(Action.RESUME), Expected.REFUSED_AS_DEPLOYED),
        (replace(ECT, training="deferred"), Step(Action.DEFER), Expected.REFUSED),
        (replace(ECT, training="deferred"), Step(Action.WITHDRAW), Expected.UNKNOWN),
        (replace(ECT, training="deferred"), Step(Action.DECLARE, "started"), Expected.UNKNOWN),
        (replace(ECT, training="withdrawn"), Step(Action.DECLARE, "started"), Expected.ACCEPTED),
        (replace(ECT, training="withdrawn", stopped=TODAY), Step(Action.RESUME), Expected.REFUSED_AS_DEPLOYED),
        (replace(ECT, training="withdrawn"), Step(Action.WITHDRAW), Expected.REFUSED),
        (replace(ECT, training="withdrawn"), Step(Action.CHANGE_SCHEDULE, "x"), Expected.REFUSED),
        (ECT, Step(Action.RESUME), Expected.REFUSED_AS_DEPLOYED),
        (ECT, Step(Action.DECLARE, "started", evidence=False), Expected.ACCEPTED),
        (replace(ECT, from_2025=True), Step(Action.DECLARE, "started", evidence=False), Expected.REFUSED),
        (replace(ECT, from_2025=True), Step(Action.DECLARE, "started", When.BEFORE), Expected.UNKNOWN),
        (replace(MENTOR, from_2025=True), Step(Action.DECLARE, "started", evidence=False), Expected.UNKNOWN),
        (replace(MENTOR, from_2025=True), Step(Action.DECLARE, "retained-1"), Expected.UNKNOWN),
        (replace(ECT, live=frozenset({"started"})), Step(Action.DECLARE_AGAIN, "started"), Expected.REFUSED),
        (ECT, Step(Action.DECLARE, "started", When.BEFORE), Expected.REFUSED),
    ],
)
def test_ect_service_has_transitions_of_its_own(model, step, expected):
    assert model.expected(step) is expected


@pytest.mark.parametrize(
    ("programme", "edition", "service"),
    [
        ("ecf", "2025-04", ""),
        ("ecf", "2026-08", "ect"),
        ("ecf", "2027-01", "ect"),
        ("ecf", "", ""),
        ("npq", "2025-04", ""),
        ("npq", "2026-08", "npq-service"),
    ],
)
def test_service_of_a_programme_in_an_edition(programme, edition, service):
    assert service_of(programme, edition) == service


def test_participant_of_ect_service_resumes_on_a_later_day_and_then_trains_since_today():
    deferred = ECT.after(Step(Action.DEFER))
    next_day = deferred.after(Step(Action.NEXT_DAY))
    resumed = next_day.after(Step(Action.RESUME))

    assert deferred.expected(Step(Action.RESUME)) is Expected.REFUSED_AS_DEPLOYED
    assert next_day.expected(Step(Action.RESUME)) is Expected.ACCEPTED
    assert resumed.training == "active"
    assert resumed.expected(Step(Action.DEFER)) is Expected.REFUSED
    assert resumed.after(Step(Action.NEXT_DAY)).expected(Step(Action.DEFER)) is Expected.ACCEPTED


ACCEPTED = Model("npq", application="accepted", service=service_of("npq", "2026-08"))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (ACCEPTED, Expected.ACCEPTED),
        (replace(ACCEPTED, live=frozenset({"started"})), Expected.REFUSED_AS_DEPLOYED),
        (replace(ACCEPTED, voided=frozenset({"started"})), Expected.UNKNOWN),
        (replace(ACCEPTED, application="rejected"), Expected.REFUSED_AS_DEPLOYED),
        (replace(ACCEPTED, application="pending"), Expected.ACCEPTED),
        (replace(ACCEPTED, service=""), Expected.REFUSED),
    ],
)
def test_npq_service_rejects_an_accepted_application_until_it_is_declared(model, expected):
    assert model.expected(Step(Action.REJECT)) is expected


def test_npq_service_refuses_a_copy_of_a_declaration_also_after_a_failed_outcome():
    copy = Step(Action.DECLARE_COPY, "completed")
    failed = replace(ACCEPTED, live=frozenset({"completed"}), outcome="failed")

    assert failed.expected(copy) is Expected.REFUSED
    assert failed.requirement(copy) == "npq-declarations/copy-refused"
    assert replace(failed, service="").expected(copy) is Expected.UNKNOWN


def test_npq_service_promises_to_refuse_a_declaration_before_the_schedule():
    before = Step(Action.DECLARE, "started", When.BEFORE)

    assert replace(ACCEPTED, application="").expected(before) is Expected.REFUSED
    assert Model("npq").expected(before) is Expected.REFUSED_AS_DEPLOYED


def test_steps_of_one_day_are_those_of_the_ect_service_alone():
    assert not Model("ecf").knows(Step(Action.NEXT_DAY))
    assert not ACCEPTED.knows(Step(Action.NEXT_DAY))
    assert ECT.knows(Step(Action.NEXT_DAY))
