"""Participants take a break, come back, and leave; and who may not."""

from dataclasses import replace
from datetime import datetime, timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import NOON, declaration_of, first_window_since_withdrawal, window_of

EXTENDED = ("ecf-extended-september", "ecf-extended-january", "ecf-extended-april")
ACTIONS = {
    "defer": {"reason": "other"},
    "withdraw": {"reason": "other"},
    "resume": {},
    "change-schedule": {"schedule_identifier": "ecf-extended-january"},
}


def assert_moved(instant, shown):
    assert shown.updated_at >= instant, f"updated_at is {shown.updated_at}, from before the change at {instant}."


def assert_listed_since(instant, participant, api):
    changed = api.paginate(api.participants, ("filter[updated_since]", format_time(instant)))
    listed = {each["id"] for each in changed}
    assert participant.id in listed, (
        f"filter[updated_since] {format_time(instant)} lacks the participant who changed after it."
    )


def started_as_on_another_schedule(api, participant, calendar):
    """Declare a start on a day when another schedule has one too; gives that schedule, which nothing is against."""
    present = window_of(participant, "started", calendar)
    others = (each for each in EXTENDED if each != participant.schedule)
    for schedule, day in ((each, calendar.windows(each, participant.cohort_year)[0].start) for each in others):
        noon = datetime.combine(max(present.start, day) + timedelta(days=2), NOON)
        if present.contains(noon.date()):
            start = declaration_of(participant, "started", calendar) | {"declaration_date": format_time(noon)}
            if api.declare(start).status == 200:
                return schedule
    raise CouldNotRun(f"The start of {participant.id} could not be declared.", "Mend declarations/started first.")


def in_training(participant, api, states):
    """The participant, resumed if need be, or another one where who has withdrawn cannot resume, as nobody promised."""
    if api.resume(participant).status == 200 or api.participant(participant).training_status == "active":
        return participant
    return states.claim("ect.started")


@verifies("withdrawal/needs-started-declaration", "withdrawal/refusal-changes-nothing")
@uses_states("ect.no-declarations")
def test_withdrawing_before_any_started_declaration_is_refused(api, states, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).resource

    refusal = api.withdraw(ect, reason="left-teaching-profession")
    with check("withdrawal/needs-started-declaration"):
        assert refusal.status == 422
        assert refusal.errors

    with check("withdrawal/refusal-changes-nothing"):
        check.needs("withdrawal/needs-started-declaration")
        assert api.show_participant(ect.id).resource == before


@verifies(
    "withdrawal/training-status",
    "withdrawal/reason-and-date",
    "withdrawal/persists",
    "withdrawal/school-status",
    "withdrawal/once",
    "deferral/of-withdrawn",
    "schedule/of-withdrawn",
    "withdrawal/backdated-declaration",
    "withdrawal/resumable",
    "training/updated-at",
    "training/updated-since",
)
@uses_states("ect.no-declarations")
def test_a_participant_withdraws_after_the_start(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).server_time
    another = started_as_on_another_schedule(api, ect, calendar)

    response = api.withdraw(ect, reason="moved-school")
    with check("withdrawal/training-status"):
        assert response.status == 200
        assert ect.in_response(response).training_status == "withdrawn"

    shown = api.participant(ect)
    if api.version == "v3":
        with check("withdrawal/reason-and-date"):
            assert shown.withdrawal.get("reason") == "moved-school"
            assert shown.withdrawal.get("date")
    else:
        with check("withdrawal/school-status"):
            assert shown.status == "active"

    with check("withdrawal/persists"):
        assert shown.training_status == "withdrawn"

    with check("training/updated-at"):
        assert_moved(before, api.participant(ect))

    with check("training/updated-since"):
        assert_listed_since(before, ect, api)

    with check("withdrawal/once"):
        assert api.withdraw(ect).status == 422

    with check("deferral/of-withdrawn"):
        assert api.defer(ect).status == 422

    with check("schedule/of-withdrawn"):
        assert api.change_schedule(ect, another).status == 422

    with check("withdrawal/backdated-declaration"):
        assert api.declare(declaration_of(ect, "retained-1", calendar)).status == 200

    with check("withdrawal/resumable"):
        assert api.resume(ect).status == 200
        assert api.participant(ect).training_status == "active"


