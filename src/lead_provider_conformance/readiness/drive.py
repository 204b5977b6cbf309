"""Drive a client through the acts: run its command for each cue, or wait for a person or for the client's requests."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.recorder import LOG
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import is_list
from lead_provider_conformance.readiness.script import Task
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Act, Cue, Stage
from lead_provider_conformance.readiness.walks import page_size
from lead_provider_conformance.readiness.writes import APPLICATION_ACTIONS

SLOW = "It consists of deliberate waits, and --skip-slow was given."
NOT_SELECTED = "It was not selected with --only."


@dataclass(frozen=True, slots=True)
class CueResult:
    """The end of a cue: the exit status of the command, and why the cue did not end as planned."""

    status: int | None = None
    problem: str | None = None


class Driver(Protocol):
    """A way to let the client do a cue."""

    async def run(self, cue: Cue, /) -> CueResult:
        """Let the client do a cue, and return when it has ended."""


async def run_acts(
    session: Session, acts: Iterable[Act], driver: Driver, *, only: Sequence[str] = (), waits: bool = True
) -> None:
    """Run the acts in order. `only` names those to run; without `waits`, the slow ones are left out."""
    recorder = session.recorder
    people = frozenset(recorder.subject.settings.get("people", ()))
    for act in acts:
        if only and act.name not in only:
            recorder.act(act.name, "skipped", NOT_SELECTED)
            continue
        if act.slow and not waits:
            recorder.act(act.name, "skipped", SLOW)
            continue
        session.act = act.name
        recorder.act(act.name, "begin")
        stage = Stage(session, act.name, waits, people)
        try:
            for number, cue in enumerate(act.script(stage), start=1):
                await _run_cue(session, driver, number, cue)
        finally:
            stage.close()
        recorder.act(act.name, "end")
    session.act = ""
    session.begin_cue("", ())


async def _run_cue(session: Session, driver: Driver, number: int, cue: Cue) -> None:
    recorder = session.recorder
    session.begin_cue(cue.text, cue.tasks)
    recorder.cue_begins(session.act, number, cue.text, session.world.offset, cue.tasks)
    result = await driver.run(cue)
    recorder.cue_ends(session.act, number, result.status, result.problem, session.world.offset)
    if session.failure:
        raise session.failure


@dataclass(slots=True)
class CommandDriver:
    """Run the client's command once per cue, by the interface in docs/readiness/."""

    session: Session
    token: str
    command: str
    timeout: float
    workspace: Path
    """A folder for the task file and the client's state."""

    def check(self) -> None:
        """Raise UsageError if the command cannot be started."""
        self._arguments()

    async def run(self, cue: Cue, /) -> CueResult:  # noqa: ARG002 - the session has its tasks
        """Run the command, and return its exit status."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments(),
                env={**os.environ, **self._variables()},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UsageError(
                f"--command {self.command} cannot be started: {error.strerror}; give a program that can be run."
            ) from None
        problem = None
        output = asyncio.create_task(process.communicate())
        try:
            done, _ = await asyncio.wait({output}, timeout=self.timeout)
            if not done:
                problem = f"The command did not end within {self.timeout:g} s, and was stopped."
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
        text, _ = await output
        self._log(text)
        if problem is None and process.returncode:
            problem = f"The command ended with exit status {process.returncode}."
        return CueResult(process.returncode, problem)

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command)
        except ValueError as error:
            raise UsageError(f"--command {self.command} cannot be read: {error}; check its quotes.") from None
        if not arguments or shutil.which(arguments[0]) is None:
            name = arguments[0] if arguments else ""
            raise UsageError(
                f"--command {name!r} is not a program that can be run; give its path, and make it executable."
            )
        return arguments

    def _variables(self) -> Mapping[str, str]:
        subject = self.session.recorder.subject
        state, tasks = self.workspace / "state", self.workspace / "tasks.json"
        state.mkdir(exist_ok=True)
        tasks.write_text(json.dumps(self.session.task_file(), indent=2), encoding="utf-8")
        return {
            "LEAD_PROVIDER_BASE_URL": self.session.base_url,
            "LEAD_PROVIDER_TOKEN": self.token,
            "LEAD_PROVIDER_VERSION": subject.scope.version,
            "LEAD_PROVIDER_PROGRAMME": subject.scope.programme,
            "LEAD_PROVIDER_EDITION": subject.edition,
            "LEAD_PROVIDER_ACT": self.session.act,
            "LEAD_PROVIDER_STATE": str(state),
            "LEAD_PROVIDER_TASKS": str(tasks),
        }

    def _log(self, output: bytes) -> None:
        """Append the output of the command to the log in the report folder, without tokens."""
        if not output:
            return
        folder = self.session.recorder.folder
        folder.mkdir(parents=True, exist_ok=True)
        content = self.session.redactor.content(output)
        with (folder / LOG).open("ab") as log:
            log.write(f"== {self.session.act}: {self.session.cue}\n".encode() + content + b"\n")


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
