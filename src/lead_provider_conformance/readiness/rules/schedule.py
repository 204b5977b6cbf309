"""Rules about changing a participant's schedule or cohort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import Declaration, Enrolment, People, in_all, people_of
from lead_provider_conformance.readiness.resources import DECLARATIONS, PARTICIPANTS
from lead_provider_conformance.readiness.rule import Result, failed, not_applicable, not_met, passed, rule
from lead_provider_conformance.readiness.rules.assignments import Assignment, assignments, left
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_tolerated, new_declarations, participant_actions, voids

CHANGE = "change-schedule"
REPLACEMENT, EXTENDED = "ecf-replacement-", "ecf-extended-"
TEACHER = "ecf-induction"


@rule("schedule/reviewed")
def reviewed(trace: Trace) -> Iterable[Result]:
    """Check that a schedule that does not fit is changed before the participant's first declaration.

    Judged are tasks to change the schedule of participants without declarations. The change may have been refused
    once and corrected.
    """
    for each in assignments(trace, TaskKind.CHANGE_SCHEDULE):
        if not _has_declarations(trace, each):
            yield from before_first_declaration(trace, "schedule/reviewed", each)


@rule("schedule/void-first")
def void_first(trace: Trace) -> Iterable[Result]:
    """Check the order where a schedule does not fit existing declarations: void, change, declare again.

    The ECT service of 2026-08 changes schedules though declarations exist, so only the NPQ service is judged. A client
    that leaves the refused change could not run: it may be for a person.
    """
    if trace.scope.programme != "npq":
        yield not_applicable("The ECT service changes a schedule although declarations exist.")
        return
    people = people_of(trace)
    for each in assignments(trace, TaskKind.CHANGE_SCHEDULE):
        participant = each.task.participant_id or ""
        refused = next((exchange for exchange in each.sent if exchange.refused), None)
        first = each.sent[0] if each.sent else None
        if first is None or not _has_declarations(trace, each):
            continue
        voided = _voided(trace, people, participant, each.cue.start)
        if not voided:
            if refused and not each.accepted:
                remedy = "Void the declarations that do not fit, change the schedule, and declare again."
                yield not_met("the client left the refused change of schedule.", remedy, refused)
            continue
        if each.accepted is None:
            yield from left(trace, "schedule/void-first", each, *(exchange for exchange, _ in voided))
            continue
        again = [new for new in new_declarations(trace) if new.exchange.start > each.accepted.start]
        again = [new for new in again if people.same(new.participant_id, participant) and new.exchange.succeeded]
        lost = [old for _, old in voided if old.type not in {new.type for new in again}]
        if not lost:
            yield passed(voided[0][0], each.accepted, *(new.exchange for new in again))
        elif trace.has_ended(each.cues[-1].act):
            reason = f"`{lost[0].type}` of {participant} was voided to change the schedule, and not declared again."
            yield failed(reason, voided[0][0], each.accepted, kind="lost declaration", group=each.task.id)


@rule("schedule/identifier")
def identifier(trace: Trace) -> Iterable[Result]:
    """Check that each change names a schedule of the calendar and a course that has it.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    calendar = trace.calendar
    for participant, exchange in participant_actions(trace, CHANGE):
        body = exchange.attributes
        if not body:
            continue
        schedule, course = body.get("schedule_identifier"), body.get("course_identifier")
        if schedule not in calendar.schedules:
            problem = f"named the schedule {schedule!r}, which the calendar does not have"
        elif course not in calendar.courses(schedule):
            problem = f"named {schedule} with the course {course!r}; it is for {', '.join(calendar.courses(schedule))}"
        else:
            yield passed(exchange)
            continue
        if not is_tolerated(trace, exchange):
            reason = f"The change of schedule of {participant} {problem}."
            yield failed(reason, exchange, kind="schedule", place="schedule_identifier", group=participant)


@rule("schedule/cohort-explicit")
def cohort_explicit(trace: Trace) -> Iterable[Result]:
    """Check that each change names the cohort.

    Documents of the ECT service of 2026-08 say that the participant stays in their cohort without it, so leaving it
    out decides nothing there.
    """
    for participant, exchange in participant_actions(trace, CHANGE):
        if not exchange.attributes:
            continue
        if exchange.attributes.get("cohort"):
            yield passed(exchange)
        elif trace.scope.programme == "npq":
            reason = f"The change of schedule of {participant} named no cohort; without it, it means the current one."
            yield failed(reason, exchange, kind="missing cohort", place="cohort")


