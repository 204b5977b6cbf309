"""Let a client do a cue: wait for a person, or for the client's requests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Protocol

from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import is_list
from lead_provider_conformance.readiness.script import Task
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Cue
from lead_provider_conformance.readiness.walks import page_size
from lead_provider_conformance.readiness.writes import APPLICATION_ACTIONS


@dataclass(frozen=True, slots=True)
class CueResult:
    """The end of a cue: the exit status of the command, and why the cue did not end as planned."""

    status: int | None = None
    problem: str | None = None


class Driver(Protocol):
    """A way to let the client do a cue."""

    async def run(self, cue: Cue, /) -> CueResult:
        """Let the client do a cue, and return when it has ended."""


@dataclass(slots=True)
class PromptDriver:
    """Wait for a person: the page shows the cue, and its "done" button goes on."""

    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, _: Cue, /) -> CueResult:
        """Wait until the cue is done."""
        self.done.clear()
        await self.done.wait()
        return CueResult()


@dataclass(slots=True)
class SelfDriver:
    """Wait for a client that runs on its own: until it has done the tasks and polled, or a time is over."""

    session: Session
    timeout: float
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the cue is done, by the client's requests or by a person."""

    async def run(self, cue: Cue, /) -> CueResult:
        """Wait until the client has done the cue."""
        self.done.clear()
        progress = _Progress(cue)

        def listen(request: ObservedRequest, reply: Reply | None) -> None:
            progress.observe(request, reply)
            if progress.is_done:
                self.done.set()

        self.session.listeners.append(listen)
        try:
            async with asyncio.timeout(self.timeout):
                await self.done.wait()
        except TimeoutError:
            return CueResult(problem=f"The client did not do all of it within {self.timeout:g} s.")
        finally:
            self.session.listeners.remove(listen)
        return CueResult()


class _Progress:
    """The part of a cue that a client has done."""

    def __init__(self, cue: Cue) -> None:
        self._due = {_subject(each).lower() for each in cue.tasks if each.trap is None} - {""}
        self._polls = cue.polls

    @property
    def is_done(self) -> bool:
        return not self._due and self._polls <= 0

    def observe(self, request: ObservedRequest, reply: Reply | None) -> None:
        """Count a request: writes by the ids that they name, polls by their last page."""
        if reply is None or not 200 <= reply.status < 300:
            return
        if request.method in ("POST", "PUT"):
            text = f"{request.path} {json.dumps(dict(request.attributes))}".lower()
            self._due = {each for each in self._due if each not in text}
        # Counts the records without parsing the document: each has one `attributes`.
        elif is_list(request) and reply.body.count(b'"attributes":') < page_size(request):
            self._polls -= 1


def _subject(task: Task) -> str:
    """Return the id that a write for a task names; empty for tasks about schools."""
    return (task.application_id if task.do in APPLICATION_ACTIONS else task.participant_id) or ""
