"""Progress on the terminal while a run goes: one line that is written over, and nothing where nobody watches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from lead_provider_conformance.text import shortened

SECONDS_BETWEEN = 0.2
CHUNK = 1 << 20


class LineCount:
    """How many lines a file that grows has by now; what was counted is not read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._lines = 0

    def now(self) -> int:
        """The count; 0 as long as there is no file."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                while chunk := file.read(CHUNK):
                    self._read += len(chunk)
                    self._lines += chunk.count(b"\n")
        except FileNotFoundError:
            return 0
        return self._lines


def progress_line(
    *, area: str, done: int, total: int | None, failures: int, requests: int, left: int | None, width: int
) -> str:
    """What the line says. `left` is how many requests the target's rate leaves at once; None if it has no rate."""
    parts = [
        area,
        f"{done:,} of {total:,} tests" if total else f"{done:,} tests",
        f"{failures:,} failed",
        f"{requests:,} requests" if left is None else f"{requests:,} requests, {left:,} more at once",
    ]
    return shortened(" · ".join(part for part in parts if part), width)


def watched(reporter: Any, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody looks at the terminal: it is one, and no pipeline's."""
    return bool(reporter is not None and reporter.isatty() and not environment.get("CI"))


class Progress:
    """A pytest plugin that keeps the line up to date, in place of pytest's dots, if the terminal is watched."""

    def __init__(self, config: pytest.Config, exchanges: Path, left: Callable[[], int | None]) -> None:
        self._config = config
        self._requests = LineCount(exchanges)
        self._left = left
        self._total: int | None = None
        self._done = self._failures = 0
        self._drawn = 0.0

    @property
    def _reporter(self) -> Any:
        return self._config.pluginmanager.getplugin("terminalreporter")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are."""
        self._total = len(session.items) or None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn how many tests there are from a worker: each collects them all."""
        self._total = len(ids)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Count a test as pytest does, and draw no dot for it."""
        status = yield
        return (status[0], "", "") if status and watched(self._reporter) else status

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what has come to an end."""
        self._failures += report.failed
        self._done += report.when == "teardown"
        if watched(self._reporter) and time.monotonic() - self._drawn > SECONDS_BETWEEN:
            self._drawn = time.monotonic()
            self._reporter.rewrite(self._line(report.nodeid), erase=True)

    def _line(self, test: str) -> str:
        return progress_line(
            area=PurePosixPath(test.partition("::")[0]).stem.removeprefix("test_").replace("_", " "),
            done=self._done,
            total=self._total,
            failures=self._failures,
            requests=self._requests.now(),
            left=self._left(),
            width=self._reporter._tw.fullwidth - 1,
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave the line empty for what follows."""
        if watched(self._reporter):
            self._reporter.rewrite("", erase=True)
