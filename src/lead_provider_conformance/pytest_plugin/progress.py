"""A progress line on the terminal of a running suite. It is not shown in pipelines."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from lead_provider_conformance.fuzzing.case_selection import scope_budget
from lead_provider_conformance.pytest_plugin.estimate import Estimate, expected_requests, in_words
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.text import shortened

SECONDS_BETWEEN = 0.2
LONG_RUN_SECONDS = 60.0
BAR_WIDTH = 12
CHUNK = 1 << 20


class LineCounter:
    """Counts the lines of a growing file, reading only its new part."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = self._lines = 0

    def count(self) -> int:
        """Return the number of lines; 0 if there is no file."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                while chunk := file.read(CHUNK):
                    self._offset += len(chunk)
                    self._lines += chunk.count(b"\n")
        except FileNotFoundError:
            return 0
        return self._lines


def progress_line(
    *,
    area: str,
    done: int,
    total: int | None,
    failures: int,
    requests: int,
    available: int | None,
    seconds_left: float | None,
    width: int,
) -> str:
    """Return the progress line. `available` is the rest of the target's rate limit; None if it has none."""
    parts = [
        bar(done, total) if total else "",
        f"about {in_words(seconds_left)} left" if seconds_left else "",
        f"{done:,} of {total:,} tests" if total else f"{done:,} tests",
        f"{failures:,} failed",
        f"{requests:,} requests" if available is None else f"{requests:,} requests, {available:,} left before waiting",
        area,
    ]
    return shortened(" · ".join(part for part in parts if part), width)


def bar(done: int, total: int) -> str:
    """Return a bar and a percentage, in ASCII for every terminal."""
    filled = BAR_WIDTH * done // total
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}] {100 * done // total} %"


def is_interactive(reporter: Any, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the output is a terminal outside a pipeline."""
    return bool(reporter is not None and reporter.isatty() and not environment.get("CI"))


class Progress:
    """A pytest plugin that shows the progress line instead of pytest's dots."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._requests = LineCounter(run.folder / EXCHANGES)
        self._run = run
        self._estimate = Estimate(run.target.rate.token)
        self._notices = run.notices
        self._notices.on_new = self._show_notices
        self._total: int | None = None
        self._expected: Mapping[str, float] = {}
        self._done = self._failures = 0
        self._drawn = 0.0

    @property
    def _reporter(self) -> Any:
        return self._config.pluginmanager.getplugin("terminalreporter")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Set the number of tests."""
        if session.items:
            self.pytest_xdist_node_collection_finished([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Set the number of tests; every xdist worker collects all of them."""
        self._total = len(ids)
        generated = sum(scope_budget(self._run, scope) for scope in self._run.scopes)
        self._expected = expected_requests(ids, generated=generated)
        self._estimate.expected = round(sum(self._expected.values()))

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Suppress pytest's dot."""
        status = yield
        return (status[0], "", "") if status and is_interactive(self._reporter) else status

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the report, and redraw the line if it is old enough."""
        self._failures += report.failed
        if report.when == "teardown":
            self._show_notices()
            self._done += 1
            self._estimate.of_ended += self._expected.get(report.nodeid, 0)
        if time.monotonic() - self._drawn > SECONDS_BETWEEN:
            self._drawn = time.monotonic()
            self._show(report.nodeid)

    def _show(self, test: str) -> None:
        requests, available = self._requests.count(), self._available
        seconds_left = self._estimate.seconds_left(requests, available)
        if seconds_left and seconds_left >= LONG_RUN_SECONDS:
            left = f"About {in_words(seconds_left)} left, for {self._estimate.requests_left(requests):,} requests"
            self._notices.add(f"This is a long run. {left}.")
        if is_interactive(self._reporter):
            self._reporter.rewrite(self._line(test, requests, available, seconds_left), erase=True)

    @property
    def _available(self) -> int | None:
        """How many requests can be sent before the rate makes the run wait; None if there is no rate."""
        return self._run.rate_limit.left(self._run.credentials[0].name) if self._run.credentials else None

    def _show_notices(self) -> None:
        for message in self._notices.take_new():
            # During a test, pytest captures all output.
            capture = self._config.pluginmanager.getplugin("capturemanager")
            with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
                if is_interactive(self._reporter):
                    self._reporter.rewrite("", erase=True)
                self._reporter.ensure_newline()
                self._reporter.write_line(message)

    def _line(self, test: str, requests: int, available: int | None, seconds_left: float | None) -> str:
        return progress_line(
            area=PurePosixPath(test.partition("::")[0]).stem.removeprefix("test_").replace("_", " "),
            done=self._done,
            total=self._total,
            failures=self._failures,
            requests=requests,
            available=available,
            seconds_left=seconds_left,
            width=self._reporter._tw.fullwidth - 1,
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Clear the line."""
        if is_interactive(self._reporter):
            self._reporter.rewrite("", erase=True)
