"""The stage of an act: arrange events, arm situations, give tasks and cues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.readiness.armed import Armed, Match
from lead_provider_conformance.readiness.effects import Effect
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.session import Session
from lead_provider_sandbox.control.world import Person, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One step that the client does by itself: it syncs, and does the tasks.

    `text` is for people. A client that runs on its own has done the cue when it has completed `polls` polls, and sent a
    write for each task that is right.
    """

    text: str
    tasks: tuple[Task, ...] = ()
    polls: int = 1


@dataclass(slots=True)
class Stage:
    """The means of an act. `waits` is whether situations with deliberate waits are allowed."""

    session: Session
    act: str
    waits: bool = True
    people: frozenset[str] = frozenset()
    """The kinds of tasks that the provider leaves to people."""
    _armed: list[Armed] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The world of the session."""
        return self.session.world

    @property
    def programme(self) -> str:
        """`ecf` or `npq`."""
        return self.session.recorder.subject.scope.programme

    @property
    def calendar(self) -> Calendar:
        """The calendar of the edition."""
        return Calendar.load(self.session.recorder.subject.edition)

    @property
    def now(self) -> datetime:
        """The session's time."""
        return self.world.now()

    @property
    def today(self) -> date:
        """The session's day."""
        return self.now.date()

    def create(self, state: str, **overrides: Any) -> Person:
        """Create a record in a state, changed now, and return the person."""
        person = self.world.create(state, **overrides)
        self._note_appeared(person)
        return person

    def event(self, name: str, **facts: Any) -> dict[str, Any]:
        """Let something happen behind the API, and return its facts."""
        happened = self.world.change(name, **facts)
        self._event(name, happened)
        return happened

    def move_clock(self, **by: float) -> None:
        """Move the session's clock by `days`, `hours`, `minutes` or `seconds`."""
        self._move_clock(**by)

    def note(self, name: str, **facts: Any) -> None:
        """Record an event that the act has arranged by other means."""
        self._event(name, facts)

    def arm(
        self, name: str, match: Match, effect: Effect, *, times: int | None = 1, skip: int = 0, **facts: Any
    ) -> Armed:
        """Arm a situation until the end of the act, for the first `times` matching requests after `skip`."""
        situation_id = self.session.recorder.armed(name, self.act, facts)
        armed = Armed(situation_id, name, self.act, match, effect, times, skip, facts)
        self.session.armed.arm(armed)
        self._armed.append(armed)
        return armed

    def withdraw(self, armed: Armed, problem: str | None = None) -> None:
        """Take a situation back. `problem` says why it could not be delivered, if the suite is the cause."""
        if armed in self._armed:
            self._armed.remove(armed)
            self.session.armed.withdraw(armed)
            self.session.recorder.withdrawn(armed.id, armed.name, armed.act, problem)

    def close(self) -> None:
        """Take back every situation that is still armed."""
        for armed in tuple(self._armed):
            self.withdraw(armed)

    def task(
        self, do: TaskKind, person: Person | None = None, *, purpose: str | None = None, trap: str | None = None,
        **fields: Any,
    ) -> Task:  # fmt: skip
        """Return a task about a person. Days may be dates; `trap` says why the task is wrong on purpose."""
        return Task(
            id=self.session.next_task_id(),
            do=do,
            participant_id=person.participant_id if person else None,
            full_name=person.full_name if person else None,
            teacher_reference_number=person.teacher_reference_number if person else None,
            course_identifier=person.course_identifier if person else None,
            application_id=person.application_id if person else None,
            fields={name: _as_json(value) for name, value in fields.items()},
            purpose=purpose,
            trap=trap,
        )

    def cue(self, text: str, tasks: Iterable[Task] = (), *, polls: int = 1) -> Cue:
        """Return a cue with the tasks, without those of kinds that the provider leaves to people."""
        given = tuple(each for each in tasks if str(each.do) not in self.people)
        return Cue(text=text, tasks=given, polls=polls)

    def _note_appeared(self, person: Person) -> None:
        name = "application-appeared" if person.application_id else "appeared"
        self._event(name, {"participant_id": person.participant_id, "application_id": person.application_id})

    def _move_clock(self, **by: float) -> None:
        seconds = timedelta(**by).total_seconds()
        self.session.world.offset += seconds
        self._event("clock-moved", {"seconds": seconds})

    def _event(self, name: str, facts: dict[str, Any]) -> None:
        self.session.recorder.event(name, self.act, self.session.world.offset, facts)


@dataclass(frozen=True, slots=True)
class Act:
    """One step of the script. `script` yields its cues; `slow` is whether it consists of deliberate waits."""

    name: str
    title: str
    programme: str
    script: Callable[[Stage], Iterator[Cue]]
    slow: bool = False


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
