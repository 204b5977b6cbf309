"""The writes of a client, by task and by record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import People, people_of, same_course
from lead_provider_conformance.readiness.resources import (
    APPLICATIONS,
    DECLARATIONS,
    OUTCOMES,
    PARTICIPANTS,
    PARTNERSHIPS,
    place,
)
from lead_provider_conformance.readiness.script import CueLine, Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace

_UNDECIDED = frozenset({401, 403, 408, 429})
"""The statuses of responses after which the same request is sent again, as it was."""
PARTICIPANT_ACTIONS = {
    TaskKind.DEFER: "defer",
    TaskKind.WITHDRAW: "withdraw",
    TaskKind.RESUME: "resume",
    TaskKind.CHANGE_SCHEDULE: "change-schedule",
}
APPLICATION_ACTIONS = {
    TaskKind.ACCEPT: "accept",
    TaskKind.REJECT: "reject",
    TaskKind.CHANGE_FUNDED_PLACE: "change-funded-place",
}


@dataclass(frozen=True, slots=True)
class NewDeclaration:
    """A POST of a declaration, with a body that can be read."""

    exchange: Exchange
    participant_id: str
    course: str
    type: str
    date: Any

    def about(self, other: NewDeclaration, people: People) -> bool:
        """Return whether another one is about the same participant, course and type."""
        return (
            self.type == other.type
            and same_course(self.course, other.course)
            and people.same(self.participant_id, other.participant_id)
        )

    def copies(self, other: NewDeclaration) -> bool:
        """Return whether it is an exact copy of another one."""
        return self.exchange.attributes == other.exchange.attributes

    @property
    def text(self) -> str:
        """The declaration in a few words."""
        return f"`{self.type}` of {self.participant_id} in {self.course}"


def new_declarations(trace: Trace) -> Iterator[NewDeclaration]:
    """Yield the POSTs of declarations in order. A malformed body is left to the contract's check."""
    for each in trace.writes():
        if each.method == "POST" and place(each) == (DECLARATIONS, None, None):
            body = each.attributes
            names = (body.get(name) for name in ("participant_id", "course_identifier", "declaration_type"))
            participant, course, kind = names
            if isinstance(participant, str) and isinstance(course, str) and isinstance(kind, str):
                yield NewDeclaration(each, participant, course, kind, body.get("declaration_date"))


def record_actions(trace: Trace, kind: str, *actions: str) -> Iterator[tuple[str, Exchange]]:
    """Yield the id of the record and the request for each action on a record of a kind, in order."""
    for each in trace.writes():
        found, record_id, action = place(each)
        if found == kind and record_id and action in actions:
            yield record_id, each


def participant_actions(trace: Trace, *actions: str) -> Iterator[tuple[str, Exchange]]:
    """Yield the participant's id and the request for each `defer`, `withdraw`, `resume` or `change-schedule`."""
    yield from record_actions(trace, PARTICIPANTS, *actions)


def voids(trace: Trace) -> Iterator[tuple[str, Exchange]]:
    """Yield the declaration's id and the request for each void."""
    yield from record_actions(trace, DECLARATIONS, "void")


def application_actions(trace: Trace, *actions: str) -> Iterator[tuple[str, Exchange]]:
    """Yield the application's id and the request for each `accept`, `reject` or `change-funded-place`."""
    yield from record_actions(trace, APPLICATIONS, *actions)


def outcomes_sent(trace: Trace) -> Iterator[tuple[str, Exchange]]:
    """Yield the participant's id and the request for each POST of an outcome."""
    for each in trace.writes():
        kind, participant, _ = place(each)
        if kind == OUTCOMES and participant and each.method == "POST":
            yield participant, each


def partnerships_sent(trace: Trace) -> Iterator[Exchange]:
    """Yield the POSTs of partnerships."""
    for each in trace.writes():
        if each.method == "POST" and place(each) == (PARTNERSHIPS, None, None):
            yield each


