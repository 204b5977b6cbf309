"""Participants of the ECT service are deferred, and resumed on a later day."""

from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.changes import assert_dated, assert_listed_as_shown, just_before
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

ANOTHER_SCHEDULE = ("ecf-extended-september", "ecf-extended-january")


def claim_to_defer(states):
    """Claim a mentor or an early career teacher in training; rather one without declarations."""
    for name in ("mentor.in-training", "ect.in-training"):
        try:
            return states.claim_trained(name, where=lambda each: not states.inventory.declarations_about(each))
        except CouldNotRun:
            continue
    return states.claim_trained("ect.in-training")


@verifies(
    "deferral/training-status",
    "deferral-2026/no-declaration-needed",
    "deferral/reason-and-date",
    "deferral/persists",
    "deferral-2026/status-left",
    "training/updated-at",
    "training/updated-since",
    "deferral/once",
    "schedule-2026/left",
    "resumption-2026/same-day",
    "resumption/training-status",
    "resumption/clears-reasons",
    "training/course-of-participant",
    "training-2026/first-day",
    "deferral/reasons",
)
@uses_states("mentor.in-training", "ect.in-training")
def test_participant_is_deferred_and_resumed_on_the_next_day(api, states, calendar, check):
    participant = claim_to_defer(states)
    before = states.last_change(api.participant(participant))
    undeclared = not states.inventory.declarations_about(participant)

    response = api.defer(participant, reason="parental-leave")
    with check("deferral/training-status"):
        assert response.status == 200
        assert participant.in_response(response).training_status == "deferred"

    with check("deferral-2026/no-declaration-needed"):
        if not undeclared:
            raise CouldNotRun(
                "Every participant in training has declarations.", "Give the provider one in training without any."
            )
        assert response.status == 200

    shown = api.participant(participant)
    with check("deferral/reason-and-date"):
        assert shown.deferral.get("reason") == "parental-leave"
        assert_dated(shown.deferral.get("date"), shown.updated_at, response.server_time)

    with check("deferral-2026/status-left"):
        assert shown.status == "left"

    with check("training/updated-at"):
        before.assert_moved_to(shown.updated_at)

    listed = list(api.paginate(api.participants, just_before(shown.updated_at)))
    changed = {each["id"] for each in listed}
    with check("training/updated-since"):
        assert participant.id in changed, f"filter[updated_since] lacks {shown.id}, changed {shown.updated_at}."
        assert_listed_as_shown(listed, shown)

    with check("deferral/persists"):
        assert shown.training_status == "deferred"
        assert participant.id in changed, f"The list lacks {shown.id} after the deferral."
        assert_listed_as_shown(listed, shown)

    with check("deferral/once"):
        assert api.defer(participant).status == 422

    with check("schedule-2026/left"):
        another = next(each for each in ANOTHER_SCHEDULE if each != participant.schedule)
        refusal = api.change_schedule(participant, another)
        assert refusal.status == 422
        assert refusal.names("participant_id") or refusal.names("schedule_identifier")

    deferred_at = shown.updated_at
    same_day = api.resume(participant)
    with check("resumption-2026/same-day"):
        assert same_day.status == 422
        assert same_day.names("participant_id")

    states.next_day()
    with check("training/course-of-participant"):
        check.needs("resumption-2026/same-day")
        another = "ecf-induction" if participant.course == "ecf-mentor" else "ecf-mentor"
        refusal = api.put_action(participant, "resume", {"course_identifier": another})
        assert refusal.status == 422, "resume"

    response, shown = (same_day if same_day.status == 200 else api.resume(participant)), api.participant(participant)
    with check("resumption/training-status"):
        assert response.status == 200
        assert participant.in_response(response).training_status == "active"
        assert shown.training_status == "active"

    with check("resumption/clears-reasons"):
        check.needs("resumption/training-status")
        assert not shown.deferral
        assert not shown.withdrawal

    with check("training/updated-at"):
        check.needs("resumption/training-status")
        assert shown.updated_at > deferred_at

    with check("training-2026/first-day"):
        check.needs("resumption/training-status")
        for refusal in (api.defer(participant), api.withdraw(participant)):
            assert refusal.status == 422
            assert refusal.names("participant_id")

    with check("deferral/reasons"):
        check.needs("resumption/training-status", "training-2026/first-day")
        for reason in calendar.reasons("defer", api.programme, api.version):
            states.next_day()
            assert api.defer(participant, reason=reason).status == 200, reason
            states.next_day()
            prepared(api.resume(participant))


@verifies(
    "withdrawal-2026/joining",
    "deferral-2026/joining",
    "withdrawal/refusal-changes-nothing",
    "schedule-2026/joining",
)
@uses_states("ect.joining")
def test_joining_participant_changes_schedule_and_is_neither_withdrawn_nor_deferred(api, states, check):
    joining = states.claim("ect.joining")
    before = api.show_participant(joining.id).resource

    for requirement, action in (("withdrawal-2026/joining", api.withdraw), ("deferral-2026/joining", api.defer)):
        refusal = action(joining)
        with check(requirement):
            assert refusal.status == 422
            assert refusal.names("participant_id")

    with check("withdrawal/refusal-changes-nothing"):
        check.needs("withdrawal-2026/joining", "deferral-2026/joining")
        assert api.show_participant(joining.id).resource == before

    with check("schedule-2026/joining"):
        another = next(each for each in ANOTHER_SCHEDULE if each != joining.schedule)
        assert api.change_schedule(joining, another).status == 200
        assert api.participant(joining).schedule == another


@verifies("resumption-2026/left", "schedule-2026/left")
def test_participant_who_has_left_is_neither_resumed_nor_moved(api, states, check):
    left = [each for each in states.inventory.participants if (each.status, each.training_status) == ("left", "active")]
    if not left:
        raise CouldNotRun(
            "No participant has left the provider without having been deferred or withdrawn.",
            "Give the provider a participant who has left for another.",
        )
    gone = left[0]

    refusal = api.resume(gone)
    with check("resumption-2026/left"):
        assert refusal.status == 422
        assert refusal.names("participant_id")

    with check("schedule-2026/left"):
        another = next(each for each in ANOTHER_SCHEDULE if each != gone.schedule)
        refusal = api.change_schedule(gone, another)
        assert refusal.status == 422
        assert refusal.names("participant_id")
