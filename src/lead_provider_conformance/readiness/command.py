"""Drive a client by its command: run it once for each cue."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.readiness.drive import CueResult
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Cue

LARGEST_OUTPUT = 1024 * 1024
"""The bytes at the end of a command's output that are kept."""


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
        arguments = self._arguments()
        if shutil.which(arguments[0]) is None:
            raise UsageError(
                f"--command: {arguments[0]!r} is not a program that can be run; "
                "give its path, and make the file executable."
            )

    async def run(self, cue: Cue, /) -> CueResult:  # noqa: ARG002 - the session has its tasks
        """Run the command until it has ended and its output is closed, and return its exit status."""
        output = _Output()
        try:
            process = await self._start(output)
        except OSError as error:
            return CueResult(problem=f"The command could not be started: {error.strerror}.")
        try:
            async with asyncio.timeout(self.timeout):
                status = await process.wait()
                await output.ended.wait()
        except TimeoutError:
            unfinished = "The command" if process.returncode is None else "A process that the command started"
            problem = f"{unfinished} did not end within {self.timeout:g} s, and was stopped."
            return CueResult(process.returncode, problem)
        finally:
            if process.returncode is None or not output.ended.is_set():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            output.close()
            self._log(output)
        return CueResult(status, self._problem(status))

    async def _start(self, output: _Output) -> asyncio.subprocess.Process:
        """Start the command. A pipe of our own: asyncio's would keep `wait` waiting for the processes left behind."""
        reading, writing = os.pipe()
        pipe = os.fdopen(reading, "rb", buffering=0)
        try:
            await asyncio.get_running_loop().connect_read_pipe(lambda: output, pipe)
            return await asyncio.create_subprocess_exec(
                *self._arguments(),
                env={**os.environ, **self._variables()},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                # A process group of its own, to stop it with the processes that it starts.
                start_new_session=True,
            )
        except (OSError, asyncio.CancelledError):
            output.close()
            raise
        finally:
            os.close(writing)

    def _log(self, output: _Output) -> None:
        if content := output.content:
            heading = f"== {self.session.act}: {self.session.cue}\n".encode()
            self.session.recorder.log(heading + self.session.redactor.content(content) + b"\n")

    def _problem(self, status: int) -> str | None:
        if status == 0:
            return None
        see = "; see command.log" if self.session.recorder.has_log else ""
        if status < 0:
            return f"The command was ended by signal {-status} ({signal.strsignal(-status)}){see}."
        return f"The command ended with exit status {status}{see}."

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command)
        except ValueError as error:
            raise UsageError(f"--command {self.command} cannot be read: {error}; check its quotes.") from None
        if not arguments:
            raise UsageError("--command is empty; give the command that runs the client.")
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


class _Output(asyncio.Protocol):
    """The output of a command: its last LARGEST_OUTPUT bytes or more."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        """Set when every process has closed the output."""
        self._kept = bytearray()
        self._is_cut = False
        self._transport: asyncio.BaseTransport | None = None

    @property
    def content(self) -> bytes:
        """The output; from the start of a line, as a token that begins before the cut would not be recognised."""
        return b"[...]\n" + bytes(self._kept).partition(b"\n")[2] if self._is_cut else bytes(self._kept)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the pipe, to close it."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Add output."""
        self._kept += data
        if len(self._kept) > 2 * LARGEST_OUTPUT:
            del self._kept[:-LARGEST_OUTPUT]
            self._is_cut = True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Note the end."""
        self.ended.set()

    def close(self) -> None:
        """Stop reading."""
        if self._transport:
            self._transport.close()
