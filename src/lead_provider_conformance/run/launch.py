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
from collections.abc import Callable, Iterator
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


@contextlib.contextmanager
def started(start: Start, redactor: Redactor) -> Iterator[Ports]:
    """Run a target's command until the block ends, and yield its ports.

    The output of the command goes to a temporary file. An error shows its last lines, redacted.
    Raise StartError if the command cannot be run, ends early, or is not ready in time.
    """
    ports = Ports(_free_port(), _free_port())
    command = [ports.fill(part).replace("{python}", sys.executable) for part in start.command]
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
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
        with _guarded(process):
            try:
                _wait_until_ready(process, start, ports.port, lambda: redactor.text(_tail(output)))
                yield ports
            finally:
                _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], start: Start, port: int, tail: Callable[[], str]) -> None:
    deadline = time.monotonic() + start.within_seconds
    while time.monotonic() < deadline:
        if _responds(port, start.ready):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(POLL_SECONDS)
            raise StartError(
                f"The target's command ended with status {status} before the target responded; "
                f"run it to see why.{tail()}"
            )
    raise StartError(
        f"The target did not respond to GET {start.ready} within {start.within_seconds:g} s; "
        f"check `start.ready`, or raise `start.within_seconds`.{tail()}"
    )


def _responds(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").strip().splitlines()[-5:]
    return " Its output ends with: " + " / ".join(lines) if lines else ""


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


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process group, and kill the processes that outlive the first one."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(launch_guard.STOP_SECONDS)
