"""Dates that a declaration may carry, from the calendar's windows for the participant's own cohort and schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Application, Participant, parse_time, parse_year
from lead_provider_conformance.contract.calendar import Calendar, MilestoneWindow, Schedule
from lead_provider_conformance.http import IncompleteResponse

NOON = time(12, tzinfo=UTC)
EVIDENCE = "other"


def window(participant: Participant, declaration_type: str, calendar: Calendar) -> MilestoneWindow | None:
    """The window of that type on the participant's schedule and cohort, if the calendar has one."""
    if participant.schedule is None or participant.cohort_year is None:
        return None
    return calendar.window(participant.schedule, participant.cohort_year, declaration_type)


def inside(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Noon of the day after the window's first: inside it in any time zone."""
    return at(participant, declaration_type, calendar, days_after_start=1)


def at(participant: Participant, declaration_type: str, calendar: Calendar, *, days_after_start: int) -> datetime:
    """Noon, so many days after the window's first day; before it if negative."""
    found = window(participant, declaration_type, calendar)
    if found is None:
        raise LookupError(f"{declaration_type} has no window on {participant.schedule} {participant.cohort}")
    return datetime.combine(found.start + timedelta(days=days_after_start), NOON)


def before(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Noon of the second day before the window's first.

    Of an NPQ it is before the window of any schedule of the course: not every version shows which one it is.
    """
    if not participant.course.startswith("npq-"):
        return at(participant, declaration_type, calendar, days_after_start=-2)
    windows = [
        found
        for schedule in _fitting(participant, calendar)
        if (found := calendar.window(schedule.identifier, schedule.cohort, declaration_type))
    ]
    if not windows:
        raise LookupError(f"{declaration_type} has no window for {participant.course} {participant.cohort}")
    return datetime.combine(min(each.start for each in windows) - timedelta(days=2), NOON)


def after(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Noon of the second day after the window's last."""
    found = window(participant, declaration_type, calendar)
    if found is None or found.end is None:
        raise LookupError(f"{declaration_type} has no end on {participant.schedule} {participant.cohort}")
    return datetime.combine(found.end + timedelta(days=2), NOON)


def next_window(participant: Participant, calendar: Calendar, today: date) -> MilestoneWindow | None:
    """The first window that opened after the participant was withdrawn; none if they were not, or none has."""
    if participant.schedule is None or participant.cohort_year is None:
        return None
    try:
        withdrawn = parse_time(participant.withdrawal.get("date")).date()
    except IncompleteResponse:
        return None
    windows = calendar.windows(participant.schedule, participant.cohort_year)
    return next((each for each in windows if withdrawn < each.start < today - timedelta(days=1)), None)


def declaration_of(participant: Participant, declaration_type: str, calendar: Calendar) -> dict[str, Any]:
    """Attributes of a declaration that the contract allows: a date inside the window, evidence for ECF and an
    outcome for NPQ where it is due."""
    attributes: dict[str, Any] = {
        "participant_id": participant.id,
        "declaration_type": declaration_type,
        "declaration_date": format_time(inside(participant, declaration_type, calendar)),
        "course_identifier": participant.course,
    }
    if participant.course.startswith("npq-"):
        return attributes | ({"has_passed": True} if declaration_type == "completed" else {})
    return attributes | ({} if declaration_type == "started" else {"evidence_held": EVIDENCE})


def opening(application: Application, calendar: Calendar) -> MilestoneWindow | None:
    """The window of the started declaration on that schedule of the applicant's course and cohort which opens last.

    None if there is no such schedule. Versions 1 and 2 do not say which schedule an application was accepted for;
    a date inside this one is inside any.
    """
    found = _last_schedule(application, calendar)
    return found.windows[0] if found else None


def accepted(application: Application, calendar: Calendar) -> Participant:
    """The participant that an applicant becomes, as far as every version shows: on the schedule that opens last.

    Raises IncompleteResponse if it is not said who applied, and LookupError for a course and cohort without schedule.
    """
    if application.participant_id is None:
        raise IncompleteResponse(f"the application {application.id} has no participant_id")
    found = _last_schedule(application, calendar)
    if found is None:
        raise LookupError(f"{application.course} has no schedule in {application.cohort}")
    enrolment = {
        "course_identifier": application.course,
        "cohort": application.cohort,
        "schedule_identifier": found.identifier,
        "eligible_for_funding": application.eligible,
        "funded_place": application.funded_place,
    }
    return Participant(application.participant_id, {}, enrolment)


def _last_schedule(application: Application, calendar: Calendar) -> Schedule | None:
    return max(_fitting(application, calendar), key=lambda each: each.windows[0].start, default=None)


def _fitting(somebody: Application | Participant, calendar: Calendar) -> list[Schedule]:
    """The schedules that have windows for somebody's course in their cohort."""
    cohort = parse_year(somebody.cohort)
    if cohort is None:
        return []
    return [
        found
        for name in calendar.schedules
        if somebody.course in calendar.courses(name)
        and (found := calendar.schedule(name, cohort)) is not None
        and found.windows
    ]
