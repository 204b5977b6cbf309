"""Declaration dates, from the calendar's windows for a participant's cohort and schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Application, Participant, parse_year, time_of
from lead_provider_conformance.contract.calendar import Calendar, MilestoneWindow, Schedule
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun

MIDDAY = time(12, 34, 56, tzinfo=UTC)
"""The time of a usual declaration: it has minutes and seconds, which a server must keep."""
EVIDENCE = "other"
DAY = timedelta(days=1)
RECENT, SOON = timedelta(hours=2), timedelta(hours=3)
"""The distances from now of a date in the past, and in the future, that is most often on the same day."""
WINTER = (11, 12, 1, 2)
"""The months without a day of summer time."""
IN_SEQUENCE_SINCE = "2026-08"
"""The first edition in which the dates of declarations from cohort 2025 on follow the order of the milestones."""


class NoWindowError(CouldNotRun, LookupError):
    """Raised if the calendar has no date for a record: a test could not run, and a caller may try another record."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The calendar does not say when to declare: {reason}.",
            "Give the target records in a cohort and schedule that openapi/calendar.yaml has.",
        )


def window_of(participant: Participant, declaration_type: str, calendar: Calendar) -> MilestoneWindow | None:
    """Return the window of that type on the participant's schedule and cohort, if the calendar has one."""
    if participant.schedule is None or participant.cohort_year is None:
        return None
    return calendar.window(participant.schedule, participant.cohort_year, declaration_type, participant.cohort_suffix)


def window_date(
    participant: Participant, declaration_type: str, calendar: Calendar, *, days_after_start: int = 1
) -> datetime:
    """Return midday, that many days after the window's first day. The default is inside the window in any time zone.

    Raise NoWindowError if there is no such window.
    """
    window = window_of(participant, declaration_type, calendar)
    if window is None:
        raise NoWindowError(f"{declaration_type} has no window on {participant.schedule} {participant.cohort}")
    return datetime.combine(window.start + timedelta(days=days_after_start), MIDDAY)


def first_second(day: date) -> datetime:
    """Return midnight in UTC, when the day has also begun in London."""
    return datetime.combine(day, time(tzinfo=UTC))


def last_second(day: date) -> datetime:
    """Return the last second of the day in London, or the one before summer time ends; in UTC it is the same day."""
    return datetime.combine(day, time(23 if day.month in WINTER else 22, 59, 59, tzinfo=UTC))


