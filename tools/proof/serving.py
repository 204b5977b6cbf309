"""A sandbox in a process of its own that is forked, not started: what Python has to import is imported already."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION
from lead_provider_sandbox.http.server import listen, serve
from lead_provider_sandbox.sandbox import Options, Sandbox

DATABASE = "sandbox.sqlite"

Change = Callable[[Sandbox], None]
"""What is done to a sandbox before it is served."""


@dataclass(frozen=True)
class Served:
    """Where a sandbox answers."""

    address: str
    provisioning: str


def seeded(folder: Path, edition: str = DEFAULT_EDITION) -> Path:
    """A database as a new sandbox of an edition has it, to be copied by each of those that are forked."""
    database = folder / DATABASE
    with Sandbox(Options(database=f"sqlite:///{database}", edition=edition)):
        return database


@contextlib.contextmanager
def served(
    seed: Path,
    folder: Path,
    *,
    edition: str = DEFAULT_EDITION,
    faults: tuple[str, ...] = (),
    change: Change | None = None,
) -> Iterator[Served]:
    """A sandbox of an edition on a copy of the database `seed`, broken as the faults say, until the block ends.

    It listens from the first moment: what is asked before it is ready waits.
    """
    sockets = [listen("127.0.0.1", 0) for _ in range(2)]
    child = os.fork()
    if child == 0:
        database = f"sqlite:///{shutil.copy(seed, folder / DATABASE)}"
        _serve(Options(database=database, edition=edition, faults=faults), sockets, change)
    try:
        addresses = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        for each in sockets:
            each.close()
        yield Served(*addresses)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve(options: Options, sockets: list, change: Change | None) -> None:
    """Serve until killed; never returns."""
    status = 1
    try:
        with Sandbox(options) as sandbox:
            if change:
                change(sandbox)
            serve([(sandbox.app, sockets[0]), (provisioning(sandbox), sockets[1])], lambda: None)
        status = 0
    except BaseException as error:
        sys.stderr.write(f"The sandbox with {', '.join(options.faults) or 'no fault'} cannot be served: {error!r}\n")
        raise
    finally:
        os._exit(status)
