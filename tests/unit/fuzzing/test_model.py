"""The model: what it accepts, where it leads, and where it says nothing."""

import pytest

from lead_provider_conformance.fuzzing.stateful.model import TRAINING, Action, Model, Step, When

STARTED = Model("ecf", live=frozenset({"started"}))


@pytest.mark.parametrize("action", list(TRAINING))
@pytest.mark.parametrize("training", ["active", "deferred", "withdrawn"])
def test_training_follows_the_table(action, training):
    model = Model("ecf", training, live=frozenset({"started"}))
    accepted_from, leads_to = TRAINING[action]
    assert model.accepts(Step(action)) is (training in accepted_from)
    assert model.after(Step(action)).training == (leads_to if training in accepted_from else training)


def test_nobody_is_withdrawn_before_they_started():
    assert not Model("ecf").accepts(Step(Action.WITHDRAW))
    assert STARTED.accepts(Step(Action.WITHDRAW))


def test_npq_participants_are_deferred_only_after_a_declaration():
    assert not Model("npq").accepts(Step(Action.DEFER))
    assert Model("ecf").accepts(Step(Action.DEFER))


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER, When.FUTURE])
def test_a_date_outside_the_window_is_refused(when):
    assert not Model("ecf").accepts(Step(Action.DECLARE, "started", when))


def test_evidence_is_due_after_the_first_declaration():
    assert Model("ecf").accepts(Step(Action.DECLARE, "started", evidence=False))
    assert not Model("ecf").accepts(Step(Action.DECLARE, "retained-1", evidence=False))
    assert Model("npq").accepts(Step(Action.DECLARE, "retained-1", evidence=False))


def test_a_copy_changes_nothing_and_another_of_the_type_is_refused():
    assert STARTED.accepts(Step(Action.DECLARE_COPY, "started"))
    assert STARTED.after(Step(Action.DECLARE_COPY, "started")) == STARTED
    assert not STARTED.accepts(Step(Action.DECLARE_AGAIN, "started"))


def test_a_voided_declaration_is_voided_once():
    voided = STARTED.after(Step(Action.VOID, "started"))
    assert (voided.live, voided.voided) == (frozenset(), frozenset({"started"}))
    assert not voided.accepts(Step(Action.VOID_AGAIN, "started"))


def test_what_the_sources_leave_open_is_not_asked():
    voided = STARTED.after(Step(Action.VOID, "started"))
    assert not voided.knows(Step(Action.WITHDRAW))
    assert not voided.knows(Step(Action.VOID, "started"))
    assert not STARTED.knows(Step(Action.DECLARE, "started"))


def test_a_copy_that_an_outcome_has_overtaken_is_not_asked_for():
    completed = Model("npq", live=frozenset({"started", "completed"}), outcome="passed")
    assert completed.knows(Step(Action.DECLARE_COPY, "completed"))
    failed = completed.after(Step(Action.REPORT_OUTCOME, "failed"))
    assert not failed.knows(Step(Action.DECLARE_COPY, "completed"))


@pytest.mark.parametrize(
    ("model", "step", "promised"),
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
def test_what_only_the_deployed_service_does_is_not_promised(model, step, promised):
    assert model.promised(step) is promised


EXTENDED = Step(Action.CHANGE_SCHEDULE, "ecf-extended-september")


def test_a_schedule_is_changed_to_another_and_not_of_who_has_withdrawn():
    changed = Model("ecf").after(EXTENDED)
    assert changed.schedule == "ecf-extended-september"
    assert not changed.accepts(EXTENDED)
    assert not Model("ecf", "withdrawn").accepts(EXTENDED)
    assert not STARTED.knows(EXTENDED)
    assert not changed.knows(Step(Action.DECLARE, "started", When.AFTER))


def test_an_outcome_needs_a_completed_declaration_which_brings_the_first():
    passed, failed = Step(Action.REPORT_OUTCOME, "passed"), Step(Action.REPORT_OUTCOME, "failed")
    assert not Model("npq").accepts(passed)
    completed = Model("npq").after(Step(Action.DECLARE, "completed"))
    assert completed.outcome == "passed"
    assert completed.after(failed).outcome == "failed"
    assert not completed.knows(Step(Action.WITHDRAW))
    voided = completed.after(Step(Action.VOID, "completed"))
    assert (voided.outcome, voided.accepts(passed)) == ("voided", False)


@pytest.mark.parametrize(("action", "becomes"), [(Action.ACCEPT, "accepted"), (Action.REJECT, "rejected")])
def test_an_application_is_decided_once(action, becomes):
    applied = Model("npq", application="pending")
    decided = applied.after(Step(action))
    assert decided.application == becomes
    assert not decided.accepts(Step(Action.ACCEPT))
    assert not decided.accepts(Step(Action.REJECT))
    assert applied.promised(Step(action))


def test_only_who_is_accepted_trains():
    declare = Step(Action.DECLARE, "started")
    assert not Model("npq", application="pending").knows(declare)
    assert not Model("npq", application="rejected").knows(declare)
    assert Model("npq", application="accepted").knows(declare)
    assert not Model("npq").knows(Step(Action.ACCEPT))
