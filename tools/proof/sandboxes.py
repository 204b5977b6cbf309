"""Serve a sandbox from a forked process, which needs no start-up time for imports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.http.server import listen, serve
from lead_provider_sandbox.sandbox import Options, Sandbox

from .services import ORIGINAL, Service

DATABASE = "sandbox.sqlite"

Prepare = Callable[[Sandbox], None]
"""A change to a sandbox before it is served."""


@dataclass(frozen=True)
class Addresses:
    """The base URLs of a running sandbox."""

    api: str
    provisioning: str


def seed_database(folder: Path, service: Service = ORIGINAL) -> Path:
    """Create the database of a new sandbox and return its path."""
    database = folder / DATABASE
    with Sandbox(Options(database=f"sqlite:///{database}", edition=service.edition, programme=service.programme)):
        return database


@contextlib.contextmanager
def serve_sandbox(
    seed: Path,
    folder: Path,
    service: Service = ORIGINAL,
    *,
    faults: tuple[str, ...] = (),
    prepare: Prepare | None = None,
) -> Iterator[Addresses]:
    """Serve a sandbox with these faults on a copy of the database `seed`.

    The sockets listen before the process is forked, so that early requests wait instead of failing.
    """
    sockets = [listen("127.0.0.1", 0) for _ in range(2)]
    child = os.fork()
    if child == 0:
        database = f"sqlite:///{shutil.copy(seed, folder / DATABASE)}"
        options = Options(database=database, edition=service.edition, programme=service.programme, faults=faults)
        _serve_until_killed(options, sockets, prepare)
    try:
        urls = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        for each in sockets:
            each.close()
        yield Addresses(*urls)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve_until_killed(options: Options, sockets: list[socket.socket], prepare: Prepare | None) -> None:
    status = 1
    try:
        with Sandbox(options) as sandbox:
            if prepare:
                prepare(sandbox)
            serve([(sandbox.app, sockets[0]), (provisioning(sandbox), sockets[1])], lambda: None)
        status = 0
    except BaseException as error:
        faults = ", ".join(options.faults) or "no fault"
        sys.stderr.write(f"The sandbox with {faults} could not be served: {error!r}\n")
        raise
    finally:
        os._exit(status)
