"""Training and schedules in the NPQ service: unknown and former participants, cohorts that share a year, outcomes."""

import re
from dataclasses import replace
from datetime import timedelta

from lead_provider_conformance.api.records import NpqOutcome
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of, window_date
from lead_provider_conformance.testdata.refusals import prepared, require_success

pytestmark = in_editions(since="2026-08")

NO_DECLARATIONS = "npq.no-declarations"
ANY_SCHEDULE = "npq-leadership-autumn"
COACHING = "npq-early-headship-coaching-offer"
ACTIONS = {"withdraw": {"reason": "other"}, "defer": {"reason": "other"}, "resume": {}, "change-schedule": {}}
MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\dT00:00:00\+00:00")


def act(api, participant, action, **attributes):
    named = {"course_identifier": participant.course} | ACTIONS[action] | attributes
    if action == "change-schedule":
        named = {"schedule_identifier": participant.schedule or ANY_SCHEDULE} | named
    return api.put_action(participant, action, named)


def outcome_of(participant, day="2025-06-30"):
    return {"state": "passed", "completion_date": day, "course_identifier": participant.course}


@verifies(
    "npq-training/unknown-participant",
    "npq-outcomes/unknown-participant",
    "npq-training/course-refusal-title",
    "npq-schedule/refusal-title",
)
@uses_states(NO_DECLARATIONS)
def test_unknown_participant_is_not_found(api, other_api, states, check):
    participant = states.claim(NO_DECLARATIONS)
    unknown = replace(participant, id=UNKNOWN_ID)

    with check("npq-training/unknown-participant"):
        for action in ACTIONS:
            assert act(api, unknown, action).status in UNKNOWN_TO_WRITES, action

    strangers = [(api, unknown)]
    if other_api.show_participant(participant.id).status == 404:
        strangers.append((other_api, participant))
    with check("npq-outcomes/unknown-participant"):
        for provider, stranger in strangers:
            assert provider.list_outcomes_of(stranger.id).status == 404
            assert provider.report_outcome(stranger, outcome_of(participant)).status in UNKNOWN_TO_WRITES

    with check("npq-training/course-refusal-title"):
        another = "npq-headship" if participant.course != "npq-headship" else "npq-senco"
        for action in ("withdraw", "defer", "change-schedule"):
            refusal = act(api, participant, action, course_identifier=another)
            assert refusal.status == 422, action
            assert refusal.names("participant_id")

    with check("npq-schedule/refusal-title"):
        course = {"course_identifier": participant.course}
        for attributes in ({}, {"schedule_identifier": "npq-midsummer"}):
            refusal = api.put_action(participant, "change-schedule", course | attributes, deliberate="no schedule")
            assert refusal.names("schedule_identifier"), attributes
        refusal = api.change_schedule(participant, participant.schedule)
        assert refusal.status == 422
        assert refusal.names("schedule_identifier"), "the present schedule"


@verifies("npq-participants/former-id", "npq-declarations/former-id", "npq-training/former-id")
def test_former_id_of_a_participant_is_refused(api, states, calendar, check):
    moved = next(filter(former_ids, states.inventory.participants), None)
    if moved is None:
        raise CouldNotRun(
            "No participant with one enrolment has been known by another id.",
            "Give the target a participant whose participant_id_changes name a former id.",
        )
    former = replace(moved, id=former_ids(moved)[0])

    with check("npq-participants/former-id"):
        for response in (api.show_participant(former.id), api.list_outcomes_of(former.id)):
            assert response.status == 410
            changes = [
                (change.get("from_participant_id"), change.get("to_participant_id"))
                for error in response.json.get("errors")
                for change in error.get("participant_id_changes", ())
            ]
            if (former.id, moved.id) not in changes:  # the record may have been merged once more
                now = states.inventory.reread()
                holders = (each for each in (*now.participants, *now.with_several_enrolments) if each.id != moved.id)
                moved = next((each for each in holders if former.id in former_ids(each)), moved)
            assert (former.id, moved.id) in changes, f"The errors have the changes {changes}."

    with check("npq-training/former-id"):
        for action in ACTIONS:
            assert act(api, former, action).status == 404, action
        assert api.report_outcome(former, outcome_of(moved)).status == 404

    with check("npq-declarations/former-id"):
        refusal = api.declare(declaration_of(states.with_delivery_partners(former), "started", calendar))
        assert refusal.status == 422
        assert refusal.names("participant_id")


def former_ids(participant):
    changes = participant.attributes.get("participant_id_changes")
    named = [each.get("from_participant_id") for each in changes or () if isinstance(each, dict)]
    return [each for each in named if each and each != participant.id]