@verifies("declarations/after-withdrawal", "resumption/clears-reasons", "declarations/after-resumption")
@uses_states("ect.withdrawn-before-a-window")
def test_nothing_is_declared_after_a_withdrawal_until_the_participant_resumes(api, states, calendar, check):
    ect = states.claim("ect.withdrawn-before-a-window")
    opened = first_window_since_withdrawal(ect, calendar, api.show_participant(ect.id).server_time.date())
    assert opened, f"The server's clock is before any window that opened after {ect.withdrawal}."
    after = declaration_of(ect, opened.declaration_type, calendar)
    after["declaration_date"] = format_time(datetime.combine(opened.start, NOON))

    with check("declarations/after-withdrawal"):
        refusal = api.declare(after)
        assert refusal.status == 422
        assert refusal.names("participant_id")

    if api.resume(ect).status != 200:
        raise NotApplicable("Who has withdrawn cannot resume here: that is what withdrawal/resumable is about.")
    if api.version == "v3":
        with check("resumption/clears-reasons"):
            shown = api.participant(ect)
            assert not shown.withdrawal
            assert not shown.deferral

    with check("declarations/after-resumption"):
        assert api.declare(after).status == 200


@verifies(
    "deferral/training-status",
    "deferral/before-start",
    "deferral/reason-and-date",
    "deferral/persists",
    "deferral/once",
    "declarations/while-deferred",
    "resumption/training-status",
    "resumption/clears-reasons",
    "resumption/of-active",
    "training/updated-at",
    "training/updated-since",
)
@uses_states("ect.no-declarations")
def test_a_participant_takes_a_break_and_comes_back(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).server_time

    response = api.defer(ect, reason="parental-leave")
    with check("deferral/before-start"):
        assert response.status == 200

    with check("deferral/training-status"):
        assert response.status == 200
        assert ect.in_response(response).training_status == "deferred"

    shown = api.participant(ect)
    if api.version == "v3":
        with check("deferral/reason-and-date"):
            assert shown.deferral.get("reason") == "parental-leave"
            assert shown.deferral.get("date")

    with check("deferral/persists"):
        assert shown.training_status == "deferred"

    with check("training/updated-at"):
        assert_moved(before, shown)

    with check("training/updated-since"):
        assert_listed_since(before, ect, api)

    with check("deferral/once"):
        assert api.defer(ect).status == 422

    with check("declarations/while-deferred"):
        assert api.declare(declaration_of(ect, "started", calendar)).status == 200

    response, shown = api.resume(ect), api.participant(ect)
    with check("resumption/training-status"):
        assert response.status == 200
        assert ect.in_response(response).training_status == "active"
        assert shown.training_status == "active"

    if api.version == "v3":
        with check("resumption/clears-reasons"):
            assert not shown.deferral

    with check("resumption/of-active"):
        assert api.resume(ect).status == 422


@verifies("training/updated-at", "training/updated-since", "schedule/of-deferred")
@uses_states("ect.deferred")
def test_resuming_after_a_long_break_is_a_change(api, states, check):
    ect = states.claim("ect.deferred", where=lambda each: not states.inventory.declarations_about(each))
    before = api.show_participant(ect.id).server_time

    assert api.resume(ect).status == 200

    with check("training/updated-at"):
        assert_moved(before, api.participant(ect))

    with check("training/updated-since"):
        assert_listed_since(before, ect, api)

    assert api.defer(ect).status == 200
    another = next(each for each in ("ecf-extended-april", "ecf-extended-january") if each != ect.schedule)
    with check("schedule/of-deferred"):
        assert api.change_schedule(ect, another).status == 200
        assert api.participant(ect).training_status == "deferred"


