"""A PostgreSQL server of its own, from the installed binaries, that can be killed and started again."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STARTS_WITHIN, ENDS_WITHIN = 60.0, 30.0


class MissingServerError(Exception):
    """PostgreSQL cannot be started on this machine; the message says what to install."""


class PostgresqlServer:
    """A server with a socket in a folder."""

    def __init__(self, folder: Path) -> None:
        """Create a server in an empty folder. Raise MissingServerError."""
        self._folder = folder
        self._binaries, self._run_as = _binaries(), _unprivileged()
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        if self._run_as:
            os.chown(folder, self._run_as["user"], self._run_as["group"])
        self._run("initdb", "-D", f"{folder}/data", "-U", "sandbox", "-A", "trust", "-N")

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(self._folder)]
        command = [str(self._binaries / "postgres"), "-D", f"{self._folder}/data", *options]
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdout=output, stderr=output, start_new_session=True, **self._run_as
            )
        until = time.monotonic() + STARTS_WITHIN
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.01)

    def _is_ready(self) -> bool:
        """Return whether the running server has written that it is ready."""
        with contextlib.suppress(OSError):
            lines = (self._folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()
            return self._process is not None and lines[:1] == [str(self._process.pid)] and lines[-1] == "ready"
        return False

    def new_database(self, *options: str) -> str:
        """Create a database with options of `createdb`, and return its SQLAlchemy URL."""
        name = f"sandbox_{next(self._numbers)}"
        self._run("createdb", "-h", str(self._folder), "-U", "sandbox", *options, name)
        return f"postgresql+psycopg://sandbox@/{name}?host={self._folder}"

    def kill(self) -> None:
        """End every process of the server with SIGKILL, as a crash of its machine would."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)  # it starts no more processes
        children = _children(self._process.pid)
        for each in (*children, self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait(ENDS_WITHIN)
        until = time.monotonic() + ENDS_WITHIN
        while any(_runs(each) for each in children):
            if time.monotonic() > until:
                raise TimeoutError("PostgreSQL does not end.")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(ENDS_WITHIN)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, **self._run_as)


@contextlib.contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Yield a running server in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgresqlServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _binaries() -> Path:
    """Return the folder of the newest the binaries."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    on_path = shutil.which("initdb")
    if on_path and not found:
        found.append(Path(on_path).resolve())
    if not found:
        raise MissingServerError("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    return found[-1].parent


def _unprivileged() -> dict[str, Any]:
    """Return the options to run PostgreSQL as the user of its package, because it does not run as root."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise MissingServerError(
            "PostgreSQL does not run as root, and there is no user postgres; install Debian's postgresql"
        ) from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _children(parent: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if each.read_text(encoding="utf-8").rpartition(")")[2].split()[1] == str(parent):
                found.append(int(each.parent.name))
    return found


def _runs(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False