@verifies("npq-schedule/latest-cohort-of-a-year", "npq-schedule/no-place-in-unfunded-cohort")
@uses_states(NO_DECLARATIONS)
def test_change_to_a_year_with_several_cohorts(api, states, calendar, check):
    participant = states.claim(NO_DECLARATIONS)
    own = calendar.cohorts[participant.cohort_year].suffixes.values()
    # The year that the participant is in comes last: it must be left before it can be changed to.
    for change in (unfunded, capped) if "capped" in own and "zero" not in own else (capped, unfunded):
        change(api, api.participant(participant), calendar, check)


def capped(api, participant, calendar, check):
    with check("npq-schedule/latest-cohort-of-a-year"):
        moved, latest = moved_to(api, participant, calendar, funding="capped")
        assert moved.cohort_suffix == latest, (
            f"`cohort_suffix` is {moved.cohort_suffix} in {moved.cohort}; expected {latest}."
        )


def unfunded(api, participant, calendar, check):
    with check("npq-schedule/no-place-in-unfunded-cohort"):
        moved, _ = moved_to(api, participant, calendar, funding="zero")
        assert moved.enrolment.get("funded_place") is False


def moved_to(api, participant, calendar, *, funding):
    """Move a participant to another year with several cohorts, the latest of which with the schedule has the funding.

    Return the participant afterwards, and the suffix of that cohort. Raise CouldNotRun if there is no such year.
    """
    for year, cohort in calendar.cohorts.items():
        if year == participant.cohort_year or len(cohort.suffixes) < 2:
            continue
        for name in calendar.schedules:
            suffixes = [
                each
                for each in cohort.suffixes
                if participant.course in calendar.courses(name) and calendar.schedule(name, year, each)
            ]
            if suffixes and cohort.suffixes[max(suffixes)] == funding:
                prepared(api.change_schedule(participant, name, cohort=str(year)))
                return api.participant(participant), max(suffixes)
    raise CouldNotRun(
        f"The calendar has no other year with several cohorts that {participant.id} of {participant.cohort_name} could "
        "change to.",
        "Give the target a participant of another cohort.",
    )


@verifies("npq-schedule/unfunded-cohort-kept")
@uses_states("application.unfunded")
def test_participant_of_an_unfunded_cohort_stays_there(api, states, calendar):
    application = states.claim("application.unfunded", where=lambda each: each.course != COACHING)
    prepared(api.accept(application, {"funded_place": False}))
    participant = api.participant(states.participant_of(application))
    funded = [
        (year, name)
        for year, cohort in calendar.cohorts.items()
        for name in calendar.schedules
        if participant.course in calendar.courses(name)
        and set(cohort.suffixes.values()) == {"capped"}
        and calendar.schedule(name, year)
    ]
    if not funded:
        raise CouldNotRun(
            f"The calendar has no funded cohort with a schedule of {participant.course}.",
            "Give the target an application for another course to an unfunded cohort.",
        )

    year, name = funded[-1]
    refusal = api.change_schedule(participant, name, cohort=str(year))

    assert refusal.status == 422
    if refusal.names("schedule_identifier") and not refusal.names("cohort"):
        prepared(refusal)  # the server does not have the schedule in that cohort
    assert refusal.names("cohort")


@verifies("npq-outcomes/passed-once", "npq-outcomes/completion-date", "npq-outcomes/course-refusal-title")
@uses_states(NO_DECLARATIONS)
def test_participant_passes_once(api, states, calendar, check):
    participant, _ = states.claim_prepared(
        NO_DECLARATIONS,
        "completed",
        lambda each: require_success(api.declare(declaration_of(each, "completed", calendar))),
    )
    passed = api.outcomes_of(participant)
    day = window_date(participant, "completed", calendar).date()

    with check("npq-outcomes/passed-once"):
        for completed_on in (day, day + timedelta(days=1)):
            again = api.report_outcome(participant, outcome_of(participant, str(completed_on)))
            assert again.status == 200, completed_on
            assert NpqOutcome.of(again.resource).id in {each.id for each in passed}
        assert len(api.outcomes_of(participant)) == len(passed), "Passing again added an outcome."

    with check("npq-outcomes/completion-date"):
        for outcome in passed:
            shown = outcome.attributes.get("completion_date")
            assert MIDNIGHT.fullmatch(str(shown)), f"{shown!r} is no midnight with the offset +00:00."

    with check("npq-outcomes/course-refusal-title"):
        another = "npq-headship" if participant.course != "npq-headship" else "npq-senco"
        for course, title in ((COACHING, "course_identifier"), (another, "base")):
            refusal = api.report_outcome(
                participant, outcome_of(participant) | {"course_identifier": course}, deliberate="not their course"
            )
            assert refusal.status == 422, course
            assert refusal.names(title), course
