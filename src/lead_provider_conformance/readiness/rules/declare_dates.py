"""Rules about the date of a declaration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial

from lead_provider_conformance.contract.calendar import MilestoneWindow
from lead_provider_conformance.readiness.days import all_after, all_before, days_of, instant, is_later, same_day
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import Declaration, Enrolment, in_all, people_of
from lead_provider_conformance.readiness.rule import Result, failed, passed, rule
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import (
    NewDeclaration,
    is_tolerated,
    new_declarations,
    tasks_of,
    voids,
)

FIRST_WITHOUT_WINDOWS = 2025
"""The first ECT cohort whose dates are checked for their order, and not against milestones."""
TYPES = ("started", "retained-1", "retained-2", "retained-3", "retained-4", "completed")
"""The types whose order the sources agree about. They differ about `completed` and `extended-n`."""
EXTENDED = ("extended-1", "extended-2", "extended-3")
SERVER_DATE = "x-with-server-date"


@rule("declare/date-in-window")
def date_in_window(trace: Trace) -> Iterable[Result]:
    """Check each date against the milestone of the schedule and cohort as last shown.

    Judged are ECT cohorts before 2025, and NPQ cohorts for their first day only: the service has no last day. Where
    sources differ about a first day, only dates before all of them fail. Three things are no failure: one refused
    attempt at a task that is wrong on purpose, the day of a task that the suite holds for right, and a refused attempt
    to declare again what the client has voided, such as before a change of schedule.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        windows = [[_window(trace, new, each) for each in view] for view in views]
        if not any(each for view in windows for each in view):
            continue
        if any(not view or any(_allows(each, new) for each in view) for view in windows):
            yield passed(new.exchange)
        elif not (
            is_tolerated(trace, new.exchange) or _is_day_of_right_task(trace, new) or _is_voided_before(trace, new)
        ):
            window = next(each for view in reversed(windows) for each in view if each)
            span = f"{window.earliest_start} to {window.end or 'no last day'}"
            yield _failure(new, f"{new.text} was dated {new.date}, outside the milestone ({span}).")


@rule("declare/sequence")
def sequence(trace: Trace) -> Iterable[Result]:
    """Check that from ECT cohort 2025 on the dates follow the order of the types.

    A date is compared with those of live declarations that were shown, by day. One refused attempt at a task that is
    wrong on purpose is no failure.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not in_all(views, lambda each: (each.cohort or 0) >= FIRST_WITHOUT_WINDOWS):
            continue
        others = [each for each in people.live(new.exchange, new.participant_id, new.course) if each.type != new.type]
        wrong = [each for each in others if _is_out_of_sequence(new, each)]
        if not wrong:
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            other = wrong[0]
            yield _failure(new, f"{new.text} was dated {new.date}, out of sequence with {other.type} of {other.date}.")


@rule("declare/not-in-future")
def not_in_future(trace: Trace) -> Iterable[Result]:
    """Check that no date is after the session's day, or after the day of X-With-Server-Date if the request has it.

    Days are compared, so a later hour of the same day is fine. One refused attempt at a task that is wrong on purpose
    is no failure.
    """
    for new in new_declarations(trace):
        if instant(new.date) is None:
            continue
        last = _last_day(new.exchange)
        if not all_after(new.date, last):
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            yield _failure(new, f"{new.text} was dated {new.date}; the day of the request was {last}.")


@rule("declare/withdrawn-backdated")
def withdrawn_backdated(trace: Trace) -> Iterable[Result]:
    """Check that declarations about a withdrawn participant are dated up to the withdrawal.

    The day of the withdrawal itself is fine. An attempt at a task that is wrong on purpose is a failure: the client was
    shown the withdrawal.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not in_all(views, lambda each: each.training_status == "withdrawn"):
            continue
        if not in_all(views, partial(_is_after_withdrawal, new)):
            yield passed(new.exchange)
        else:
            day = views[-1][-1].withdrawn_on
            yield _failure(new, f"{new.text} was dated {new.date}, and the participant withdrew on {day}.")