def date_before_window(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Return the end of the day before the window's first day, by any source. Raise NoWindowError without a window.

    For an NPQ, the date is before the window of every schedule of the course: not every version shows the schedule.
    """
    if not participant.course.startswith("npq-"):
        own = window_of(participant, declaration_type, calendar)
        windows = [own] if own else []
    else:
        windows = [
            window
            for schedule in schedules_of(participant, calendar)
            if (window := calendar.window(schedule.identifier, schedule.cohort, declaration_type, schedule.suffix))
        ]
    if not windows:
        raise NoWindowError(f"{declaration_type} has no window for {participant.course} {participant.cohort}")
    return last_second(min(each.earliest_start for each in windows) - DAY)


def date_after_window(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Return the beginning of the day after the window's last day. Raise NoWindowError if the window does not end."""
    window = window_of(participant, declaration_type, calendar)
    if window is None or window.end is None:
        raise NoWindowError(f"{declaration_type} has no end on {participant.schedule} {participant.cohort}")
    return first_second(window.end + DAY)


def first_window_since_withdrawal(participant: Participant, calendar: Calendar, today: date) -> MilestoneWindow | None:
    """Return the first window that has opened since the participant was withdrawn, if there is one."""
    if participant.schedule is None or participant.cohort_year is None:
        return None
    try:
        withdrawn = time_of(participant.withdrawal, "date").date()
    except IncompleteResponse:
        return None
    windows = calendar.windows(participant.schedule, participant.cohort_year)
    return next((each for each in windows if withdrawn < each.start < today - timedelta(days=1)), None)


def declaration_of(participant: Participant, declaration_type: str, calendar: Calendar) -> dict[str, Any]:
    """Return the attributes of a valid declaration: a date inside the window, and evidence (ECF), an outcome or a
    delivery partner (NPQ) where it needs them.
    """
    attributes: dict[str, Any] = {
        "participant_id": participant.id,
        "declaration_type": declaration_type,
        "declaration_date": format_time(date_in_sequence(participant, declaration_type, calendar)),
        "course_identifier": participant.course,
    }
    if participant.course.startswith("npq-"):
        if participant.delivery_partners:
            attributes["delivery_partner_id"] = participant.delivery_partners[0]
        return attributes | ({"has_passed": True} if declaration_type == "completed" else {})
    return attributes | _evidence_for(participant, declaration_type, calendar)


def date_in_sequence(participant: Participant, declaration_type: str, calendar: Calendar) -> datetime:
    """Return a date inside the window. Where all windows open on one day, the types follow each other by the hour."""
    date = window_date(participant, declaration_type, calendar)
    if not _has_detailed_evidence(participant, calendar) or calendar.edition < IN_SEQUENCE_SINCE:
        return date
    types = calendar.declaration_types(str(participant.schedule), participant.cohort_year or 0)
    return date + timedelta(hours=types.index(declaration_type))


def _evidence_for(participant: Participant, declaration_type: str, calendar: Calendar) -> dict[str, Any]:
    """Return the evidence that a declaration needs. From edition 2026-08 on, a start from cohort 2025 on has some."""
    if _has_detailed_evidence(participant, calendar) and calendar.edition >= IN_SEQUENCE_SINCE:
        listed = calendar.evidence(participant.cohort_year or 0, participant.course, declaration_type).values
        return {"evidence_held": EVIDENCE if EVIDENCE in listed or not listed else listed[0]}
    return {} if declaration_type == "started" else {"evidence_held": EVIDENCE}


def _has_detailed_evidence(participant: Participant, calendar: Calendar) -> bool:
    cohort = calendar.cohorts.get(participant.cohort_year or 0)
    return cohort is not None and cohort.detailed_evidence


def last_opening_schedule(application: Application, calendar: Calendar) -> Schedule | None:
    """Return the schedule that opens last, among those of the application's course and cohort; None without any.

    Versions 1 and 2 do not show the schedule of an accepted application. A date inside the first window of this
    schedule is inside that window of every schedule.
    """
    return max(schedules_of(application, calendar), key=lambda each: each.windows[0].start, default=None)


def has_choice_of_schedules(participant: Participant, calendar: Calendar) -> bool:
    """Return whether an NPQ participant can change to another schedule without changing to another cohort.

    A change of schedule moves to the latest cohort of the year.
    """
    cohort = calendar.cohorts.get(participant.cohort_year or 0)
    is_latest = cohort is None or participant.cohort_suffix in (None, max(cohort.suffixes, default=None))
    return is_latest and len(schedules_of(participant, calendar)) > 1


def opened_schedule(application: Application, calendar: Calendar, latest: date) -> Schedule | None:
    """Return a schedule of the application's course and cohort that has opened by a day; None without any.

    Where a server shows the schedule of an accepted application, any that has opened is enough.
    """
    last = last_opening_schedule(application, calendar)
    candidates = schedules_of(application, calendar) if application.cohort_suffix else [last] if last else []
    return next((each for each in candidates if each.windows[0].start <= latest), None)


def participant_from(application: Application, calendar: Calendar) -> Participant:
    """Return the participant that accepting an application creates, on the schedule that opens last.

    Raise IncompleteResponse if the application has no participant_id, and NoWindowError if the course has no schedule
    in the cohort.
    """
    if application.participant_id is None:
        raise IncompleteResponse(f"the application {application.id} has no participant_id")
    schedule = last_opening_schedule(application, calendar)
    if schedule is None:
        raise NoWindowError(f"{application.course} has no schedule in {application.cohort}")
    enrolment = {
        "course_identifier": application.course,
        "cohort": application.cohort,
        "cohort_suffix": application.cohort_suffix,
        "npq_application_id": application.id,
        "schedule_identifier": schedule.identifier,
        "eligible_for_funding": application.eligible,
        "funded_place": application.funded_place,
    }
    return Participant(application.participant_id, {}, enrolment)


def schedules_of(record: Application | Participant, calendar: Calendar) -> list[Schedule]:
    """Return the schedules with windows for the record's course and cohort, in the order of the calendar."""
    cohort = parse_year(record.cohort)
    if cohort is None:
        return []
    return [
        schedule
        for name in calendar.schedules
        if record.course in calendar.courses(name)
        and (schedule := calendar.schedule(name, cohort, record.cohort_suffix)) is not None
        and schedule.windows
    ]
