"""Let a client do a cue: wait for a person, or for the client's requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Protocol

from lead_provider_conformance.config.profile import Profile
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import PARTNERSHIPS, is_list, place
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Cue
from lead_provider_conformance.readiness.walks import page_size
from lead_provider_conformance.readiness.writes import APPLICATION_ACTIONS

_SCHOOL_WRITES = {
    TaskKind.PARTNER: f"post {PARTNERSHIPS}",
    TaskKind.CHANGE_DELIVERY_PARTNER: f"put {PARTNERSHIPS}",
}
"""The writes for tasks about schools: a task has the school's number, which requests do not have."""
QUIET_SECONDS = 5.0
"""The time without a request after which a round of a client that runs on its own has ended."""


POLLS_PER_CUE = 3
"""A client that runs on its own has this many polling intervals for each cue."""


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
    quiet: float = QUIET_SECONDS
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the cue is done, by the client's requests or by a person."""

    @classmethod
    def of(cls, session: Session, profile: Profile) -> SelfDriver:
        """Return the driver of the client of a profile."""
        return cls(session, profile.poll_minutes * 60.0 * POLLS_PER_CUE)

    async def run(self, cue: Cue, /) -> CueResult:
        """Wait until the client has done the cue, and its round of requests has ended."""
        self.done.clear()
        progress = _Progress(cue)
        requested = asyncio.Event()

        def listen(request: ObservedRequest, reply: Reply | None) -> None:
            requested.set()
            progress.observe(request, reply)
            if progress.is_done:
                self.done.set()

        self.session.listeners.append(listen)
        try:
            async with asyncio.timeout(self.timeout):
                await self.done.wait()
        except TimeoutError:
            return CueResult(problem=f"The client did not do all of it within {self.timeout:g} s.")
        else:
            # A person who goes on need not wait.
            if progress.is_done:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.timeout):
                        await _until_quiet(requested, self.quiet)
        finally:
            self.session.listeners.remove(listen)
        return CueResult()


async def _until_quiet(requested: asyncio.Event, seconds: float) -> None:
    """Wait until there was no request for some seconds: a client reads its other lists after the first."""
    with contextlib.suppress(TimeoutError):
        while True:
            requested.clear()
            async with asyncio.timeout(seconds):
                await requested.wait()


class _Progress:
    """The part of a cue that a client has done.

    A task is done when a write about it was accepted, or refused for its content. A write without a response is done
    when a later response shows the record; one about a school, when partnerships are read.
    """

    def __init__(self, cue: Cue) -> None:
        self._due = {_subject(each).lower() for each in cue.tasks if each.trap is None}
        self._lost: set[str] = set()
        self._polls = cue.polls

    @property
    def is_done(self) -> bool:
        return not self._due and not self._lost and self._polls <= 0

    def observe(self, request: ObservedRequest, reply: Reply | None) -> None:
        """Count a request: writes by the ids that they name, or by their kind; polls by their last page."""
        kind = place(request)[0]
        if request.method in ("POST", "PUT"):
            text = f"{request.method} {kind} {request.path} {json.dumps(dict(request.attributes))}".lower()
            named = {each for each in self._due | self._lost if each in text}
            if reply is None:
                self._due, self._lost = self._due - named, self._lost | named
            elif 200 <= reply.status < 300 or reply.status == 422:
                self._due, self._lost = self._due - named, self._lost - named
            return
        if reply is None or not 200 <= reply.status < 300:
            return
        shown = reply.body.lower() + (" ".join(_SCHOOL_WRITES.values()).encode() if kind == PARTNERSHIPS else b"")
        self._lost = {each for each in self._lost if each.encode() not in shown}
        # Counts the records without parsing the document: each has one `attributes`.
        if is_list(request) and reply.body.count(b'"attributes":') < page_size(request):
            self._polls -= 1


def _subject(task: Task) -> str:
    """Return the id that a write for a task names, or the write for a task about a school."""
    if task.do in _SCHOOL_WRITES:
        return _SCHOOL_WRITES[task.do]
    return (task.application_id if task.do in APPLICATION_ACTIONS else task.participant_id) or ""
