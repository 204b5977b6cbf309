"""The state of one client's session: its world, journal, armed situations and current act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import ReportFolderError
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
    tasks: tuple[Task, ...] = ()
    """The tasks of the current cue."""
    accepted: set[str] = field(default_factory=set)
    """The ids of the records that the client has created."""
    listeners: list[Listener] = field(default_factory=list)
    not_http: int = 0
    """The number of connections that sent something that is not HTTP."""
    changed: list[Callable[[], None]] = field(default_factory=list)
    """Called when the act, the cue or the end of the session changes."""
    failure: ReportFolderError | None = None
    """The error that ends the session: a full disk."""
    given_tasks: int = 0
    """The number of tasks so far."""

    def begin_cue(self, text: str, tasks: tuple[Task, ...]) -> None:
        """Set the current cue and its tasks."""
        self.cue, self.tasks = text, tasks
        for notify in tuple(self.changed):
            notify()

    def note_not_http(self) -> None:
        """Count a connection that sent something that is not HTTP."""
        self.not_http += 1

    def fail(self, error: ReportFolderError) -> None:
        """End the session with an error."""
        self.failure = error
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
