"""Declaration dates for accepted applicants whose schedule the version does not show."""

from __future__ import annotations

from datetime import date

import pytest

from lead_provider_conformance.api.records import Application
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.dates import (
    date_before_window,
    declaration_of,
    last_opening_schedule,
    participant_from,
)

APPLICANT = "b1b7b1a4-5c1c-4c5e-9d9b-2c2a35e9e1a1"
HEADSHIP = {"participant_id": APPLICANT, "course_identifier": "npq-headship", "cohort": "2023"}


def test_window_of_schedule_that_opens_last_is_used() -> None:
    window = last_opening_schedule(Application("a1", HEADSHIP), Calendar.load()).windows[0]

    assert window is not None
    assert (window.declaration_type, window.start) == ("started", date(2024, 1, 1))


def test_declaration_is_inside_window_of_every_schedule_of_the_course() -> None:
    calendar = Calendar.load()

    attributes = declaration_of(participant_from(Application("a1", HEADSHIP), calendar), "started", calendar)

    assert attributes["participant_id"] == APPLICANT
    assert attributes["course_identifier"] == "npq-headship"
    day = date.fromisoformat(attributes["declaration_date"][:10])
    for schedule in ("npq-leadership-autumn", "npq-leadership-spring"):
        window = calendar.window(schedule, 2023, "started")
        assert window
        assert window.contains(day)


def test_early_date_is_before_window_of_every_schedule_of_the_course() -> None:
    calendar = Calendar.load()

    day = date_before_window(participant_from(Application("a1", HEADSHIP), calendar), "started", calendar).date()

    for schedule in ("npq-leadership-autumn", "npq-leadership-spring"):
        window = calendar.window(schedule, 2023, "started")
        assert window
        assert day < window.earliest_start


def test_participant_has_funding_of_the_application() -> None:
    application = Application("a1", HEADSHIP | {"eligible_for_funding": True, "funded_place": False})

    enrolment = participant_from(application, Calendar.load()).enrolment

    assert (enrolment["eligible_for_funding"], enrolment["funded_place"]) == (True, False)


def test_course_without_schedule_in_cohort_has_no_window() -> None:
    support = Application("a1", HEADSHIP | {"course_identifier": "npq-additional-support-offer"})

    assert last_opening_schedule(support, Calendar.load()) is None
    with pytest.raises(CouldNotRun):
        participant_from(support, Calendar.load())


def test_application_without_participant_id_raises() -> None:
    with pytest.raises(IncompleteResponse):
        participant_from(Application("a1", HEADSHIP | {"participant_id": None}), Calendar.load())


def test_application_with_participant_id_that_is_not_a_uuid_raises() -> None:
    for wrong in ("", "../../etc", 5):
        with pytest.raises(IncompleteResponse, match=r"participant_id is .* not a UUID"):
            participant_from(Application("a1", HEADSHIP | {"participant_id": wrong}), Calendar.load())
