"""A run against a hostile server, watched: how long it takes, how much memory, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from tests.selftest.processes import FIRST_TOKEN, Ended, environment

LOOK_EVERY = 0.02
MEMORY_MIB = 300
# What a terminal would obey; a line break and a tab are harmless.
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Watched(Ended):
    """What a run left behind, how many seconds it took, and how much memory at the most, in MiB."""

    seconds: float
    peak_mib: int

    @property
    def told(self) -> str:
        """All that it said."""
        return self.stdout + self.stderr


def watched(folder: Path, *arguments: object, within: float, **extra: str) -> Watched:
    """Run the suite. Raises TimeoutExpired if it takes longer than it may."""
    command = [
        sys.executable,
        "-m",
        "lead_provider_conformance",
        "run",
        *map(str, arguments),
        "--report-dir",
        str(folder),
    ]
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment(**extra), start_new_session=True
        )
        never = threading.Event()
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak_mib(process.pid))
            if time.monotonic() - begun > within:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise subprocess.TimeoutExpired(command, within)
            never.wait(LOOK_EVERY)
        seconds = time.monotonic() - begun
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
    return Watched(process.returncode, *texts, folder, seconds, peak)


def _peak_mib(pid: int) -> int:
    """The most memory that the process has had; what `getrusage` says of a child begins with what its parent had."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        return int(found[1]) // 1024 if found else 0
    return 0


class _Page(HTMLParser):
    """Notes what a browser would run of a page if a server had its way."""

    def __init__(self) -> None:
        super().__init__()
        self.run: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        if tag in ("x-pwned", "iframe", "object", "embed", "base"):
            self.run.append(tag)
        self.run += [f"{tag} {name}={value}" for name, value in attrs if name.startswith("on")]
        self.run += [f"{tag} {name}={value}" for name, value in attrs if re.match(r"\W*javascript:", value or "", re.I)]

    def handle_data(self, data: str) -> None:
        if self._script and "pwned" in data:
            self.run.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def assert_unharmed(run: Watched) -> None:
    """Whatever the server did, the run itself is in order, and nothing that it leaves behind does the server's will."""
    assert run.peak_mib < MEMORY_MIB
    assert OBEYED.findall(run.told) == []
    assert "Traceback" not in run.told
    assert "INTERNALERROR" not in run.told
    assert FIRST_TOKEN not in run.told
    assert [each for each in run.results if each.get("outcome") == "suite-error"] == []
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert [path for path in files if FIRST_TOKEN.encode() in path.read_bytes()] == []
    # A spreadsheet computes what a table tells it to; no report is one.
    assert [path for path in files if path.suffix in (".csv", ".tsv", ".xlsx")] == []
    for path in files:
        if path.suffix in (".html", ".svg"):
            page = _Page()
            page.feed(path.read_text(encoding="utf-8"))
            assert page.run == []
