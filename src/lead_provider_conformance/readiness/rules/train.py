"""Rules about deferring, resuming and withdrawing participants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lead_provider_conformance.readiness.days import is_later
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import Enrolment, People, in_all, people_of
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.assignments import Assignment, assignments, left
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_tolerated, new_declarations, participant_actions

FIRST_ECT_EDITION = "2026-08"
"""The first edition of the ECT service, which withdraws participants without declarations."""
STATUS_AFTER = {"defer": "deferred", "withdraw": "withdrawn", "resume": "active"}


@rule("train/defer")
def defer(trace: Trace) -> Iterable[Result]:
    """Check that each break is reported with `defer`, the participant's course, and a reason of the list.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    yield from _done(trace, "train/defer", TaskKind.DEFER)
    yield from _reasons(trace, "defer")
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, "defer"):
        views = people.views(exchange, participant, _course(exchange))
        if in_all(views, _is_joining) and not is_tolerated(trace, exchange):
            reason = f"{participant} was deferred while they were shown as joining."
            yield failed(reason, exchange, kind="action before start", group=f"defer {participant}")


@rule("train/resume")
def resume(trace: Trace) -> Iterable[Result]:
    """Check that each return is reported with `resume`, before training after it is declared.

    Declarations dated before the return are fine at any time.
    """
    people = people_of(trace)
    for each in assignments(trace, TaskKind.RESUME):
        early = next(iter(_early_declarations(trace, each)), None)
        if early is not None:
            reason = f"{each.task.participant_id} was declared after their return and before `resume` was sent."
            yield failed(reason, early, kind="order", group=each.task.id)
        elif each.accepted:
            yield passed(each.accepted)
        elif _is_shown_as(trace, each, "active"):
            continue
        else:
            yield from left(trace, "train/resume", each)
    for participant, exchange in participant_actions(trace, "resume"):
        if _is_other_course(people, participant, exchange) and not is_tolerated(trace, exchange):
            yield _wrong_course(participant, exchange)


@rule("train/withdraw")
def withdraw(trace: Trace) -> Iterable[Result]:
    """Check that each leaving is reported with `withdraw`, the participant's course, and a reason of its list.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    yield from _done(trace, "train/withdraw", TaskKind.WITHDRAW)
    yield from _reasons(trace, "withdraw")


@rule("train/withdraw-only-started")
def withdraw_only_started(trace: Trace) -> Iterable[Result]:
    """Check that no participant is withdrawn who has not started.

    ECT service: not while they are shown as joining; it asks for no declaration. NPQ service and earlier editions: not
    without a live `started`, if the client had read all of the participant's declarations. An attempt at a task that
    is wrong on purpose is a failure: the client was shown that the participant has not started.
    """
    yield from _only_started(trace, "withdraw")


@rule("train/npq-defer-needs-started")
def npq_defer_needs_started(trace: Trace) -> Iterable[Result]:
    """Check that no NPQ participant is deferred without a live `started`.

    Judged like `train/withdraw-only-started`.
    """
    yield from _only_started(trace, "defer")


@rule("train/declare-before-withdraw")
def declare_before_withdraw(trace: Trace) -> Iterable[Result]:
    """Check that what is still to be declared about a leaver is declared before the withdrawal, or dated before it.

    Judged where tasks of one act say both. A declaration that was refused is no failure.
    """
    people = people_of(trace)
    declarations = list(assignments(trace, TaskKind.DECLARE))
    for leaving in assignments(trace, TaskKind.WITHDRAW):
        put = leaving.accepted
        due = [
            each
            for each in declarations
            if each.cue.act == leaving.cue.act
            and each.cue.start <= leaving.cue.start
            and people.same(each.task.participant_id, leaving.task.participant_id)
        ]
        for each in due:
            if put is None:
                remedy = "Withdraw the participant."
                yield not_met("the participant was not withdrawn.", remedy, blocked_by="train/withdraw")
                continue
            post = each.accepted
            if post is None:
                yield from left(trace, "train/declare-before-withdraw", each, put)
            elif post.start > put.end and is_later(post.attributes.get("declaration_date"), put.now.isoformat()):
                reason = f"The task to {each.text} was done after the withdrawal and dated after it."
                yield failed(reason, put, post, kind="order", group=each.task.id)
            else:
                yield passed(*sorted((put, post), key=lambda exchange: exchange.start))


@rule("train/no-repeat")
def no_repeat(trace: Trace) -> Iterable[Result]:
    """Check that no action is sent whose status is shown already.

    A retry before a read showed the new status is fine. Resuming an ECT participant whom the school reports as leaving
    or left is fine too. One refused attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, *STATUS_AFTER):
        action = exchange.segments[-1]
        views = people.views(exchange, participant, _course(exchange))
        if not any(views):
            continue
        if not in_all(views, lambda each, action=action: _is_done(each, action)):  # type: ignore[misc]
            yield passed(exchange)
        elif not is_tolerated(trace, exchange):
            status = STATUS_AFTER[action]
            reason = f"`{action}` was sent for {participant}, who was shown as {status} already."
            yield failed(reason, exchange, kind="repeated action", group=f"{action} {participant}")


