"""Run the suite against a hostile server, measure its memory, and check its output and files."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from tests.selftest.processes import FIRST_TOKEN, POLL_SECONDS, RUN_TIMEOUT, RunResult, environment

MEMORY_MIB = 300
# Control characters that a terminal obeys; a line break and a tab are harmless.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class MeasuredRun(RunResult):
    """The result of a run, with its peak memory in MiB."""

    peak_mib: int


def measured_run(folder: Path, *arguments: object, **extra: str) -> MeasuredRun:
    """Run the suite. Kill it and raise TimeoutExpired after RUN_TIMEOUT."""
    command = [
        sys.executable,
        "-m",
        "lead_provider_conformance",
        "run",
        *map(str, arguments),
        "--report-dir",
        str(folder),
    ]
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment(**extra), start_new_session=True
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak_mib(process.pid))
            if time.monotonic() - started > RUN_TIMEOUT:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise subprocess.TimeoutExpired(command, RUN_TIMEOUT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
    return MeasuredRun(process.returncode, *texts, folder, peak)


def _peak_mib(pid: int) -> int:
    """Return the peak memory of a process. `getrusage` would start with the memory of the parent process."""
    with contextlib.suppress(OSError):
        match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        return int(match[1]) // 1024 if match else 0
    return 0


class _Page(HTMLParser):
    """Collect injected elements and scripts of a page in `injected`."""

    def __init__(self) -> None:
        super().__init__()
        self.injected: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        if tag in ("x-pwned", "iframe", "object", "embed", "base"):
            self.injected.append(tag)
        self.injected += [f"{tag} {name}={value}" for name, value in attrs if name.startswith("on")]
        self.injected += [
            f"{tag} {name}={value}" for name, value in attrs if re.match(r"\W*javascript:", value or "", re.I)
        ]

    def handle_data(self, data: str) -> None:
        if self._script and "pwned" in data:
            self.injected.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def assert_unharmed(run: MeasuredRun) -> None:
    """Assert that the run used little memory, had no error of its own, leaked no token and wrote nothing injected."""
    assert run.peak_mib < MEMORY_MIB
    assert CONTROL_CHARACTERS.findall(run.output) == []
    assert "Traceback" not in run.output
    assert "INTERNALERROR" not in run.output
    assert FIRST_TOKEN not in run.output
    assert [each for each in run.results if each.get("outcome") == "suite-error"] == []
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert [path for path in files if FIRST_TOKEN.encode() in path.read_bytes()] == []
    # A spreadsheet would execute formulas in such files.
    assert [path for path in files if path.suffix in (".csv", ".tsv", ".xlsx")] == []
    for path in files:
        if path.suffix in (".html", ".svg"):
            page = _Page()
            page.feed(path.read_text(encoding="utf-8"))
            assert page.injected == []
