"""Leave the details of failed tests to the summary, which shows them by cause: pytest would show each test."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

SUITE_FAILED = "suite_failed"  # on the report of a test that failed by an error of the suite; xdist transfers it
PREPARATION_FAILED = "preparation_failed"  # on the report of a test whose preparation failed by an error of the server
DEFAULT_REPORT_CHARACTERS = "fE"  # pytest's -r


class Failures:
    """A pytest plugin that shows only errors of the suite, unless --tb or -r wants more."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the options, before pytest's own plugins do."""
        self._is_quiet = config.option.tbstyle == "auto"
        if self._is_quiet:
            config.option.tbstyle = "short"  # of the errors of the suite
        if config.option.reportchars == DEFAULT_REPORT_CHARACTERS:
            config.option.reportchars = "N"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> Generator[None, object, object]:
        """Show the errors of the suite in place of the sections of all failed tests."""
        if not self._is_quiet:
            return (yield)
        for report in _errors_of_the_suite(terminalreporter):
            terminalreporter.write_sep("_", terminalreporter._getfailureheadline(report))
            terminalreporter._outrep_summary(report)
        config.option.tbstyle = "no"
        return (yield)


def _errors_of_the_suite(terminalreporter: Any) -> Iterator[pytest.TestReport | pytest.CollectReport]:
    for category in ("failed", "error"):
        for report in terminalreporter.getreports(category):
            if isinstance(report, pytest.CollectReport) or getattr(report, SUITE_FAILED, False):
                yield report
