"""The state of one client's session: its world, journal, armed situations and current act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import Ending
from lead_provider_conformance.readiness.armed import ArmedSituations
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.recorder import Recorder
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.script import Task
from lead_provider_conformance.readiness.secrets import SessionRedactor
from lead_provider_sandbox.control.world import World

Listener = Callable[[ObservedRequest, Reply | None], None]
"""Called after each exchange, with the response that was sent or None."""


@dataclass(slots=True, eq=False)
class Session:
    """One provider's client against one world. Everything runs in the thread of one event loop."""

    world: World
    contract: Contract
    recorder: Recorder
    redactor: SessionRedactor
    base_url: str
    armed: ArmedSituations = field(default_factory=ArmedSituations)
    act: str = ""
    """The name of the current act; empty before the first and after the last."""
    cue: str = ""
    """The text of the current cue."""
    cue_number: int = 0
    """The number of cues so far: identifies the current one."""
    tasks: tuple[Task, ...] = ()
    """The tasks of the current cue."""
    accepted: set[str] = field(default_factory=set)
    """The ids of the records that the client has created."""
    listeners: list[Listener] = field(default_factory=list)
    not_http: int = 0
    """The number of connections that sent something that is not HTTP."""
    changed: list[Callable[[], None]] = field(default_factory=list)
    """Called when the act, the cue or the end of the session changes."""
    stopped: Ending | None = None
    """How the session ends before its script does; None while it goes on."""
    problem: str | None = None
    """A sentence about the cause of such an end."""
    given_tasks: int = 0
    """The number of tasks so far."""

    def begin_cue(self, text: str, tasks: tuple[Task, ...]) -> None:
        """Set the current cue and its tasks."""
        self.cue, self.tasks = text, tasks
        self.cue_number += 1
        self._notify()

    def note_not_http(self, reason: str) -> None:
        """Count and record a connection that sent something that is not HTTP."""
        self.not_http += 1
        self.recorder.event("not-http", self.act, self.world.offset, {"reason": reason})
        self._notify()

    def stop(self, ending: Ending, problem: str) -> None:
        """End the session before its script does, unless it ends already. `problem` is a sentence about the cause."""
        if self.stopped is None:
            self.stopped, self.problem = ending, self.redactor.text(problem)
            self._notify()

    def _notify(self) -> None:
        for notify in tuple(self.changed):
            notify()

    def task_file(self) -> Mapping[str, Any]:
        """Return the content of the task file: the act, the session's time and the tasks."""
        now = self.world.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"act": self.act, "now": now, "tasks": [each.to_client() for each in self.tasks]}

    def next_task_id(self) -> str:
        """Return the id of a new task."""
        self.given_tasks += 1
        return f"t-{self.given_tasks:04d}"