def is_undecided(exchange: Exchange) -> bool:
    """Return whether the request has to be sent again as it was: no response, a server error, 401 or 429."""
    return exchange.failed or exchange.status in _UNDECIDED


Given = tuple[CueLine, Task]
"""A task with the cue that gave it."""


def tasks_of(trace: Trace, exchange: Exchange) -> list[Given]:
    """Return the tasks that a write stands for, among those that the client had."""
    return _pairs(trace)[0].get(exchange.id, [])


def writes_for(trace: Trace, cue: CueLine, task: Task) -> list[Exchange]:
    """Return the writes that a task stands for since its cue began, in order."""
    return _pairs(trace)[1].get((cue.act, cue.number, task.id), [])


@lru_cache(maxsize=4)
def _pairs(trace: Trace) -> tuple[Mapping[str, list[Given]], Mapping[tuple[str, int, str], list[Exchange]]]:
    """Return the tasks by the id of a write, and the writes by task."""
    tasks: dict[str, list[Given]] = defaultdict(list)
    writes: dict[tuple[str, int, str], list[Exchange]] = defaultdict(list)
    given = list(trace.tasks)
    people = people_of(trace)
    for each in trace.writes():
        placed, body = place(each), each.attributes
        for cue, task in given:
            if cue.start <= each.start and _does(people, task, each.method, placed, body):
                tasks[each.id].append((cue, task))
                writes[cue.act, cue.number, task.id].append(each)
    return tasks, writes


def _does(
    people: People, task: Task, method: str, placed: tuple[str | None, str | None, str | None], body: Mapping[str, Any]
) -> bool:
    """Return whether a write is the one that a task stands for, right or wrong in its details."""
    kind, record_id, action = placed
    if kind is None:
        return False
    course = body.get("course_identifier")
    fits = not (task.course_identifier and isinstance(course, str)) or same_course(course, task.course_identifier)
    creates = method == "POST" and record_id is None
    match task.do:
        case TaskKind.DECLARE | TaskKind.CORRECT_DECLARATION:
            participant = body.get("participant_id")
            is_type = body.get("declaration_type") == task.fields.get("declaration_type")
            is_person = isinstance(participant, str) and people.same(task.participant_id, participant)
            return kind == DECLARATIONS and creates and is_type and is_person and fits
        case TaskKind.REPORT_OUTCOME:
            return kind == OUTCOMES and method == "POST" and people.same(task.participant_id, record_id) and fits
        case TaskKind.PARTNER:
            return kind == PARTNERSHIPS and creates and str(body.get("cohort")) == str(task.fields.get("cohort"))
        case TaskKind.CHANGE_DELIVERY_PARTNER:
            return kind in (PARTNERSHIPS, DECLARATIONS) and "delivery_partner_id" in body and record_id is not None
        case TaskKind.DEFER | TaskKind.WITHDRAW | TaskKind.RESUME | TaskKind.CHANGE_SCHEDULE:
            is_action = kind == PARTICIPANTS and action == PARTICIPANT_ACTIONS[task.do]
            return is_action and people.same(task.participant_id, record_id) and fits
        case TaskKind.ACCEPT | TaskKind.REJECT | TaskKind.CHANGE_FUNDED_PLACE:
            is_action = kind == APPLICATIONS and action == APPLICATION_ACTIONS[task.do]
            return is_action and record_id == (task.application_id or "").lower()


def is_tolerated(trace: Trace, exchange: Exchange) -> bool:
    """Return whether a write is the one attempt at a task that is wrong on purpose: refused, and not repeated.

    A client may check such a task and leave it, or send it once and take the refusal. Copies after a response that
    decides nothing are one attempt with it.
    """
    for cue, task in tasks_of(trace, exchange):
        if task.trap is None:
            continue
        decided = [each for each in writes_for(trace, cue, task) if not is_undecided(each)]
        if is_undecided(exchange) or (decided and decided[0] is exchange and exchange.refused):
            return True
    return False
