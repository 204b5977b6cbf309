"""The schedule of an accepted NPQ application if the request names none.

Facts (behaviour NAPP-ACCEPT-DEFAULT-SCHEDULE). Leadership and specialist courses use the spring schedule if
accepted from 26 December to 2 April, otherwise the autumn one. The early headship coaching offer depends
on the day and the cohort. The additional support offer takes any schedule of its cohort.
"""

from __future__ import annotations

from lead_provider_sandbox.domain.calendar import Calendar


def default_schedule(calendar: Calendar, course: str, cohort: int, today: str) -> str:
    """Return the identifier of the default schedule of a course and cohort on a day."""
    fitting = [
        name for name, schedule in calendar.schedules.items() if course in schedule.courses and schedule.of(cohort)
    ]
    if course == "npq-early-headship-coaching-offer":
        suffix = coaching_month(cohort, today)
    else:
        suffix = "-spring" if today[5:] >= "12-26" or today[5:] <= "04-02" else "-autumn"
    matching = [name for name in fitting if name.endswith(suffix)]
    return next(iter(matching or fitting), "")


def coaching_month(cohort: int, today: str) -> str:
    """Return the end of the coaching schedule that is usual for a cohort on a day."""
    if f"{cohort}-09-01" <= today <= f"{cohort}-11-30":
        return "-november"
    if f"{cohort}-12-01" <= today < f"{cohort + 1}-03-01":
        return "-december"
    if f"{cohort + 1}-03-01" <= today <= f"{cohort + 1}-05-31":
        return "-march"
    return "-june"
