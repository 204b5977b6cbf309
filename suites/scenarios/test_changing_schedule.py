"""Participants change schedule and cohort."""

from dataclasses import replace
from datetime import datetime

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.changes import just_before
from lead_provider_conformance.testdata.dates import NOON, date_after_window, declaration_of, window_of

NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
REFUGE = "2024"


def schedules_of(participant, calendar):
    """Return the NPQ schedules of the participant's course and cohort, the earliest first."""
    found = [
        schedule
        for name in calendar.schedules
        if participant.course in calendar.courses(name)
        and (schedule := calendar.schedule(name, participant.cohort_year))
    ]
    assert len(found) > 1, f"The calendar has no two schedules of {participant.course} in {participant.cohort}."
    return sorted(found, key=lambda each: each.windows[0].start)


def target_schedule(participant, calendar):
    """Return a schedule that the participant can change to and is not on; the latest if the present one is unknown."""
    if participant.course.startswith("ecf-"):
        return "ecf-extended-september"
    early, *_, late = schedules_of(participant, calendar)
    return early.identifier if participant.schedule == late.identifier else late.identifier


def assert_schedule(participant, schedule):
    assert participant.schedule == (None if participant.is_course_only else schedule)


@verifies(
    "schedule/of-course",
    "npq-schedule/fits-course",
    "schedule/refusal-changes-nothing",
    "npq-schedule/refusal-changes-nothing",
    "schedule/changed",
    "npq-schedule/changed",
    "schedule/cohort-stays",
    "npq-schedule/cohort-by-default",
    "training/updated-at",
    "npq-training/updated-at",
    "training/updated-since",
    "schedule/another",
    "npq-schedule/same",
    "schedule/windows-of-the-new",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_participant_without_declarations_changes_schedule(api, states, calendar, check):
    participant = states.claim(NO_DECLARATIONS[api.programme])
    target = target_schedule(participant, calendar)
    shown = api.show_participant(participant.id)
    before = states.last_change(participant.in_response(shown))

    # Without declarations, only the course speaks against the schedule.
    with check("schedule/of-course", "npq-schedule/fits-course"):
        if api.programme == "ecf":
            assert api.change_schedule(participant, "ecf-replacement-september").status == 422
            of_npq = {"schedule_identifier": "npq-leadership-autumn", "course_identifier": participant.course}
            refusal = api.put_action(participant, "change-schedule", of_npq, deliberate="schedule of an NPQ")
            assert refusal.status == 422
        else:
            assert api.change_schedule(participant, "npq-ehco-june").status == 422

    with check("schedule/refusal-changes-nothing", "npq-schedule/refusal-changes-nothing"):
        check.needs("schedule/of-course", "npq-schedule/fits-course")
        assert api.show_participant(participant.id).resource == shown.resource

    response = api.change_schedule(participant, target)
    moved = api.participant(participant)
    with check("schedule/changed", "npq-schedule/changed"):
        assert response.status == 200
        assert_schedule(participant.in_response(response), target)
        assert_schedule(moved, target)

    with check("schedule/cohort-stays", "npq-schedule/cohort-by-default"):
        assert moved.cohort == (None if moved.is_course_only else participant.cohort)

    with check("training/updated-at", "npq-training/updated-at"):
        before.assert_moved_to(moved.updated_at)

    with check("training/updated-since", "npq-training/updated-at"):
        listed = {each["id"] for each in api.paginate(api.participants, just_before(moved.updated_at))}
        assert participant.id in listed, f"filter[updated_since] lacks {moved.id}, changed {moved.updated_at}."

    with check("schedule/another", "npq-schedule/same"):
        assert api.change_schedule(participant, target).status == 422

    if check.applies("schedule/windows-of-the-new"):
        with check("schedule/windows-of-the-new"):
            too_late_before = {"declaration_date": format_time(date_after_window(participant, "started", calendar))}
            declaration = declaration_of(participant, "started", calendar) | too_late_before
            assert api.declare(declaration).status == 200


def started_too_early_for(api, states, calendar):
    """Return a participant, their started declaration, their schedule, and one whose window excludes the declaration.

    An NPQ participant is moved to the first schedule of their course and declared on its first day.
    """
    if api.programme == "ecf":
        participant = states.claim("ect.started")
        pending = ("submitted", "eligible")
        started = next((each for each in api.declarations_about(participant) if each.state in pending), None)
        assert started, f"The list lacks the started declaration about {participant.id}."
        too_late = next(
            name
            for name in ("ecf-standard-april", "ecf-standard-january", "ecf-standard-september")
            if not calendar.is_open(name, participant.cohort_year, "started", started.date.date())
        )
        return participant, started, participant.schedule, too_late
    participant = states.claim("npq.no-declarations")
    early, *_, late = schedules_of(participant, calendar)
    api.change_schedule(participant, early.identifier)
    opening = datetime.combine(early.windows[0].start, NOON)
    start = declaration_of(participant, "started", calendar) | {"declaration_date": format_time(opening)}
    started = Declaration.of(api.declare(start).resource)
    return participant, started, early.identifier, late.identifier


@verifies(
    "schedule/required",
    "npq-schedule/required",
    "schedule/known",
    "npq-schedule/known",
    "schedule/cohort-with-declarations",
    "npq-schedule/cohort-kept-while-declared",
    "schedule/declarations-stay-valid",
    "npq-schedule/keeps-declarations",
    "schedule/refusal-changes-nothing",
    "npq-schedule/refusal-changes-nothing",
    "schedule/after-void",
    "npq-schedule/free-once-voided",
)
@uses_states("ect.started", "npq.no-declarations")
def test_change_of_schedule_that_excludes_a_declaration_is_refused(api, states, calendar, check):
    participant, started, present, too_late = started_too_early_for(api, states, calendar)
    before = api.show_participant(participant.id).resource
    course = {"course_identifier": participant.course}

    with check("schedule/required", "npq-schedule/required"):
        for missing in ({}, {"schedule_identifier": ""})[: 1 if api.programme == "ecf" else 2]:
            refusal = api.put_action(participant, "change-schedule", course | missing, deliberate="no schedule")
            assert refusal.status == 422, missing
            if api.programme == "ecf":
                assert refusal.names("schedule_identifier")

    with check("schedule/known", "npq-schedule/known"):
        unknown = course | {"schedule_identifier": f"{api.programme}-midsummer"}
        refusal = api.put_action(participant, "change-schedule", unknown, deliberate="unknown schedule")
        assert refusal.status == 422

    with check("schedule/cohort-with-declarations", "npq-schedule/cohort-kept-while-declared"):
        if api.programme == "ecf":
            another = next(year for year in ("2023", "2024") if year != participant.cohort)
            refusal = api.change_schedule(participant, "ecf-extended-september", cohort=another)
            assert refusal.status == 422
            assert refusal.names("cohort")
        else:
            year = participant.cohort_year
            another = str(year - 1 if calendar.schedule(present, year - 1) else year + 1)
            assert api.change_schedule(participant, present, cohort=another).status == 422

    refusal = api.change_schedule(participant, too_late)
    with check("schedule/declarations-stay-valid", "npq-schedule/keeps-declarations"):
        assert refusal.status == 422

    with check("schedule/refusal-changes-nothing", "npq-schedule/refusal-changes-nothing"):
        if api.programme == "npq":
            for refused in ("required", "known", "keeps-declarations", "cohort-kept-while-declared"):
                check.needs(f"npq-schedule/{refused}")
        assert api.show_participant(participant.id).resource == before

    if refusal.status == 200:
        api.change_schedule(participant, present)
    api.void_or_skip(started.id)
    with check("schedule/after-void", "npq-schedule/free-once-voided"):
        assert api.change_schedule(participant, too_late).status == 200


@verifies("schedule/replacement-for-mentors")
@uses_states("mentor.no-declarations")
def test_mentor_changes_to_a_replacement_schedule(api, states):
    mentor = states.claim("mentor.no-declarations")

    assert api.change_schedule(mentor, "ecf-replacement-september").status == 200
    assert api.participant(mentor).schedule == "ecf-replacement-september"


@pytest.fixture
def partnered(states):
    """The school and cohort of every active partnership."""
    attributes = [each["attributes"] for each in states.inventory.partnerships]
    return {(str(each.get("urn")), str(each.get("cohort"))) for each in attributes if each.get("status") == "active"}


def other_cohorts(ect, calendar):
    """Return the other cohorts that have the participant's schedule and whose payments are not frozen."""
    return [
        str(year)
        for year, cohort in calendar.cohorts.items()
        if cohort.payments_frozen is None and calendar.schedule(ect.schedule, year) and str(year) != ect.cohort
    ]


@verifies("schedule/cohort", "schedule/windows-of-the-new-cohort")
@uses_states("ect.no-declarations")
def test_participant_without_declarations_changes_cohort(api, states, partnered, calendar, check):
    ect = states.claim("ect.no-declarations")
    there = [each for each in other_cohorts(ect, calendar) if (str(ect.enrolment.get("school_urn")), each) in partnered]
    if not there:
        raise CouldNotRun(
            "The provider has a partnership with the participant's school in no other cohort.",
            "Give it partnerships with the same school in two cohorts.",
        )

    cohort = next((each for each in ("2024", "2023") if each in there), there[0])
    with check("schedule/cohort"):
        assert api.change_schedule(ect, ect.schedule, cohort=cohort).status == 200
        assert api.participant(ect).cohort == cohort

    with check("schedule/windows-of-the-new-cohort"):
        moved = replace(ect, enrolment={**ect.enrolment, "cohort": cohort})
        states.reach(window_of(moved, "started", calendar).start)
        assert api.declare(declaration_of(ect, "started", calendar)).status == 422
        assert api.declare(declaration_of(moved, "started", calendar)).status == 200


@verifies("schedule/cohort-needs-partnership")
@uses_states("ect.no-declarations")
def test_cohort_without_a_partnership_is_refused(api, states, partnered, calendar):
    def elsewhere(participant):
        urn = str(participant.enrolment.get("school_urn"))
        return [year for year in other_cohorts(participant, calendar) if (urn, year) not in partnered]

    if not any(elsewhere(each) for each in states.inventory.participants):
        raise CouldNotRun(
            "The provider has partnerships in every cohort with every school of its participants.",
            "Give it a participant at a school with which it has no partnership in some cohort.",
        )
    ect = states.claim("ect.no-declarations", where=elsewhere)
    nowhere = elsewhere(ect)[0]

    refusal = api.change_schedule(ect, ect.schedule, cohort=nowhere)

    assert refusal.status == 422
    assert refusal.names("cohort")


@verifies(
    "schedule/frozen-cohort",
    "schedule/frozen-cohort-shown",
    "schedule/after-frozen-cohort",
    "schedule/back-to-frozen-cohort",
    "schedule/back-with-declarations",
)
@uses_states("ect.frozen")
def test_participant_moves_out_of_a_frozen_cohort_and_back(api, states, calendar, check):
    ect = states.claim("ect.frozen")

    response, away = api.change_schedule(ect, "ecf-standard-september", cohort=REFUGE), api.participant(ect)
    with check("schedule/frozen-cohort"):
        assert response.status == 200
        assert away.cohort == REFUGE

    with check("schedule/after-frozen-cohort"):
        assert api.change_schedule(ect, "ecf-extended-september").status == 200

    response, back = api.change_schedule(ect, ect.schedule, cohort=ect.cohort), api.participant(ect)
    with check("schedule/back-to-frozen-cohort"):
        assert response.status == 200
        assert back.cohort == ect.cohort

    if check.applies("schedule/frozen-cohort-shown"):
        with check("schedule/frozen-cohort-shown"):
            assert away.enrolment.get("cohort_changed_after_payments_frozen") is True
            assert back.enrolment.get("cohort_changed_after_payments_frozen") is False

    api.change_schedule(ect, "ecf-extended-september", cohort=REFUGE)
    moved = api.participant(ect)
    assert window_of(moved, "retained-4", calendar), f"{moved.schedule} {moved.cohort} has no retained-4."
    states.reach(window_of(moved, "retained-4", calendar).start)
    assert api.declare(declaration_of(moved, "retained-4", calendar)).status == 200
    with check("schedule/back-with-declarations"):
        assert api.change_schedule(ect, ect.schedule, cohort=ect.cohort).status == 422


@verifies("npq-schedule/capped-cohort-kept")
@uses_states("npq.no-declarations")
def test_npq_participant_with_a_funded_place_stays_in_a_capped_cohort(api, states, calendar):
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

    refusal = api.change_schedule(participant, participant.schedule, cohort=cohort_before(participant))

    assert refusal.status == 422
    assert refusal.names("cohort")