@verifies(
    "training/course-required",
    "training/course-of-participant",
    "withdrawal/reason-known",
    "withdrawal/reason-required",
    "deferral/reason-known",
    "deferral/reason-required",
    "errors/one-entry-per-attribute",
    "deferral/reasons",
    "withdrawal/reasons",
    "withdrawal/of-deferred",
    "training/old-paths",
)
@uses_states("ect.started")
def test_courses_and_reasons_good_and_bad(api, states, calendar, edition, check):
    ect = states.claim("ect.started")
    before = api.show_participant(ect.id).resource
    course = {"course_identifier": ect.course}

    with check("training/course-required"):
        for action, attributes in ACTIONS.items():
            assert api.put_action(ect, action, attributes, deliberate="no course_identifier").status == 422, action
        assert api.show_participant(ect.id).resource == before

    with check("training/course-of-participant"):
        for action, attributes in ACTIONS.items():
            assert api.put_action(ect, action, attributes | {"course_identifier": "ecf-mentor"}).status == 422, action
        assert api.show_participant(ect.id).resource == before

    with check("withdrawal/reason-known"):
        for reason in ("gone-fishing", "started-in-error", "insufficient-capacity"):
            refusal = api.put_action(ect, "withdraw", course | {"reason": reason}, deliberate="not an ECF reason")
            assert refusal.status == 422, reason

    with check("withdrawal/reason-required"):
        refusal = api.put_action(ect, "withdraw", course, deliberate="no reason")
        assert refusal.status == 422
        assert refusal.names("reason")

    with check("deferral/reason-known"):
        refusal = api.put_action(ect, "defer", course | {"reason": "gone-fishing"}, deliberate="unknown reason")
        assert refusal.status == 422

    refusal = api.put_action(ect, "defer", course, deliberate="no reason")
    with check("deferral/reason-required"):
        assert refusal.status == 422
        assert refusal.names("reason")

    with check("errors/one-entry-per-attribute"):
        assert [title for title, _ in refusal.errors] == ["reason"]

    now = api.participant(ect).training_status
    with check("withdrawal/reason-known"):
        assert now != "withdrawn", "The participant was withdrawn though it was refused."
    with check("deferral/reason-known"):
        assert now != "deferred", "The participant was deferred though it was refused."

    # A refusal that took effect all the same must not stand in the way of what follows.
    if now != "active":
        api.resume(ect)

    with check("deferral/reasons"):
        for reason in calendar.reasons("defer", "ecf", api.version, edition):
            assert api.defer(ect, reason=reason).status == 200, reason
            api.resume(ect)

    with check("withdrawal/reasons"):
        for reason in calendar.reasons("withdraw", "ecf", api.version, edition):
            assert api.withdraw(ect, reason=reason).status == 200, reason
            ect = in_training(ect, api, states)

    with check("withdrawal/of-deferred"):
        assert api.defer(ect).status == 200
        assert api.withdraw(ect).status == 200

    if api.version == "v1":
        ect = in_training(ect, api, states)
        api.defer(ect)
        with check("training/old-paths"):
            for action, status in {"resume": "active", "defer": "deferred"}.items():
                body = {"data": {"type": f"participant-{action}", "attributes": ACTIONS[action] | course}}
                assert api.send("PUT", api.path("participants", ect.id, action), body=body).status == 200, action
                assert api.participant(ect).training_status == status


@verifies("training/unknown-participant")
@uses_states("ect.no-declarations")
def test_an_action_on_a_participant_whom_nobody_has_is_refused(api, states):
    nobody = replace(states.look("ect.no-declarations"), id=UNKNOWN_ID)

    for action, attributes in ACTIONS.items():
        assert api.put_action(nobody, action, attributes | {"course_identifier": nobody.course}).status == 422, action
