"""An NPQ participant changes to another schedule, and when that is refused."""

from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of


def change(api, participant, schedule, deliberate=None, **more):
    attributes = {"schedule_identifier": schedule, "course_identifier": participant.course} | more
    given = {name: value for name, value in attributes.items() if value is not None}
    return api.put_action(participant, "change-schedule", given, deliberate=deliberate)


@verifies(
    "npq-schedule/required",
    "npq-schedule/known",
    "npq-schedule/same",
    "npq-schedule/fits-course",
    "npq-schedule/refusal-changes-nothing",
    "npq-schedule/changed",
    "npq-schedule/cohort-by-default",
    "npq-schedule/keeps-declarations",
    "npq-schedule/cohort-kept-while-declared",
    "npq-schedule/free-once-voided",
    "npq-training/updated-at",
)
@uses_states("npq.no-declarations")
def test_an_npq_participant_changes_schedule(api, states, calendar, check):
    participant = states.claim("npq.no-declarations")
    year = participant.cohort_year
    of_course = [
        found
        for name in calendar.schedules
        if participant.course in calendar.courses(name) and (found := calendar.schedule(name, year))
    ]
    assert len(of_course) > 1, f"The calendar has no two schedules of {participant.course} in {year}."
    early, *_, late = sorted(of_course, key=lambda each: each.windows[0].start)
    shown = api.show_participant(participant.id)
    present = participant.in_response(shown).schedule
    if present is None:  # version 1 does not show it
        change(api, participant, late.identifier)
        present = late.identifier
        shown = api.show_participant(participant.id)
    other = late if present == early.identifier else early
    before = shown.resource

    unsaid = [change(api, participant, nothing, deliberate="no schedule") for nothing in (None, "")]
    with check("npq-schedule/required"):
        for refusal in unsaid:
            assert refusal.status == 422

    unknown = change(api, participant, "npq-leadership-midnight", deliberate="unknown schedule")
    with check("npq-schedule/known"):
        assert unknown.status == 422

    same = change(api, participant, present)
    with check("npq-schedule/same"):
        assert same.status == 422

    unfit = change(api, participant, "npq-ehco-june")
    with check("npq-schedule/fits-course"):
        assert unfit.status == 422

    with check("npq-schedule/refusal-changes-nothing"):
        for refused in ("required", "known", "same", "fits-course"):
            check.needs(f"npq-schedule/{refused}")
        assert api.show_participant(participant.id).resource == before

    with check("npq-schedule/changed"):
        response = change(api, participant, other.identifier)
        assert response.status == 200
        assert participant.in_response(response).schedule in (other.identifier, None)
        moved = participant.in_response(response).updated_at
        assert api.participant(participant).schedule in (other.identifier, None)

    with check("npq-training/updated-at"):
        check.needs("npq-schedule/changed")
        assert moved >= shown.server_time, f"updated_at is {moved}, from before the change of schedule."

    with check("npq-schedule/cohort-by-default"):
        assert api.participant(participant).cohort in (participant.cohort, None)

    with check("npq-schedule/same"):
        assert change(api, participant, other.identifier).status == 422

    if other is late:
        change(api, participant, early.identifier)
    start = declaration_of(participant, "started", calendar)
    opened = early.windows[0].start.strftime("%Y-%m-%dT12:00:00Z")
    started = Declaration.of(api.declare(start | {"declaration_date": opened}).resource)

    refusal = change(api, participant, late.identifier)
    with check("npq-schedule/keeps-declarations"):
        assert refusal.status == 422
    if refusal.status == 200:
        change(api, participant, early.identifier)

    with check("npq-schedule/cohort-kept-while-declared"):
        another = str(year - 1 if calendar.schedule(early.identifier, year - 1) else year + 1)
        assert change(api, participant, early.identifier, cohort=another).status == 422

    api.void_or_skip(started.id)
    with check("npq-schedule/free-once-voided"):
        assert change(api, participant, late.identifier).status == 200


@verifies("npq-schedule/capped-cohort-kept")
@uses_states("npq.no-declarations")
def test_an_npq_participant_with_a_place_stays_in_a_capped_cohort(api, states, calendar):
    uncapped = {
        (str(each.course), str(each.cohort))
        for each in states.inventory.applications
        if each.status == "accepted" and each.funded_place is None
    }

    def cohort_before(participant):
        return str((participant.cohort_year or 0) - 1)

    def has_a_place_here_only(participant):
        course = participant.course
        return participant.enrolment.get("funded_place") is True and (course, cohort_before(participant)) in uncapped

    participant = states.claim("npq.no-declarations", where=has_a_place_here_only)

    refusal = change(api, participant, participant.schedule, cohort=cohort_before(participant))

    assert refusal.status == 422
    assert refusal.names("cohort")
