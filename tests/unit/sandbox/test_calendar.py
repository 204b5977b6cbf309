"""The sandbox reads the calendar of its edition."""

import pytest

from lead_provider_conformance.contract import calendar as suite
from lead_provider_sandbox.domain.calendar import Calendar, CalendarError, MilestoneWindow


@pytest.fixture
def calendar() -> Calendar:
    return Calendar.load("2026-08")


def test_edition_with_a_calendar_of_its_own_has_its_cohorts(calendar):
    assert max(calendar.cohorts) == 2026
    assert max(Calendar.load("2025-04").cohorts) == 2025


def test_unknown_edition_is_an_error():
    with pytest.raises(CalendarError, match="there is no edition 2030-01; there are 2024-12, 2025-04, 2026-08"):
        Calendar.load("2030-01")


def test_window_of_a_suffixed_cohort_is_not_that_of_the_other(calendar):
    assert calendar.window("npq-leadership-spring", 2026, "started", "a") == MilestoneWindow("2027-01-01", None)
    assert calendar.windows("npq-leadership-spring", 2026, "b") == {}


def test_year_without_a_suffix_means_its_last_cohort_with_the_schedule(calendar):
    assert calendar.windows("npq-leadership-spring", 2026) == calendar.windows("npq-leadership-spring", 2026, "a")


def test_schedule_of_a_year_is_that_of_all_its_cohorts(calendar):
    for suffix in (None, "a", "b"):
        assert calendar.window("npq-leadership-autumn", 2025, "started", suffix) == MilestoneWindow("2025-10-01", None)


def test_funding_is_that_of_the_cohort_with_its_suffix(calendar):
    assert [calendar.funding(*each) for each in ((2023, "a"), (2025, "b"), (2026, "a"), (2026, "z"), (2020, "a"))] == [
        "full",
        "capped",
        "zero",
        None,
        None,
    ]


def test_only_mentors_can_stop_being_a_mentor(calendar):
    reasons = {course: set(calendar.reasons("withdraw", "ecf", course)) for course in ("ecf-induction", "ecf-mentor")}

    assert reasons["ecf-mentor"] - reasons["ecf-induction"] == {"mentor-no-longer-being-mentor"}


@pytest.mark.parametrize("edition", ["2025-04", "2026-08"])
def test_windows_are_those_of_the_suite(edition):
    theirs, ours = suite.Calendar.load(edition), Calendar.load(edition)
    for schedule in theirs.schedules:
        for cohort in theirs.cohorts:
            for suffix in (None, "a", "b"):
                assert {
                    name: (window.start, window.end) for name, window in ours.windows(schedule, cohort, suffix).items()
                } == {
                    each.declaration_type: (each.start.isoformat(), each.end.isoformat() if each.end else None)
                    for each in theirs.windows(schedule, cohort, suffix)
                }, (schedule, cohort, suffix)
