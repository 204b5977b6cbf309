"""Participants of the ECT service are withdrawn, and resumed on a later day."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.changes import assert_dated, assert_listed_as_shown, just_before
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

ANOTHER_SCHEDULE = ("ecf-extended-september", "ecf-extended-january")
SPELLED_OTHERWISE = {"changed-lead-provider": "changed_lead_provider"}
"""Reasons that a release note spells in another way than the OpenAPI document: either is right."""


def another_schedule(participant):
    return next(each for each in ANOTHER_SCHEDULE if each != participant.schedule)


def claim_undeclared(states):
    """Claim a participant in training without declarations; rather one that few other tests can use."""

    def has_none(participant):
        return not states.inventory.declarations_about(participant)

    def is_undecided(participant):
        return has_none(participant) and participant.eligible_for_funding is not True

    for name, where in (("mentor.in-training", has_none), ("ect.in-training", is_undecided)):
        try:
            return states.claim_trained(name, where=where)
        except CouldNotRun:
            continue
    return states.claim_trained("ect.in-training", where=has_none)


def assert_blocked_today(api, participant):
    """Check that a participant whose training began today can be neither deferred nor withdrawn."""
    for response in (api.defer(participant), api.withdraw(participant)):
        assert response.status == 422
        assert response.names("participant_id")
    assert api.participant(participant).training_status == "active"


@verifies(
    "withdrawal-2026/no-declaration-needed",
    "withdrawal/training-status",
    "withdrawal/reason-and-date",
    "withdrawal/persists",
    "withdrawal-2026/status-left",
    "training/updated-at",
    "training/updated-since",
    "withdrawal/once",
    "deferral/of-withdrawn",
    "schedule/of-withdrawn",
    "schedule-2026/left",
    "resumption-2026/same-day",
    "withdrawal/resumable",
    "resumption-2026/of-withdrawn",
    "resumption/clears-reasons",
    "resumption/of-active",
    "training-2026/first-day",
)
@uses_states("mentor.in-training", "ect.in-training")
def test_participant_without_declarations_is_withdrawn_and_resumed(api, states, check):
    participant = claim_undeclared(states)
    before = states.last_change(api.participant(participant))

    response = api.withdraw(participant, reason="moved-school")
    with check("withdrawal-2026/no-declaration-needed"):
        assert response.status == 200

    with check("withdrawal/training-status"):
        assert response.status == 200
        assert participant.in_response(response).training_status == "withdrawn"

    shown = api.participant(participant)
    with check("withdrawal/reason-and-date"):
        assert shown.withdrawal.get("reason") == "moved-school"
        assert_dated(shown.withdrawal.get("date"), shown.updated_at, response.server_time)

    with check("withdrawal-2026/status-left"):
        assert shown.status == "left"

    with check("training/updated-at"):
        before.assert_moved_to(shown.updated_at)

    listed = list(api.paginate(api.participants, just_before(shown.updated_at)))
    changed = {each["id"] for each in listed}
    with check("training/updated-since"):
        assert participant.id in changed, f"filter[updated_since] lacks {shown.id}, changed {shown.updated_at}."
        assert_listed_as_shown(listed, shown)

    with check("withdrawal/persists"):
        assert shown.training_status == "withdrawn"
        assert participant.id in changed, f"The list lacks {shown.id} after the withdrawal."
        assert_listed_as_shown(listed, shown)

    with check("withdrawal/once"):
        assert api.withdraw(participant).status == 422

    with check("deferral/of-withdrawn"):
        assert api.defer(participant).status == 422

    moved = api.change_schedule(participant, another_schedule(participant))
    with check("schedule/of-withdrawn"):
        assert moved.status == 422

    with check("schedule-2026/left"):
        assert moved.status == 422
        assert moved.names("participant_id") or moved.names("schedule_identifier")

    resumed = api.resume(participant)
    with check("resumption-2026/same-day"):
        assert resumed.status == 422
        assert resumed.names("participant_id")

    with check("withdrawal/resumable"):
        if resumed.status != 422:
            assert resumed.status == 200
        expected = "active" if resumed.status == 200 else "withdrawn"
        assert api.participant(participant).training_status == expected

    states.next_day()
    response, shown = (resumed if resumed.status == 200 else api.resume(participant)), api.participant(participant)
    with check("resumption-2026/of-withdrawn"):
        assert response.status == 200
        assert shown.training_status == "active"

    with check("resumption/clears-reasons"):
        check.needs("resumption-2026/of-withdrawn")
        assert not shown.withdrawal
        assert not shown.deferral

    with check("resumption/of-active"):
        check.needs("resumption-2026/of-withdrawn")
        assert api.resume(participant).status == 422

    with check("training-2026/first-day"):
        check.needs("resumption-2026/of-withdrawn")
        assert_blocked_today(api, participant)


@verifies("withdrawal/backdated-declaration", "declarations/after-withdrawal", "declarations/refusal-names-attribute")
@uses_states("ect.of-2025")
def test_withdrawn_participant_is_declared_before_the_withdrawal_only(api, states, calendar, check):
    ect = states.claim_trained("ect.of-2025")
    prepared(api.withdraw(ect))

    with check("withdrawal/backdated-declaration"):
        assert api.declare(declaration_of(ect, "started", calendar)).status == 200

    later = declaration_of(ect, "retained-1", calendar)
    states.next_day()
    now = api.show_participant(ect.id).server_time
    refusal = api.declare(later | {"declaration_date": format_time(now - timedelta(hours=1))})
    with check("declarations/after-withdrawal"):
        assert refusal.status == 422

    with check("declarations/refusal-names-attribute"):
        check.needs("declarations/after-withdrawal")
        assert refusal.names("participant_id") or refusal.names("declaration_date")


@verifies(
    "withdrawal/reason-required",
    "withdrawal/reason-known",
    "withdrawal-2026/reason-of-mentors",
    "withdrawal/refusal-changes-nothing",
    "training/course-required",
    "training/course-of-participant",
    "training-2026/course-named",
    "deferral/reason-required",
    "deferral/reason-known",
    "withdrawal/reasons",
    "withdrawal/of-deferred",
)
@uses_states("ect.in-training")
def test_listed_reasons_of_a_withdrawal_are_accepted_and_others_refused(api, states, calendar, check):
    participant = claim_declared(states, "ect.in-training")
    before = api.show_participant(participant.id).resource
    course = {"course_identifier": participant.course}

    missing = api.put_action(participant, "withdraw", course, deliberate="no reason")
    with check("withdrawal/reason-required"):
        assert missing.status == 422
        assert missing.names("reason")

    with check("withdrawal/reason-known"):
        for reason in ("gone-fishing", "started-in-error", "insufficient-capacity"):
            refusal = api.put_action(participant, "withdraw", course | {"reason": reason}, deliberate="unknown reason")
            assert refusal.status == 422, reason

    with check("withdrawal-2026/reason-of-mentors"):
        refusal = api.withdraw(participant, reason="mentor-no-longer-being-mentor")
        assert refusal.status == 422
        assert refusal.names("reason")

    with check("deferral/reason-required"):
        refusal = api.put_action(participant, "defer", course, deliberate="no reason")
        assert refusal.status == 422
        assert refusal.names("reason")

    with check("deferral/reason-known"):
        refusal = api.put_action(participant, "defer", course | {"reason": "gone-fishing"}, deliberate="unknown reason")
        assert refusal.status == 422

    actions = {
        "withdraw": {"reason": "other"},
        "defer": {"reason": "other"},
        "change-schedule": {"schedule_identifier": another_schedule(participant)},
        "resume": {},
    }
    without = {
        action: api.put_action(participant, action, attributes, deliberate="no course_identifier")
        for action, attributes in actions.items()
        if attributes  # without any attribute the body is malformed
    }
    of_another = {
        action: api.put_action(participant, action, attributes | {"course_identifier": "ecf-mentor"})
        for action, attributes in actions.items()
    }
    still = api.show_participant(participant.id).resource
    for requirement, refusals in (
        ("training/course-required", without),
        ("training/course-of-participant", of_another),
    ):
        with check(requirement):
            for action, refusal in refusals.items():
                assert refusal.status == 422, action
            assert still == before

    with check("training-2026/course-named"):
        check.needs("training/course-required", "training/course-of-participant")
        for refusal in (*without.values(), *of_another.values()):
            assert refusal.names("course_identifier")

    with check("withdrawal/refusal-changes-nothing"):
        check.needs("withdrawal/reason-required", "withdrawal/reason-known", "withdrawal-2026/reason-of-mentors")
        assert still == before

    with check("withdrawal/reasons"):
        for reason in calendar.reasons("withdraw", api.programme, api.version, participant.course):
            withdrawn = api.withdraw(participant, reason=reason)
            if reason in SPELLED_OTHERWISE and withdrawn.status != 200:
                other = course | {"reason": SPELLED_OTHERWISE[reason]}
                withdrawn = api.put_action(participant, "withdraw", other, deliberate="spelling of a release note")
            assert withdrawn.status == 200, reason
            train_again(api, states, participant)

    with check("withdrawal/of-deferred"):
        check.needs("withdrawal/reasons")
        assert api.defer(participant).status == 200
        assert api.withdraw(participant).status == 200


def claim_declared(states, name):
    """Claim a participant in training; rather one with declarations, that few other tests can use."""
    try:
        return states.claim_trained(name, where=states.inventory.declarations_about)
    except CouldNotRun:
        return states.claim_trained(name)


def train_again(api, states, participant):
    """Resume a participant on the next day, and let another day pass, in which they train."""
    states.next_day()
    prepared(api.resume(participant))
    states.next_day()
