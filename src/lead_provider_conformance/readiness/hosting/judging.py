"""Make the report of a session in another process, so that other sessions keep their speed."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lead_provider_conformance.model import ExitStatus
from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_conformance.readiness.hosting.sessions import StoredReport
from lead_provider_conformance.results.files import PROFILE, VERDICT
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS

PACKAGE = "package.zip"
STORE_VARIABLE = "LEAD_PROVIDER_STORE"
LONGEST_PROBLEM = 500
NICE = ("nice", "-n", "10")
"""Lets the processes of sessions go first."""


class JudgingError(Exception):
    """The report could not be made; the message is the end of the output of the command."""


async def make_report(url: str, session_id: str, profile: str, sign_key: Path | None) -> StoredReport:
    """Return the report on the journals of a session. Raise JudgingError."""
    with tempfile.TemporaryDirectory(prefix="lead-provider-verdict-") as text:
        folder = Path(text)
        status, output = await _run([sys.executable, "-m", __name__, session_id, text], {STORE_VARIABLE: url})
        if status:
            raise JudgingError(_problem(status, output))  # a verdict on a part of the journals would be wrong
        (folder / PROFILE).write_text(profile, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "lead_provider_conformance",
            "report",
            text,
            "--package",
            str(folder / PACKAGE),
        ]
        if sign_key is not None:
            command += ["--sign-key", str(sign_key)]
        status, output = await _run(command, {})
        if status == ExitStatus.USAGE or not zipfile.is_zipfile(folder / PACKAGE):
            raise JudgingError(_problem(status, output))
        return StoredReport(
            made_at=time.time(),
            verdict=(folder / VERDICT).read_text(encoding="utf-8"),
            page=(folder / "report.html").read_bytes(),
            package=(folder / PACKAGE).read_bytes(),
        )


async def _run(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int | None, str]:
    """Run a command behind the work for other sessions, and return its exit status and its output."""
    process = await asyncio.create_subprocess_exec(
        *NICE,
        *command,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode("utf-8", "replace").strip()


def _problem(status: int | None, output: str) -> str:
    """Return why a command failed: the signal that ended it, or the line of its output that has the error."""
    if status is not None and status < 0:
        return f"Its process was ended by signal {-status}, perhaps for lack of memory."
    return output.rpartition("\n")[2][-LONGEST_PROBLEM:]


def write_journals(url: str, session_id: str, folder: Path) -> None:
    """Write the journals of a session as files, with a connection of its own."""
    database = Database(url)
    try:
        log = SessionLog(database, session_id)
        _write(folder / RESULTS, log.result_contents())
        _write(folder / EXCHANGES, log.exchange_contents())
    finally:
        database.close()


def _write(path: Path, contents: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(contents)


if __name__ == "__main__":
    try:
        write_journals(os.environ[STORE_VARIABLE], sys.argv[1], Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"The journals cannot be written: {error.strerror}.")