@rule("train/completed-not-withdrawn")
def completed_not_withdrawn(trace: Trace) -> Iterable[Result]:
    """Check that a participant who is shown to have completed is not withdrawn.

    A task to withdraw them that is not wrong on purpose excuses it.
    """
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, "withdraw"):
        is_asked = any(
            people.same(each.task.participant_id, participant) for each in assignments(trace, TaskKind.WITHDRAW)
        )
        views = people.views(exchange, participant, _course(exchange))
        if in_all(views, _has_completed) and not is_asked:
            reason = f"{participant} was withdrawn, and was shown to have completed on {_completion(views[-1][-1])}."
            yield failed(reason, exchange, kind="withdrawal after completion", group=f"withdraw {participant}")
    withdrawn = {people.current(participant) for participant, _ in participant_actions(trace, "withdraw")}
    for event in trace.events_named("induction-ended"):
        participant = str(event.facts.get("participant_id"))
        showing = next((each for each in trace.shown.history("participants", participant) if each.end > event.at), None)
        if showing is None:
            remedy = "Let the system poll after the induction has ended."
            yield not_met("the end of the induction was not shown.", remedy, blocked_by="sync/partial")
        elif people.current(participant) not in withdrawn and trace.has_ended(event.act):
            yield passed(showing.exchange) if trace.outlived(showing.exchange) else not_outlived(showing.exchange)


def _done(trace: Trace, obligation: str, kind: TaskKind) -> Iterator[Result]:
    for each in assignments(trace, kind):
        if each.accepted:
            yield passed(each.accepted)
        elif not _is_shown_as(trace, each, STATUS_AFTER[str(kind)]):
            yield from left(trace, obligation, each)


def _is_shown_as(trace: Trace, assignment: Assignment, status: str) -> bool:
    """Return whether the participant had the status of a task before it was given, so nothing was left to send."""
    people = people_of(trace)
    last = next((each for each in trace.exchanges if each.start >= (assignment.cue.end or assignment.cue.start)), None)
    if last is None or assignment.sent:
        return False
    views = people.views(last, assignment.task.participant_id or "", assignment.task.course_identifier)
    return in_all(views, lambda each: each.training_status == status)


def _reasons(trace: Trace, action: str) -> Iterator[Result]:
    """Yield a failure for each action whose reason or course is not one of the participant's course."""
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, action):
        course, sent = _course(exchange), exchange.attributes.get("reason")
        if not exchange.attributes or is_tolerated(trace, exchange):
            continue
        known = course if isinstance(course, str) else None
        allowed = trace.calendar.reasons(action, trace.scope.programme, trace.scope.version, known)
        if sent not in allowed:
            reason = f"`{action}` of {participant} had the reason {sent!r}; allowed are {', '.join(allowed)}."
            yield failed(reason, exchange, kind="reason", place="reason", group=f"{action} {participant}")
        elif _is_other_course(people, participant, exchange):
            yield _wrong_course(participant, exchange)


def _only_started(trace: Trace, action: str) -> Iterator[Result]:
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, action):
        course = _course(exchange)
        if trace.scope.programme == "ecf" and trace.edition >= FIRST_ECT_EDITION:
            views = people.views(exchange, participant, course)
            if in_all(views, _is_joining):
                reason = f"`{action}` was sent for {participant}, who was shown as joining."
                yield failed(reason, exchange, kind="action before start", group=f"{action} {participant}")
            elif any(views):
                yield passed(exchange)
            continue
        live = people.declarations(exchange, participant, course)
        if exchange.succeeded or any(each.type == "started" and each.is_live for each in live):
            yield passed(exchange)
        elif exchange.refused and people.has_read_declarations(exchange, participant):
            reason = f"`{action}` was sent for {participant}, whose declarations show no live `started`."
            yield failed(reason, exchange, kind="action before start", group=f"{action} {participant}")


def _early_declarations(trace: Trace, assignment: Assignment) -> Iterator[Exchange]:
    """Yield the declarations about a participant after a return, which was known, and before `resume`."""
    people, task = people_of(trace), assignment.task
    first = min((each.start for each in assignment.sent), default=float("inf"))
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if (
            assignment.cue.start <= new.exchange.start < first
            and people.same(new.participant_id, task.participant_id)
            and in_all(views, lambda each: each.training_status == "deferred")
            and not is_later(task.fields.get("on"), new.date)
        ):
            yield new.exchange


def _course(exchange: Exchange) -> str | None:
    course = exchange.attributes.get("course_identifier")
    return course if isinstance(course, str) else None


def _is_other_course(people: People, participant: str, exchange: Exchange) -> bool:
    """Return whether the request names a course that the participant was not shown on."""
    course = _course(exchange)
    if course is None or not any(people.views(exchange, participant)):
        return False
    return not any(people.views(exchange, participant, course))


def _wrong_course(participant: str, exchange: Exchange) -> Result:
    reason = f"`{exchange.segments[-1]}` of {participant} named {_course(exchange)}, which they were not shown on."
    return failed(reason, exchange, kind="course", place="course_identifier", group=f"course {participant}")


def _is_joining(enrolment: Enrolment) -> bool:
    return enrolment.participant_status == "joining"


def _is_done(enrolment: Enrolment, action: str) -> bool:
    is_leaving = enrolment.participant_status in ("leaving", "left")
    return enrolment.training_status == STATUS_AFTER[action] and not (action == "resume" and is_leaving)


def _completion(enrolment: Enrolment) -> str | None:
    return enrolment.record.get("induction_end_date") or enrolment.record.get("mentor_funding_end_date")


def _has_completed(enrolment: Enrolment) -> bool:
    return _completion(enrolment) is not None