@rule("declare/deferred")
def deferred(trace: Trace) -> Iterable[Result]:
    """Check that nothing is declared about a participant while they are shown as deferred.

    An attempt at a task that is wrong on purpose is a failure: the client was shown the deferral.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not any(views):
            continue
        if not in_all(views, lambda each: each.training_status == "deferred"):
            yield passed(new.exchange)
        else:
            yield _failure(new, f"{new.text} was declared while the participant was shown as deferred.")


@rule("read/every-training-status")
def every_training_status(trace: Trace) -> Iterable[Result]:
    """Check declarations by the training status as last shown: none while deferred, none dated after a withdrawal."""
    yield from deferred(trace)
    yield from withdrawn_backdated(trace)


@rule("declare/closed-cohort")
def closed_cohort(trace: Trace) -> Iterable[Result]:
    """Check that nothing is declared or voided for a participant who is shown in a closed cohort.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)

    def is_closed(enrolment: Enrolment) -> bool:
        cohort = trace.calendar.cohorts.get(enrolment.cohort or 0)
        return cohort is not None and cohort.closed

    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not any(views):
            continue
        if not in_all(views, is_closed):
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            cohort = views[-1][-1].cohort
            yield _failure(new, f"{new.text} was declared, and cohort {cohort} is closed.")
    for declaration_id, exchange in voids(trace):
        attributes = trace.shown.attributes("declarations", declaration_id, exchange.start) or {}
        participant, course = attributes.get("participant_id"), attributes.get("course_identifier")
        if isinstance(participant, str) and in_all(people.views(exchange, participant, course), is_closed):
            reason = f"The declaration {declaration_id} was voided, and the participant's cohort is closed."
            yield failed(reason, exchange, kind="closed cohort", group=f"void {declaration_id}")


def _window(trace: Trace, new: NewDeclaration, enrolment: Enrolment) -> MilestoneWindow | None:
    is_judged = new.course.startswith("npq-") or (enrolment.cohort or FIRST_WITHOUT_WINDOWS) < FIRST_WITHOUT_WINDOWS
    if not is_judged or not enrolment.schedule or not enrolment.cohort:
        return None
    return trace.calendar.window(enrolment.schedule, enrolment.cohort, new.type, enrolment.suffix)


def _allows(window: MilestoneWindow | None, new: NewDeclaration) -> bool:
    if window is None:
        return True
    is_late = window.end is not None and all_after(new.date, window.end)
    return not is_late and not all_before(new.date, window.earliest_start)


def _is_day_of_right_task(trace: Trace, new: NewDeclaration) -> bool:
    tasks = (task for _, task in tasks_of(trace, new.exchange) if task.trap is None)
    return any(same_day(task.fields.get("on"), new.date) for task in tasks)


def _is_voided_before(trace: Trace, new: NewDeclaration) -> bool:
    """Return whether the client declares again, with its day, what it has voided, and is refused."""
    voided = {declaration_id for declaration_id, each in voids(trace) if each.start < new.exchange.start}
    known = people_of(trace).declarations(new.exchange, new.participant_id, new.course)
    again = (each for each in known if each.id.lower() in voided and each.type == new.type)
    return new.exchange.refused and any(same_day(each.date, new.date) for each in again)


def _is_after_withdrawal(new: NewDeclaration, enrolment: Enrolment) -> bool:
    return is_later(new.date, enrolment.withdrawn_on)


def _is_out_of_sequence(new: NewDeclaration, other: Declaration) -> bool:
    order = TYPES if new.type in TYPES and other.type in TYPES else (*TYPES[:-1], *EXTENDED)
    if new.type not in order or other.type not in order:
        return False
    if order.index(new.type) < order.index(other.type):
        return is_later(new.date, other.date)
    return is_later(other.date, new.date)


def _last_day(exchange: Exchange) -> date:
    """Return the day of the request: the later one of the session's and that of X-With-Server-Date."""
    own = datetime.fromtimestamp(exchange.server_start, UTC)
    sent = instant(exchange.headers.get(SERVER_DATE))
    return max(max(days_of(each)) for each in (own, sent) if each is not None)


def _failure(new: NewDeclaration, reason: str) -> Result:
    group = f"{new.participant_id.lower()} {new.course} {new.type}"
    return failed(reason, new.exchange, kind="wrong date", place="declaration_date", group=group)
