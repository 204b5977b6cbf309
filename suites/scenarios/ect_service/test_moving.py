"""Participants of the ECT service change schedule and cohort, and who may not."""

from dataclasses import replace
from datetime import datetime, timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import BILLABLE, Declaration
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import MIDDAY, declaration_of, window_of
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

STANDARD = ("ecf-standard-september", "ecf-standard-january", "ecf-standard-april")
EXTENDED = ("ecf-extended-september", "ecf-extended-january")
ATTEMPTS = 3
"""How often a request about a participant whom other tests change is sent."""
ACTIONS = {
    "defer": {"reason": "other"},
    "withdraw": {"reason": "other"},
    "resume": {},
    "change-schedule": {"schedule_identifier": "ecf-extended-january"},
}


def another_schedule(participant):
    return next(each for each in EXTENDED if each != participant.schedule)


def closed_cohorts(calendar, schedule):
    """Return the cohorts whose payments are frozen and that have a schedule, the latest first."""
    frozen = [each.year for each in calendar.cohorts.values() if each.closed and each.payments_frozen]
    return [str(year) for year in sorted(frozen, reverse=True) if calendar.schedule(schedule, year)]


@verifies(
    "schedule/required",
    "schedule/known",
    "schedule/refusal-changes-nothing",
    "schedule-2026/frozen-cohort",
    "schedule/changed",
    "schedule-2026/with-declarations",
    "training-2026/first-day-of-schedule",
)
@uses_states("ect.in-training")
def test_participant_with_declarations_changes_schedule(api, states, calendar, check):
    ect = claim_declared(states)
    before = api.show_participant(ect.id).resource
    declared = {each.id: each for each in api.declarations_about(ect) if each.course == ect.course}

    missing = api.put_action(ect, "change-schedule", {"course_identifier": ect.course}, deliberate="no schedule")
    with check("schedule/required"):
        assert missing.status == 422
        assert missing.names("schedule_identifier")

    with check("schedule/known"):
        unknown = {"schedule_identifier": "ecf-midsummer", "course_identifier": ect.course}
        assert api.put_action(ect, "change-schedule", unknown, deliberate="unknown schedule").status == 422

    # With another schedule, a refusal that keeps only the cohort is seen.
    another = next(each for each in STANDARD if each != ect.schedule)
    frozen = closed_cohorts(calendar, another)[0]
    with check("schedule-2026/frozen-cohort"):
        refusal = api.change_schedule(ect, another, cohort=frozen)
        assert refusal.status == 422
        assert refusal.names("cohort")

    with check("schedule/refusal-changes-nothing"):
        check.needs("schedule/required", "schedule/known", "schedule-2026/frozen-cohort")
        assert api.show_participant(ect.id).resource == before

    target = another_schedule(ect)
    changed = api.change_schedule(ect, target)
    with check("schedule/changed"):
        assert changed.status == 200
        assert api.participant(ect).schedule == target

    with check("schedule-2026/with-declarations"):
        if not any(each.state in BILLABLE for each in declared.values()):
            raise CouldNotRun(
                "No early career teacher in training has a declaration that is or will be paid.",
                "Give the provider one in an open cohort.",
            )
        assert changed.status == 200
        now = {each.id: each for each in api.declarations_about(ect)}
        for each in declared.values():
            assert each.id in now, f"The declaration {each.id} is no longer listed after the change of schedule."
            kept = now[each.id].attributes
            assert kept.get("state") == each.state, f"The declaration {each.id} was {each.state} before the change."

    with check("training-2026/first-day-of-schedule"):
        check.needs("schedule/changed")
        for refusal in (api.defer(ect), api.withdraw(ect)):
            assert refusal.status == 422
            assert refusal.names("participant_id")


def claim_declared(states):
    """Claim an early career teacher in training who did not come from a frozen cohort; rather one with declarations."""

    def stayed(participant):
        return participant.enrolment.get("cohort_changed_after_payments_frozen") is not True

    def has_live_declarations(participant):
        live = any(each.state in BILLABLE for each in states.inventory.declarations_about(participant))
        return live and stayed(participant)

    try:
        return states.claim("ect.in-training", where=has_live_declarations)
    except CouldNotRun:
        return states.claim("ect.in-training", where=stayed)


@verifies("schedule-2026/same-day")
@uses_states("ect.no-declarations")
def test_change_of_schedule_back_that_excludes_a_declaration_of_today_is_refused(api, states, calendar):
    def there_and_back(participant):
        """Return another standard schedule, and a day of its first window that the present one does not have."""
        present = window_of(participant, "started", calendar)
        today = states.inventory.today
        for name in STANDARD:
            window = calendar.window(name, participant.cohort_year or 0, "started")
            day = window.start + timedelta(days=2) if window and name != participant.schedule else None
            if day and day < today and present and not present.contains(day):
                return name, day
        return None

    ect = states.claim("ect.no-declarations", where=there_and_back)
    schedule, day = there_and_back(ect)
    prepared(api.change_schedule(ect, schedule))
    moved = replace(ect, enrolment={**ect.enrolment, "schedule_identifier": schedule})
    noon = {"declaration_date": format_time(datetime.combine(day, MIDDAY))}
    prepared(api.declare(declaration_of(moved, "started", calendar) | noon))

    refusal = api.change_schedule(ect, ect.schedule)

    assert refusal.status == 422
    assert refusal.names("schedule_identifier")


