"""Participants change to another schedule, some with it to another cohort; and when they may not."""

from dataclasses import replace

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import date_after_window, declaration_of, window_of

REFUGE = "2024"


@verifies(
    "schedule/of-course",
    "schedule/changed",
    "schedule/cohort-stays",
    "training/updated-at",
    "training/updated-since",
    "schedule/another",
    "schedule/windows-of-the-new",
)
@uses_states("ect.no-declarations")
def test_a_participant_changes_to_an_extended_schedule(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).server_time

    # Nothing is declared yet, so nothing but the course is against it.
    with check("schedule/of-course"):
        assert api.change_schedule(ect, "ecf-replacement-september").status == 422
        of_npq = {"schedule_identifier": "npq-leadership-autumn", "course_identifier": ect.course}
        assert api.put_action(ect, "change-schedule", of_npq, deliberate="schedule of an NPQ").status == 422

    response = api.change_schedule(ect, "ecf-extended-september")
    moved = api.participant(ect)
    with check("schedule/changed"):
        assert response.status == 200
        assert ect.in_response(response).schedule == "ecf-extended-september"
        assert moved.schedule == "ecf-extended-september"

    with check("schedule/cohort-stays"):
        assert moved.cohort == ect.cohort

    with check("training/updated-at"):
        assert moved.updated_at >= before, f"updated_at is {moved.updated_at}, from before the change at {before}."

    with check("training/updated-since"):
        changed = api.paginate(api.participants, ("filter[updated_since]", format_time(before)))
        assert ect.id in {each["id"] for each in changed}, f"filter[updated_since] lacks {ect.id}."

    with check("schedule/another"):
        assert api.change_schedule(moved, "ecf-extended-september").status == 422

    with check("schedule/windows-of-the-new"):
        too_late_before = {"declaration_date": format_time(date_after_window(ect, "started", calendar))}
        assert api.declare(declaration_of(ect, "started", calendar) | too_late_before).status == 200


@verifies(
    "schedule/required",
    "schedule/known",
    "schedule/cohort-with-declarations",
    "schedule/declarations-stay-valid",
    "schedule/refusal-changes-nothing",
    "schedule/after-void",
)
@uses_states("ect.started")
def test_changes_that_are_refused(api, states, calendar, check):
    ect = states.claim("ect.started")
    before = api.show_participant(ect.id).resource
    course = {"course_identifier": ect.course}

    refusal = api.put_action(ect, "change-schedule", course, deliberate="no schedule_identifier")
    with check("schedule/required"):
        assert refusal.status == 422
        assert refusal.names("schedule_identifier")

    with check("schedule/known"):
        unknown = course | {"schedule_identifier": "ecf-midsummer"}
        assert api.put_action(ect, "change-schedule", unknown, deliberate="unknown schedule").status == 422

    with check("schedule/cohort-with-declarations"):
        another = next(year for year in ("2023", "2024") if year != ect.cohort)
        refusal = api.change_schedule(ect, "ecf-extended-september", cohort=another)
        assert refusal.status == 422
        assert refusal.names("cohort")

    started = next((each for each in api.declarations_about(ect) if each.state in ("submitted", "eligible")), None)
    assert started, f"The list lacks the started declaration about {ect.id}."
    declared_on = started.date.date()
    too_late = next(
        name
        for name in ("ecf-standard-april", "ecf-standard-january", "ecf-standard-september")
        if not calendar.is_open(name, ect.cohort_year, "started", declared_on)
    )
    with check("schedule/declarations-stay-valid"):
        assert api.change_schedule(ect, too_late).status == 422

    with check("schedule/refusal-changes-nothing"):
        assert api.show_participant(ect.id).resource == before

    api.void_or_skip(started.id)
    with check("schedule/after-void"):
        assert api.change_schedule(ect, too_late).status == 200


@verifies("schedule/replacement-for-mentors")
@uses_states("mentor.no-declarations")
def test_a_mentor_replaces_another(api, states):
    mentor = states.claim("mentor.no-declarations")

    assert api.change_schedule(mentor, "ecf-replacement-september").status == 200
    assert api.participant(mentor).schedule == "ecf-replacement-september"


@pytest.fixture
def partnered(states):
    """School and cohort of every partnership that has not been challenged."""
    attributes = [each["attributes"] for each in states.inventory.partnerships]
    return {(str(each.get("urn")), str(each.get("cohort"))) for each in attributes if each.get("status") == "active"}


def other_cohorts(ect, calendar):
    """Cohorts that have the participant's schedule and are paid for, but for their own."""
    return [
        str(year)
        for year, cohort in calendar.cohorts.items()
        if cohort.payments_frozen is None and calendar.schedule(ect.schedule, year) and str(year) != ect.cohort
    ]


@verifies("schedule/cohort", "schedule/windows-of-the-new-cohort")
@uses_states("ect.no-declarations")
def test_a_participant_changes_cohort(api, states, partnered, calendar, check):
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
        assert api.declare(declaration_of(ect, "started", calendar)).status == 422
        assert api.declare(declaration_of(moved, "started", calendar)).status == 200


@verifies("schedule/cohort-needs-partnership")
@uses_states("ect.no-declarations")
def test_a_cohort_without_partnership_is_refused(api, states, partnered, calendar):
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
def test_a_participant_leaves_a_cohort_whose_payments_are_frozen(api, states, calendar, check):
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

    if api.version == "v3":
        with check("schedule/frozen-cohort-shown"):
            assert away.enrolment.get("cohort_changed_after_payments_frozen") is True
            assert back.enrolment.get("cohort_changed_after_payments_frozen") is False

    api.change_schedule(ect, "ecf-extended-september", cohort=REFUGE)
    moved = api.participant(ect)
    assert window_of(moved, "retained-4", calendar), f"{moved.schedule} {moved.cohort} has no retained-4."
    assert api.declare(declaration_of(moved, "retained-4", calendar)).status == 200
    with check("schedule/back-with-declarations"):
        assert api.change_schedule(ect, ect.schedule, cohort=ect.cohort).status == 422
