"""Start a target with its own command on a free loopback port, and stop it when the run ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

from lead_provider_conformance.config.target import Start
from lead_provider_conformance.http import Redactor
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.run import launch_guard

POLL_SECONDS = 0.05


class StartError(UsageError):
    """A target's command did not start a server that responds."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Two free loopback ports: one for the server, and one for provisioning."""

    port: int
    provisioning_port: int

    @property
    def address(self) -> str:
        """The base URL of the target."""
        return f"http://127.0.0.1:{self.port}"

    def fill(self, text: str) -> str:
        """Return the text with the placeholders of both ports filled in."""
        return text.replace("{port}", str(self.port)).replace("{provisioning_port}", str(self.provisioning_port))


class Launch:
    """A target whose command runs."""

    def __init__(self, start: Start, redactor: Redactor, ports: Ports, output: IO[bytes]) -> None:
        """Run the command, with its output in a file. Raise StartError if it cannot be run."""
        self.ports = ports
        self._start, self._redactor, self._output = start, redactor, output
        self._terminated = False
        command = [ports.fill(part).replace("{python}", sys.executable) for part in start.command]
        try:
            self.process = subprocess.Popen(  # noqa: S603 - the user's own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PORT": str(ports.port)},
            )
        except OSError as error:
            raise StartError(
                f"The target's command `{command[0]}` cannot be run from {Path.cwd()}: {error.strerror}; "
                "correct `start.command`, or run the suite in the folder of the server."
            ) from None

    def wait_until_ready(self) -> None:
        """Wait until the target responds. Raise StartError if its command ends, or takes too long."""
        deadline = time.monotonic() + self._start.within_seconds
        while time.monotonic() < deadline:
            if _responds(self.ports.port, self._start.ready):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self.process.wait(POLL_SECONDS)
                raise StartError(
                    f"The target's command ended with status {status} before the target responded; "
                    f"run it to see why.{self._tail()}"
                )
        raise StartError(
            f"The target did not respond to GET {self._start.ready} within {self._start.within_seconds:g} s; "
            f"check `start.ready`, or raise `start.within_seconds`.{self._tail()}"
        )

    def terminate(self) -> None:
        """Send SIGTERM to the target's processes, once, and do not wait for their end."""
        if not self._terminated:
            self._terminated = True
            self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Terminate the target's processes, and kill those that outlive the first one."""
        self.terminate()
        self._wait()
        self._signal(signal.SIGKILL)
        self._wait()

    def _signal(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, sign)

    def _wait(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(launch_guard.STOP_SECONDS)

    def _tail(self) -> str:
        """Return the last lines of the output, redacted."""
        self._output.seek(0)
        lines = self._output.read().decode("utf-8", "replace").strip().splitlines()[-5:]
        return self._redactor.text(" Its output ends with: " + " / ".join(lines)) if lines else ""


@contextlib.contextmanager
def launched(start: Start, redactor: Redactor) -> Iterator[Launch]:
    """Run a target's command until the block ends. The target is ready when `wait_until_ready` returns."""
    with tempfile.TemporaryFile() as output:
        launch = Launch(start, redactor, Ports(_free_port(), _free_port()), output)
        with _guarded(launch.process):
            try:
                yield launch
            finally:
                launch.stop()


@contextlib.contextmanager
def started(start: Start, redactor: Redactor) -> Iterator[Ports]:
    """Run a target's command until the block ends, and yield its ports when it is ready.

    Raise StartError if the command cannot be run, ends early, or is not ready in time.
    """
    with launched(start, redactor) as launch:
        launch.wait_until_ready()
        yield launch.ports


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _responds(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def _guarded(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let another process stop the target if this process is killed before the block ends."""
    command = [sys.executable, "-I", "-S", launch_guard.__file__, str(process.pid)]
    with subprocess.Popen(  # noqa: S603 - own module
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as guard:
        try:
            yield
        finally:
            guard.communicate(b"stopped")