@verifies("schedule-2026/reduced-for-mentors")
@uses_states("mentor.in-training")
def test_mentor_is_not_moved_to_a_reduced_schedule(api, states):
    mentor = states.look("mentor.in-training")

    for _ in range(ATTEMPTS):  # another test may defer or withdraw the mentor: the error is then about that
        refusal = api.change_schedule(mentor, "ecf-reduced-september")
        assert refusal.status == 422
        if refusal.names("schedule_identifier") or api.participant(mentor).training_status != "active":
            break
    else:
        assert refusal.names("schedule_identifier")


@verifies("schedule-2026/completed")
def test_schedule_of_a_participant_whose_induction_has_ended_is_kept(api, states):
    states.inventory.require_fields("ecf_participants", "induction_end_date")
    yesterday = (states.inventory.today - timedelta(days=2)).isoformat()
    completed = [
        each
        for each in states.inventory.participants
        if each.type == "ect" and str(each.enrolment.get("induction_end_date") or "9999") <= yesterday
    ]
    if not completed:
        raise CouldNotRun(
            "No early career teacher of the provider has an induction_end_date in the past.",
            "Give the provider an early career teacher who has passed induction.",
        )

    # Whoever has left is refused for that reason as well.
    participant = min(completed, key=lambda each: each.status != "active")
    refusal = api.change_schedule(participant, another_schedule(participant))

    assert_schedule_kept(refusal)


@verifies("schedule-2026/due-elsewhere")
def test_schedule_of_a_participant_who_is_due_to_start_elsewhere_is_kept(api, states):
    states.inventory.require_fields("ecf_participant_transfers", "transfers", "transfer_type", "status")
    tomorrow = (states.inventory.today + timedelta(days=1)).isoformat()
    due = {each["id"] for each in states.inventory.transfers if any(map(is_due_after(tomorrow), moves(each)))}
    leaving = [each for each in states.inventory.participants if each.id in due and each.status == "leaving"]
    if not leaving:
        raise CouldNotRun(
            "No participant who is leaving the provider has a date on which they join another one.",
            "Give the provider a participant with a transfer to another provider that is to come.",
        )

    refusal = api.change_schedule(leaving[0], another_schedule(leaving[0]))

    assert_schedule_kept(refusal)


def assert_schedule_kept(refusal):
    """No published text says which of the two attributes the error is about."""
    assert refusal.status == 422
    assert refusal.names("participant_id") or refusal.names("schedule_identifier")


def moves(resource):
    transfers = resource["attributes"].get("transfers")
    return [each for each in transfers if isinstance(each, dict)] if isinstance(transfers, list) else []


def is_due_after(day):
    """Return whether a transfer leads to another provider on a later day than this one."""

    def is_due(transfer):
        joining = transfer.get("joining")
        date = str(joining.get("date") or "") if isinstance(joining, dict) else ""
        return transfer.get("transfer_type") == "new_provider" and date > day

    return is_due


def assert_not_found(api, participant):
    for action, attributes in ACTIONS.items():
        response = api.put_action(participant, action, attributes | {"course_identifier": participant.course})
        assert response.status == 404, action


@verifies("training-2026/unknown-participant")
def test_action_on_a_participant_whom_nobody_has_gets_404(api, states):
    listed = states.inventory.participants
    if not listed:
        raise CouldNotRun("The provider has no participants.", "Give the provider a participant.")

    assert_not_found(api, replace(listed[0], id=UNKNOWN_ID))


@verifies("training-2026/unknown-participant")
def test_action_on_a_participant_of_another_provider_gets_404(api, other_api, states):
    ours = states.inventory.participant_ids
    moved = states.inventory.moved or ()
    theirs = [
        each
        for each in states.inventory.for_provider(other_api).participants
        if each.id not in ours and each.id not in moved
    ]
    if not theirs:
        raise CouldNotRun(
            "The second lead provider has no participants of its own.",
            "Give the second lead provider a participant who has never trained with the first.",
        )

    assert_not_found(api, theirs[0])


@verifies("declarations-2026/frozen-cohort")
def test_participant_of_a_frozen_cohort_is_not_declared(api, states, calendar):
    frozen = {each.year for each in calendar.cohorts.values() if each.closed}
    trained = [
        each
        for each in states.inventory.participants
        if each.cohort_year in frozen
        and (each.training_status, each.status) == ("active", "active")
        and window_of(each, "started", calendar)
    ]
    if not trained:
        raise CouldNotRun(
            "No participant trains with the provider in a cohort whose payments are frozen.",
            "Give the provider a participant in a closed cohort.",
        )

    participant = trained[0]
    refusal = api.declare(declaration_of(participant, "started", calendar))

    if not refusal.names("cohort") and api.participant(participant).cohort != participant.cohort:
        raise CouldNotRun(f"{participant.id} has changed cohort meanwhile.", "Run again.")
    assert refusal.status == 422
    assert refusal.names("cohort")


@verifies("void-2026/closed-cohort")
def test_declaration_of_a_closed_cohort_is_not_voided(api, states, calendar):
    closed = {str(each.year) for each in calendar.cohorts.values() if each.closed}
    statements = {each["id"] for each in states.inventory.statements if each["attributes"].get("cohort") in closed}
    own = {each.id for each in states.inventory.participants}
    found = [
        each
        for each in states.inventory.declarations
        if each.attributes.get("statement_id") in statements and each.state in BILLABLE and each.participant_id in own
    ]
    if not found:
        raise CouldNotRun(
            "No declaration is on a statement of a closed cohort.",
            "Give the provider a paid declaration in a closed cohort.",
        )
    declaration = next((each for each in found if each.state == "paid"), found[0])

    response = api.void(declaration.id)

    assert response.status == 422
    # It may have been paid since it was listed.
    assert Declaration.of(api.show_declaration(declaration.id).resource).state in BILLABLE
