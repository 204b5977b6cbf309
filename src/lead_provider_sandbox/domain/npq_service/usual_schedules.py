"""The schedule of an accepted application of the NPQ service if the request names none.

Facts. Leadership and specialist courses: autumn for cohorts 2024 and 2026b, spring for 2026a. Cohort 2025 has spring
for days from 28 June 2024 to 6 June 2025, and autumn for days from 1 August 2025 to 30 April 2026. Otherwise the day
of the year decides: autumn from 3 April to 25 December, else spring. Coaching depends on the month.
"""

from __future__ import annotations

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.default_schedules import coaching_month

_SEASONS = {(2024, "a"): "-autumn", (2026, "a"): "-spring", (2026, "b"): "-autumn"}
_SEASONS_OF_2025 = (("2024-06-28", "2025-06-06", "-spring"), ("2025-08-01", "2026-04-30", "-autumn"))
_AUTUMN = ("04-03", "12-25")


def usual_schedule(calendar: Calendar, course: str, cohort: int, suffix: str, today: str) -> str | None:
    """Return the usual schedule of a course and cohort on a day; None if the cohort has no schedule for the course."""
    fitting = [
        name
        for name, schedule in calendar.schedules.items()
        if course in schedule.courses and schedule.of(cohort, suffix)
    ]
    if course == "npq-early-headship-coaching-offer":
        ending = coaching_month(cohort, today)
    elif course == "npq-additional-support-offer":
        ending = "-december"
    else:
        ending = _season(cohort, suffix, today)
    matching = [name for name in fitting if name.endswith(ending)]
    return next(iter(matching or fitting), None)


def _season(cohort: int, suffix: str, today: str) -> str:
    if (cohort, suffix) in _SEASONS:
        return _SEASONS[cohort, suffix]
    if cohort == 2025:
        for first, last, season in _SEASONS_OF_2025:
            if first <= today <= last:
                return season
    return "-autumn" if _AUTUMN[0] <= today[5:] <= _AUTUMN[1] else "-spring"
