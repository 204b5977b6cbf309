"""The steps of an act's script: their results are recorded, and repeated after a restart.

A script is a generator that arranges events and yields cues, and it cannot be stored. After a restart it runs from its
beginning again. Every step that has a recorded result returns it, and changes nothing. The first step without one is
where the script goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from lead_provider_conformance.readiness.armed import Armed, Match
from lead_provider_conformance.readiness.effects import Effect
from lead_provider_conformance.readiness.hosting.faultpoints import reached
from lead_provider_conformance.readiness.hosting.log import SessionLog, Step
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Stage
from lead_provider_sandbox.control.world import Person, World

IN_MEMORY = frozenset({"live-like"})
"""The events whose effect is not in the database of the world."""


class ChangedScriptError(Exception):
    """A recorded step is not the one that the script takes: the script has changed, or depends on something else."""


class Steps:
    """The steps of one attempt at an act. Steps that are taken outside of the script are not recorded."""

    def __init__(self, log: SessionLog, attempt: int, world: World, recorded: Sequence[Step] = ()) -> None:
        self._log = log
        self._attempt = attempt
        self._world = world
        self._recorded = list(recorded)
        self._taken = 0
        self._in_script = False

    @property
    def next_kind(self) -> str | None:
        """The kind of the next recorded step; None if all have been repeated."""
        return self._recorded[self._taken].kind if self._taken < len(self._recorded) else None

    @contextmanager
    def script(self) -> Iterator[None]:
        """Record the steps within the block."""
        self._in_script = True
        try:
            yield
        finally:
            self._in_script = False

    def once(self, kind: str, do: Callable[[], Any], repeat: Callable[[Any], None] | None = None) -> Any:
        """Return the result of a step: the recorded one after `repeat`, or else that of `do`, which is recorded.

        The result and the lines that `do` writes to the journal are stored together.
        """
        if not self._in_script:
            return do()
        if self._taken < len(self._recorded):
            step = self._recorded[self._taken]
            if step.kind != kind:
                raise ChangedScriptError(f"step {self._taken + 1} was {step.kind}, and is {kind} now")
            if repeat is not None:
                repeat(step.value)
            value = step.value
        else:
            reached(f"before {kind}")
            with self._log.transaction():
                value = do()
                reached(f"after {kind}")
                step = Step(kind, value)
                self._log.add_step(self._attempt, self._taken + 1, step, self._world.offset)
            reached(f"recorded {kind}")
            self._recorded.append(step)
        self._taken += 1
        return value


class RecordedWorld:
    """The records that a script reads from the world."""

    def __init__(self, world: World, steps: Steps) -> None:
        self._world = world
        self._steps = steps

    def records(self, kind: str, **filters: str) -> list[tuple[str, Any]]:
        """Return every record of a kind, as `World.records`."""
        found = self._steps.once("records", lambda: self._world.records(kind, **filters))
        return [(identifier, attributes) for identifier, attributes in found]

    def record(self, kind: str, record_id: str, **filters: str) -> Any:
        """Return the attributes of a record, as `World.record`."""
        return self._steps.once("record", lambda: self._world.record(kind, record_id, **filters))


class DurableStage(Stage):
    """A stage whose steps are recorded."""

    def __init__(self, session: Session, act: str, waits: bool, people: frozenset[str], steps: Steps) -> None:
        super().__init__(session, act, waits, people)
        self._steps = steps
        self.is_detached = False
        """Whether the session continues elsewhere: nothing is taken back at the end."""

    @property
    def world(self) -> World:
        """The world of the session, with recorded reads. Scripts only read from it."""
        return cast(World, RecordedWorld(self.session.world, self._steps))

    @property
    def now(self) -> datetime:
        """The session's time."""
        return datetime.fromisoformat(self._steps.once("now", lambda: self.session.world.now().isoformat()))

    def create(self, state: str, **overrides: Any) -> Person:
        """Create a record in a state, changed now, and return the person."""

        def do() -> dict[str, Any]:
            person = self.session.world.create(state, **overrides)
            self._note_appeared(person)
            return asdict(person)

        made = self._steps.once("create", do)
        return Person(**{**made, "declaration_ids": tuple(made["declaration_ids"])})

    def event(self, name: str, **facts: Any) -> dict[str, Any]:
        """Let something happen behind the API, and return its facts."""

        def do() -> dict[str, Any]:
            happened = self.session.world.change(name, **facts)
            self._event(name, happened)
            return happened

        def repeat(_: Any) -> None:
            if name in IN_MEMORY:
                self.session.world.change(name, **facts)

        happened: dict[str, Any] = self._steps.once("event", do, repeat)
        return happened

    def move_clock(self, **by: float) -> None:
        """Move the session's clock."""
        self._steps.once("move-clock", lambda: self._move_clock(**by))

    def note(self, name: str, **facts: Any) -> None:
        """Record an event that the act has arranged by other means."""
        self._steps.once("note", lambda: Stage.note(self, name, **facts))

    def arm(
        self, name: str, match: Match, effect: Effect, *, times: int | None = 1, skip: int = 0, **facts: Any
    ) -> Armed:
        """Arm a situation until the end of the act."""
        armed: list[Armed] = []

        def do() -> str:
            armed.append(Stage.arm(self, name, match, effect, times=times, skip=skip, **facts))
            return armed[0].id

        def repeat(situation_id: str) -> None:
            armed.append(Armed(situation_id, name, self.act, match, effect, times, skip, facts))
            self.session.recorder.situations += 1
            self.session.armed.arm(armed[0])
            self._armed.append(armed[0])

        self._steps.once("arm", do, repeat)
        return armed[0]

    def withdraw(self, armed: Armed, problem: str | None = None) -> None:
        """Take a situation back."""

        def repeat(_: Any) -> None:
            if armed in self._armed:
                self._armed.remove(armed)
            self.session.armed.withdraw(armed)

        self._steps.once("withdraw", lambda: Stage.withdraw(self, armed, problem), repeat)

    def close(self) -> None:
        """Take back every situation that is still armed, unless the session continues elsewhere."""
        if not self.is_detached:
            super().close()