@rule("schedule/replacement-mentor")
def replacement_mentor(trace: Trace) -> Iterable[Result]:
    """Check that mentors who take over a teacher get a replacement schedule, unless they mentor another one already.

    A task that is wrong on purpose is about a mentor with a first teacher: an accepted change fails. A mentor who is
    shown on a replacement schedule needs no change.
    """
    people = people_of(trace)
    mentors = [str(each.facts.get("mentor_id")) for each in trace.events_named("mentor-replaced")]
    for cue, task in trace.tasks:
        if task.do is not TaskKind.CHANGE_SCHEDULE or not task.trap:
            continue
        if not any(people.same(task.participant_id, mentor) for mentor in mentors):
            continue
        changes = [each for each in _changes(trace, task.participant_id or "") if each.start >= cue.start]
        accepted = next((each for each in changes if each.succeeded), None)
        if accepted:
            reason = f"The schedule of mentor {task.participant_id} was changed; their first teacher takes priority."
            yield failed(reason, accepted, kind="replacement mentor", group=task.id)
        elif trace.has_ended(cue.act) and trace.after(cue.start):
            yield passed(*trace.after(cue.start)[-1:])
    for each in assignments(trace, TaskKind.CHANGE_SCHEDULE):
        is_mentor = any(people.same(each.task.participant_id, mentor) for mentor in mentors)
        if not is_mentor or not _is_replacement(each.task.fields):
            continue
        done = [exchange for exchange in each.sent if exchange.succeeded]
        fitting = [exchange for exchange in done if _is_replacement(exchange.attributes)]
        shown = trace.shown.attributes(PARTICIPANTS, each.task.participant_id or "", each.cue.end or each.cue.start)
        if fitting:
            yield passed(fitting[0])
        elif done:
            reason = f"The replacement mentor {each.task.participant_id} was put on another schedule."
            yield failed(reason, done[-1], kind="replacement mentor", group=each.task.id)
        elif not any(map(_is_replacement, (shown or {}).get("ecf_enrolments") or ())):
            yield from left(trace, "schedule/replacement-mentor", each)


@rule("schedule/extended-only-ect-declarations")
def extended_only(trace: Trace) -> Iterable[Result]:
    """Check that extended declarations are about teachers who are shown on an extended schedule.

    Sources differ about whether `completed` comes before or after them. One refused attempt at a task that is wrong on
    purpose is no failure.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not new.type.startswith("extended-") or not any(views):
            continue
        if new.course == TEACHER and not in_all(views, lambda each: not (each.schedule or "").startswith(EXTENDED)):
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            reason = f"{new.text} was declared on the schedule {views[-1][-1].schedule}."
            yield failed(reason, new.exchange, kind="extended declaration", group=f"{new.participant_id} {new.type}")


@rule("schedule/not-for-left")
def not_for_left(trace: Trace) -> Iterable[Result]:
    """Check that no schedule is changed of a participant who is shown as left, deferred or withdrawn.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)

    def is_out(enrolment: Enrolment) -> bool:
        return enrolment.participant_status == "left" or enrolment.training_status in ("deferred", "withdrawn")

    for participant, exchange in participant_actions(trace, CHANGE):
        views = people.views(exchange, participant, exchange.attributes.get("course_identifier"))
        if not any(views):
            continue
        if not in_all(views, is_out):
            yield passed(exchange)
        elif not is_tolerated(trace, exchange):
            last = views[-1][-1]
            status = f"{last.training_status}, {last.participant_status}"
            reason = f"The schedule of {participant} was changed while they were shown as {status}."
            yield failed(reason, exchange, kind="schedule of a leaver", group=participant)


def before_first_declaration(trace: Trace, obligation: str, assignment: Assignment) -> Iterator[Result]:
    """Yield the results of a change of schedule that comes before the participant's first declaration."""
    people, task = people_of(trace), assignment.task
    news = (new for new in new_declarations(trace) if people.same(new.participant_id, task.participant_id))
    early = next((new for new in news if new.exchange.succeeded and new.exchange.start >= assignment.cue.start), None)
    accepted = assignment.accepted
    first = assignment.sent[0] if assignment.sent else None
    if early and first and early.exchange.end < first.start:
        reason = f"{early.text} was declared before the schedule was changed."
        yield failed(reason, early.exchange, first, kind="order", group=task.id)
    elif accepted is None and not (not first and _is_on(trace, assignment)):
        yield from left(trace, obligation, assignment)
    elif accepted is None:
        return
    else:
        yield passed(accepted, *([early.exchange] if early else []))


def _is_on(trace: Trace, assignment: Assignment) -> bool:
    """Return whether the participant was shown on the schedule of a task already, so nothing was left to change."""
    last = next((each for each in reversed(trace.exchanges)), None)
    wanted = assignment.task.fields
    views = people_of(trace).views(last, assignment.task.participant_id or "") if last else []
    return any(
        each.schedule == wanted.get("schedule_identifier")
        and str(wanted.get("cohort") or each.cohort) == str(each.cohort)
        for view in views
        for each in view
    )


def _has_declarations(trace: Trace, assignment: Assignment) -> bool:
    """Return whether the participant had a live declaration when the task was given, as far as was shown by then."""
    people, cue = people_of(trace), assignment.cue
    for identifier, attributes in trace.shown.all_before(DECLARATIONS, cue.end or cue.start):
        if people.same(str(attributes.get("participant_id")), assignment.task.participant_id):
            made = trace.shown.first(DECLARATIONS, identifier)
            is_own = made is not None and made.exchange.method == "POST" and made.exchange.start >= cue.start
            if not is_own:
                return True
    return False


def _is_replacement(fields: Mapping[str, Any]) -> bool:
    return str(fields.get("schedule_identifier")).startswith(REPLACEMENT)


def _changes(trace: Trace, participant_id: str) -> list[Exchange]:
    people = people_of(trace)
    return [each for other, each in participant_actions(trace, CHANGE) if people.same(other, participant_id)]


def _voided(trace: Trace, people: People, participant_id: str, since: float) -> list[tuple[Exchange, Declaration]]:
    """Return the accepted voids of a participant's declarations since a time, with the declarations."""
    found = []
    for declaration_id, exchange in voids(trace):
        if exchange.start >= since and exchange.succeeded:
            known = people.declarations(exchange, participant_id)
            found += [(exchange, each) for each in known if each.id == declaration_id]
    return found
