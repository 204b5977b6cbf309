"""Rules about the ids of participants, declarations, mentors and statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from lead_provider_conformance.readiness.days import same_day
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.horizon import horizon
from lead_provider_conformance.readiness.people import enrolments, people_of, same_course
from lead_provider_conformance.readiness.resources import (
    DECLARATIONS,
    PARTICIPANTS,
    STATEMENTS,
    UNFUNDED_MENTORS,
    place,
)
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import PARTICIPANT_ACTIONS, new_declarations, tasks_of, voids

GONE = (404, 410)
"""The statuses of a read by a retired id: the ECT service and the NPQ service."""


@rule("ids/by-id-not-by-name")
def by_id_not_by_name(trace: Trace) -> Iterable[Result]:
    """Check that writes for a task name its participant, and not one with the same name, number or e-mail address.

    A write about a namesake fails if no task was about that namesake.
    """
    people = people_of(trace)
    given = [(cue.start, people.current(task.participant_id), task) for cue, task in trace.tasks if task.participant_id]
    for exchange in trace.writes():
        named = _participant(exchange)
        if named is None:
            continue
        known = [(participant, task) for start, participant, task in given if start <= exchange.start]
        current = people.current(named)
        if any(participant == current for participant, _ in known):
            done = [task for _, task in tasks_of(trace, exchange)]
            if done and _namesakes(trace, exchange, str(done[0].participant_id)):
                yield passed(exchange)
            continue
        meant = [task for _, task in known if _is_like(task, exchange)]
        meant = [task for task in meant if named in _namesakes(trace, exchange, str(task.participant_id))]
        if meant:
            reason = f"The request names {named}, who is like {meant[0].participant_id}; the task was about the latter."
            yield failed(reason, exchange, kind="wrong participant", group=f"{named} {meant[0].id}")


@rule("ids/participant-id-changes")
def participant_id_changes(trace: Trace) -> Iterable[Result]:
    """Check that no path or body names a retired id once the change of ids was shown.

    `filter[from_participant_id]` is for retired ids. Requests that were under way are fine.
    """
    people = people_of(trace)
    late: dict[str, Exchange] = {}
    for exchange in trace.exchanges:
        for retired in _named(exchange) & people.merges.keys():
            if people.merges[retired][1].end < horizon(trace, exchange):
                late.setdefault(retired, exchange)
    for retired, exchange in late.items():
        new, showing = people.merges[retired]
        reason = f"The request names {retired}, which was shown as replaced by {new}."
        yield failed(reason, showing.exchange, exchange, kind="retired id", group=retired)
    for event in trace.events_named("merged"):
        retired = str(event.facts.get("from_id")).lower()
        if retired in late:
            continue
        if retired not in people.merges:
            yield not_met("the change of ids was not shown.", "Let the system poll the participants after the merge.")
        elif trace.outlived(people.merges[retired][1].exchange):
            yield passed(people.merges[retired][1].exchange)
        else:
            yield not_outlived(people.merges[retired][1].exchange)


@rule("ids/retired-id-is-404")
def retired_id_is_404(trace: Trace) -> Iterable[Result]:
    """Check that a client goes on after a 404 or 410 for a retired id, and writes nothing about it."""
    for event in trace.events_named("merged"):
        retired = str(event.facts.get("from_id")).lower()
        # The merger may have come while the request was under way.
        gone = [
            each for each in trace.exchanges if each.end > event.at and each.status in GONE and retired in _named(each)
        ]
        if not gone:
            remedy = "Read the participant by the retired id once."
            yield not_met("the retired id was not requested after the merge.", remedy)
            continue
        if not trace.outlived(gone[0]):
            yield not_outlived(gone[0])
            continue
        work = [each for each in trace.reaction(gone[0]) if each.is_write and retired in _named(each)]
        if work:
            reason = f"A change was sent about {retired} after {gone[0].status} had said that the id is gone."
            yield failed(reason, gone[0], work[0], kind="retired id", group=retired)
        else:
            yield passed(gone[0])


@rule("ids/training-record")
def training_record(trace: Trace) -> Iterable[Result]:
    """Check that declarations about a participant who is both teacher and mentor name the course of their task."""
    people = people_of(trace)
    for event in trace.events_named("mentor-as-well"):
        participant = str(event.facts.get("participant_id"))
        for new in new_declarations(trace):
            if new.exchange.start < event.at or not people.same(new.participant_id, participant):
                continue
            due = [
                task
                for cue, task in trace.tasks
                if task.do in (TaskKind.DECLARE, TaskKind.CORRECT_DECLARATION)
                and cue.start <= new.exchange.start
                and people.same(task.participant_id, participant)
                and task.fields.get("declaration_type") == new.type
            ]
            if any(same_course(task.course_identifier, new.course) for task in due):
                yield passed(new.exchange)
            elif due:
                reason = f"{new.text} was declared; the task is about {due[0].course_identifier}."
                yield failed(reason, new.exchange, kind="course", place="course_identifier", group=due[0].id)


@rule("ids/declaration-id-stored")
def declaration_id_stored(trace: Trace) -> Iterable[Result]:
    """Check that voids name an id that a response has shown. An id from the response to a POST passes."""
    for declaration_id, exchange in voids(trace):
        first = trace.shown.first(DECLARATIONS, declaration_id)
        if first is None or first.end >= exchange.start:
            if exchange.status == 404:
                reason = f"The void names the declaration {declaration_id}, which no response had shown."
                yield failed(reason, exchange, kind="unknown id", group=declaration_id)
        elif any(each.exchange.method == "POST" for each in trace.shown.history(DECLARATIONS, declaration_id)):
            yield passed(first.exchange, exchange)


@rule("ids/mentor-id")
def mentor_id(trace: Trace) -> Iterable[Result]:
    """Check that mentors who are no participants are looked for among the unfunded mentors. It never fails."""
    participants = trace.shown.versions.get(PARTICIPANTS, {})
    unknown = set()
    for identifier, versions in participants.items():
        for each in enrolments(identifier, versions[-1].attributes):
            mentor = each.record.get("mentor_id")
            if isinstance(mentor, str) and mentor.lower() not in participants:
                unknown.add(mentor.lower())
    if not unknown:
        return
    read = [each for each in trace.exchanges if place(each)[0] == UNFUNDED_MENTORS and each.succeeded]
    if read:
        yield passed(read[0])
    else:
        yield not_met("mentors were shown who are no participants.", "Read the unfunded mentors.")


@rule("ids/statement-id")
def statement_id(trace: Trace) -> Iterable[Result]:
    """Check that a statement is read by the id that a declaration showed. It never fails."""
    first: dict[str, float] = {}
    for versions in trace.shown.versions.get(DECLARATIONS, {}).values():
        for each in versions:
            for name in ("statement_id", "clawback_statement_id"):
                statement = each.attributes.get(name)
                if isinstance(statement, str):
                    first[statement.lower()] = min(first.get(statement.lower(), each.end), each.end)
    for exchange in trace.exchanges:
        kind, identifier, _ = place(exchange)
        if kind == STATEMENTS and identifier in first and exchange.succeeded and first[identifier] < exchange.start:
            yield passed(exchange)


def _participant(exchange: Exchange) -> str | None:
    """Return the id of the participant of a write."""
    kind, identifier, _ = place(exchange)
    sent = exchange.attributes.get("participant_id")
    if kind == PARTICIPANTS and identifier:
        return identifier
    return sent.lower() if kind == DECLARATIONS and isinstance(sent, str) else None


def _named(exchange: Exchange) -> set[str]:
    """Return the ids in a request's path and body."""
    named = {each.lower() for each in exchange.segments}
    sent = exchange.attributes.get("participant_id") if exchange.is_write else None
    return named | {sent.lower()} if isinstance(sent, str) else named


