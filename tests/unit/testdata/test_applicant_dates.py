"""The dates that may be declared of somebody whose application was accepted, whatever the version shows of them."""

from __future__ import annotations

from datetime import date

import pytest

from lead_provider_conformance.api.records import Application
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.dates import accepted, before, declaration_of, opening

APPLICANT = "b1b7b1a4-5c1c-4c5e-9d9b-2c2a35e9e1a1"
HEADSHIP = {"participant_id": APPLICANT, "course_identifier": "npq-headship", "cohort": "2023"}


def test_the_schedule_that_opens_last_decides() -> None:
    window = opening(Application("a1", HEADSHIP), Calendar.load())

    assert window is not None
    assert (window.declaration_type, window.start) == ("started", date(2024, 1, 1))


def test_a_declaration_about_who_was_accepted_is_inside_every_schedule_of_the_course() -> None:
    calendar = Calendar.load()

    attributes = declaration_of(accepted(Application("a1", HEADSHIP), calendar), "started", calendar)

    assert attributes["participant_id"] == APPLICANT
    assert attributes["course_identifier"] == "npq-headship"
    day = date.fromisoformat(attributes["declaration_date"][:10])
    for schedule in ("npq-leadership-autumn", "npq-leadership-spring"):
        assert calendar.is_open(schedule, 2023, "started", day)


def test_what_is_too_early_is_before_every_schedule_of_the_course() -> None:
    calendar = Calendar.load()

    day = before(accepted(Application("a1", HEADSHIP), calendar), "started", calendar).date()

    for schedule in ("npq-leadership-autumn", "npq-leadership-spring"):
        assert not calendar.is_open(schedule, 2023, "started", day)


def test_what_the_application_says_of_funding_is_kept() -> None:
    application = Application("a1", HEADSHIP | {"eligible_for_funding": True, "funded_place": False})

    enrolment = accepted(application, Calendar.load()).enrolment

    assert (enrolment["eligible_for_funding"], enrolment["funded_place"]) == (True, False)


def test_a_course_without_schedule_in_the_cohort_has_no_opening() -> None:
    support = Application("a1", HEADSHIP | {"course_identifier": "npq-additional-support-offer"})

    assert opening(support, Calendar.load()) is None
    with pytest.raises(LookupError):
        accepted(support, Calendar.load())


def test_it_has_to_be_said_who_applied() -> None:
    with pytest.raises(IncompleteResponse):
        accepted(Application("a1", HEADSHIP | {"participant_id": None}), Calendar.load())


def test_of_whom_nothing_can_be_asked_nothing_is_declared() -> None:
    for wrong in ("", "../../etc", 5):
        with pytest.raises(IncompleteResponse, match=r"participant_id is .* not a UUID"):
            accepted(Application("a1", HEADSHIP | {"participant_id": wrong}), Calendar.load())
