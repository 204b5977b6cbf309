"""NPQ participants take a break, come back, and leave; and who may not."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import parse_time
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of


def is_shown_as(participant, training_status):
    """Version 1 does not say of NPQ participants whether they are in training."""
    return participant.training_status in (training_status, None)


@verifies(
    "npq-resumption/of-active",
    "npq-deferral/training-status",
    "npq-deferral/once",
    "npq-deferral/declarable",
    "npq-resumption/of-deferred",
    "npq-withdrawal/training-status",
    "npq-withdrawal/persists",
    "npq-withdrawal/once",
    "npq-deferral/of-withdrawn",
    "npq-schedule/of-withdrawn",
    "npq-withdrawal/backdated-declaration",
    "npq-resumption/of-withdrawn",
    "npq-deferral/withdrawable",
    "npq-training/updated-at",
)
@uses_states("npq.no-declarations")
def test_an_npq_participant_takes_a_break_comes_back_and_leaves(api, states, calendar, check):
    participant = states.claim("npq.no-declarations")
    now = api.show_participant(participant.id).server_time

    def declaration(declaration_type, *, days_ago):
        # No NPQ milestone ends, so a day of the last months is inside the windows of every schedule of the course.
        recently = {"declaration_date": format_time(now - timedelta(days=days_ago))}
        return declaration_of(participant, declaration_type, calendar) | recently

    api.declare(declaration("started", days_ago=60))

    with check("npq-resumption/of-active"):
        assert api.resume(participant).status == 422

    with check("npq-deferral/training-status"):
        response = api.defer(participant, reason="parental-leave")
        assert response.status == 200
        assert is_shown_as(participant.in_response(response), "deferred")
        assert is_shown_as(api.participant(participant), "deferred")

    with check("npq-training/updated-at"):
        assert_moved(participant.in_response(response), now, "deferred")

    with check("npq-deferral/once"):
        assert api.defer(participant).status == 422

    with check("npq-deferral/declarable"):
        assert api.declare(declaration("retained-1", days_ago=30)).status == 200

    with check("npq-resumption/of-deferred"):
        response = api.resume(participant)
        assert response.status == 200
        assert is_shown_as(participant.in_response(response), "active")

    with check("npq-withdrawal/training-status"):
        response = api.withdraw(participant, reason="insufficient-capacity")
        assert response.status == 200
        assert is_shown_as(participant.in_response(response), "withdrawn")

    with check("npq-withdrawal/persists"):
        assert is_shown_as(api.participant(participant), "withdrawn")

    with check("npq-withdrawal/once"):
        assert api.withdraw(participant).status == 422

    with check("npq-deferral/of-withdrawn"):
        assert api.defer(participant).status == 422

    with check("npq-schedule/of-withdrawn"):
        of_course = [name for name in calendar.schedules if participant.course in calendar.courses(name)]
        another = next((name for name in of_course if name != participant.schedule), participant.schedule)
        change = {"schedule_identifier": another, "course_identifier": participant.course}
        assert api.put_action(participant, "change-schedule", change).status == 422

    with check("npq-withdrawal/backdated-declaration"):
        assert api.declare(declaration("completed", days_ago=2)).status == 200

    with check("npq-resumption/of-withdrawn"):
        response = api.resume(participant)
        assert response.status == 200
        assert is_shown_as(participant.in_response(response), "active")

    with check("npq-deferral/withdrawable"):
        assert api.defer(participant).status == 200
        assert api.withdraw(participant).status == 200


@verifies(
    "npq-withdrawal/reason-known",
    "npq-deferral/reason-known",
    "npq-training/course-of-participant",
    "npq-withdrawal/reasons",
    "npq-deferral/reasons",
    "npq-training/updated-at",
)
@uses_states("npq.started")
def test_npq_training_stops_for_every_reason_that_is_listed(api, states, calendar, edition, check):
    participant = states.claim("npq.started")
    begun = api.show_participant(participant.id).server_time

    with check("npq-withdrawal/reason-known"):
        for reason in ("gone-fishing", "left-teaching-profession"):
            assert act_in_vain(api, participant, "withdraw", reason=reason).status == 422, reason
        assert act_in_vain(api, participant, "withdraw").status == 422

    with check("npq-deferral/reason-known"):
        assert act_in_vain(api, participant, "defer", reason="gone-fishing").status == 422
        assert act_in_vain(api, participant, "defer").status == 422

    with check("npq-training/course-of-participant"):
        before = api.show_participant(participant.id).resource
        another = "npq-headship" if participant.course != "npq-headship" else "npq-senco"
        for action in ("withdraw", "defer"):
            refusal = act_in_vain(api, participant, action, reason="other", course_identifier=another)
            assert refusal.status == 422, action
        assert api.show_participant(participant.id).resource == before

    withdrawals = []
    with check("npq-withdrawal/reasons"):
        for reason in calendar.reasons("withdraw", "npq", api.version, edition):
            withdrawals.append(api.withdraw(participant, reason=reason))
            assert withdrawals[-1].status == 200, reason
            assert api.resume(participant).status == 200, f"Who withdrew for {reason} could not be resumed."

    with check("npq-deferral/reasons"):
        for reason in calendar.reasons("defer", "npq", api.version, edition):
            assert api.defer(participant, reason=reason).status == 200, reason
            assert api.resume(participant).status == 200, f"Who was deferred for {reason} could not be resumed."

    with check("npq-training/updated-at"):
        assert_moved(participant.in_response(withdrawals[0]), begun, "withdrawn")
        since = ("filter[updated_since]", format_time(begun - timedelta(seconds=1)))
        listed = {each["id"] for each in api.paginate(api.participants, since)}
        assert participant.id in listed, f"filter[updated_since] lacks the participant who changed after {begun}."


def assert_moved(participant, instant, status):
    moved = participant.updated_at
    assert moved >= instant, f"updated_at is {moved}, from before the participant was {status} after {instant}."


def act_in_vain(api, participant, action, **attributes):
    """An action that ought to be refused; one that is not is taken back at once, so that it spoils no other check."""
    named = {"course_identifier": participant.course} | attributes
    response = api.put_action(participant, action, named, deliberate="no reason that is listed, or another course")
    if response.status == 200:
        api.resume(participant)
    return response


@verifies("npq-withdrawal/reason-shown", "npq-deferral/reason-shown")
@uses_states("npq.started")
def test_why_and_since_when_an_npq_participant_is_not_in_training(api, states, check):
    participant = states.claim("npq.started")
    before = api.show_participant(participant.id).server_time

    withdrawn = participant.in_response(api.withdraw(participant, reason="started-in-error"))
    resumed = participant.in_response(api.resume(participant))
    with check("npq-withdrawal/reason-shown"):
        assert withdrawn.withdrawal.get("reason") == "started-in-error"
        assert parse_time(withdrawn.withdrawal.get("date")) >= before
        assert not withdrawn.deferral
        assert not resumed.withdrawal

    deferred = participant.in_response(api.defer(participant, reason="bereavement"))
    resumed = participant.in_response(api.resume(participant))
    with check("npq-deferral/reason-shown"):
        assert deferred.deferral.get("reason") == "bereavement"
        assert parse_time(deferred.deferral.get("date")) >= before
        assert not deferred.withdrawal
        assert not resumed.deferral


@verifies("npq-withdrawal/later-declaration")
@uses_states("npq.withdrawn")
def test_nothing_is_declared_of_an_npq_participant_who_had_left(api, states, calendar):
    participant = states.look("npq.withdrawn")
    later = parse_time(participant.withdrawal.get("date")) + timedelta(days=1)
    completion = declaration_of(participant, "completed", calendar)

    assert api.declare(completion | {"declaration_date": format_time(later)}).status == 422
