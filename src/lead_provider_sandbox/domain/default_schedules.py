"""The schedule that an accepted NPQ application gets when none is asked for.

Facts (behaviour NAPP-ACCEPT-DEFAULT-SCHEDULE). Leadership and specialist courses are in the spring schedule when
accepted from 26 December to 2 April, else in the autumn one. Coaching for early headship goes by the day and the
cohort's year; the additional support offer takes any schedule of its cohort.
"""

from __future__ import annotations

from lead_provider_sandbox.domain.calendar import Calendar


def default_schedule(calendar: Calendar, course: str, cohort: int, today: str) -> str:
    """The identifier of the default schedule for a course and cohort on a day."""
    fitting = [
        name
        for name, schedule in calendar.schedules.items()
        if course in schedule.courses and cohort in schedule.windows
    ]
    for wanted in _wanted(course, cohort, today):
        for name in fitting:
            if name.endswith(wanted):
                return name
    return fitting[0] if fitting else ""


def _wanted(course: str, cohort: int, today: str) -> tuple[str, ...]:
    if course == "npq-early-headship-coaching-offer":
        return (_coaching_month(cohort, today),)
    return ("-spring",) if today[5:] >= "12-26" or today[5:] <= "04-02" else ("-autumn",)


def _coaching_month(cohort: int, today: str) -> str:
    if f"{cohort}-09-01" <= today <= f"{cohort}-11-30":
        return "-november"
    if f"{cohort}-12-01" <= today < f"{cohort + 1}-03-01":
        return "-december"
    if f"{cohort + 1}-03-01" <= today <= f"{cohort + 1}-05-31":
        return "-march"
    return "-june"