def _namesakes(trace: Trace, exchange: Exchange, participant_id: str) -> set[str]:
    """Return the other participants who were shown with the same name, number or e-mail address."""
    people = people_of(trace)
    mine = trace.shown.attributes(PARTICIPANTS, participant_id, exchange.start)
    if mine is None:
        return set()
    marks, found = _marks(participant_id, mine), set()
    for other in {identifier for mark in marks for identifier in _bearers(trace).get(mark, ())}:
        attributes = trace.shown.attributes(PARTICIPANTS, other, exchange.start)
        if marks & _marks(other, attributes) and not people.same(other, participant_id):
            found.add(other)
    return found


@lru_cache(maxsize=4)
def _bearers(trace: Trace) -> Mapping[tuple[str, str], set[str]]:
    """Return the participants by name, number and e-mail address, as any response showed them."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for identifier, versions in trace.shown.versions.get(PARTICIPANTS, {}).items():
        last = None
        for each in versions:
            if each.attributes is not last:  # equal versions share their attributes
                last = each.attributes
                for mark in _marks(identifier, last):
                    found[mark].add(identifier)
    return found


def _marks(participant_id: str, attributes: object) -> set[tuple[str, str]]:
    record = attributes if isinstance(attributes, dict) else {}
    marks = {(name, str(record[name])) for name in ("full_name", "teacher_reference_number") if record.get(name)}
    emails = (each.record.get("email") for each in enrolments(participant_id, record))
    return marks | {("email", str(each)) for each in emails if each}


def _is_like(task: Task, exchange: Exchange) -> bool:
    """Return whether a write has the kind of a task, for any participant."""
    kind, _, action = place(exchange)
    if kind == DECLARATIONS:
        body = exchange.attributes
        is_same_day = same_day(body.get("declaration_date"), task.fields.get("on"))
        is_type = body.get("declaration_type") == task.fields.get("declaration_type")
        return task.do is TaskKind.DECLARE and is_type and is_same_day
    return action is not None and PARTICIPANT_ACTIONS.get(task.do) == action
