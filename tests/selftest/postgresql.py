"""A PostgreSQL server for tests, from the installed binaries."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def _binaries() -> Path:
    """Return the folder of the newest initdb and pg_ctl."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    on_path = shutil.which("initdb")
    if on_path and not found:
        found.append(Path(on_path).resolve())
    if not found:
        pytest.fail("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    return found[-1].parent


def _unprivileged() -> dict[str, Any]:
    """Return the options to run PostgreSQL as the user of its package, because it does not run as root."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.fail("PostgreSQL does not run as root, and there is no user postgres; install Debian's postgresql")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


NewDatabase = Callable[[], str]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[NewDatabase]:
    """Start a server with a socket in a temporary folder; return a function that creates databases."""
    binaries, run_as = _binaries(), _unprivileged()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if run_as:
            os.chown(folder, run_as["user"], run_as["group"])
        data = f"{folder}/data"
        options = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **run_as}
        subprocess.run([binaries / "initdb", "-D", data, "-U", "sandbox", "-A", "trust", "-N"], **options)
        server = f"-c listen_addresses='' -c fsync=off -k {folder}"
        subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", server, "start"], **options)
        numbers = itertools.count()

        def new_database() -> str:
            name = f"sandbox_{next(numbers)}"
            subprocess.run([binaries / "createdb", "-h", folder, "-U", "sandbox", name], **options)
            return f"postgresql+psycopg://sandbox@/{name}?host={folder}"

        try:
            yield new_database
        finally:
            subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **options)
