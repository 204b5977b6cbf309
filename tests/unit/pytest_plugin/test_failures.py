"""The terminal shows the details of errors of the suite only; the summary has the failures of the server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.pytest_plugin.failures import SUITE_FAILED, Failures


class Terminal:
    """A reporter with a failure of the server, an error of the suite, and a file that cannot be collected."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reports = {
            "failed": [SimpleNamespace(nodeid="server"), SimpleNamespace(nodeid="suite", **{SUITE_FAILED: True})],
            "error": [pytest.CollectReport("file", "failed", "no such module", [])],
        }

    def getreports(self, category: str) -> list[Any]:
        return self.reports[category]

    def write_sep(self, _: str, title: str) -> None:
        self.lines.append(title)

    def _getfailureheadline(self, report: Any) -> str:
        return str(report.nodeid)

    def _outrep_summary(self, report: Any) -> None:
        self.lines.append(f"details of {report.nodeid}")


def summarised(tb: str, characters: str) -> tuple[Any, list[str]]:
    """Return the options that pytest's own summary sees, and the lines before it."""
    options = SimpleNamespace(tbstyle=tb, reportchars=characters)
    config: Any = SimpleNamespace(option=options)
    terminal = Terminal()
    steps = Failures(config).pytest_terminal_summary(terminal, config)
    next(steps)
    return options, terminal.lines


def test_errors_of_the_suite_are_shown_and_failures_of_the_server_are_not() -> None:
    options, lines = summarised("auto", "fE")

    assert lines == ["suite", "details of suite", "file", "details of file"]
    assert (options.tbstyle, options.reportchars) == ("no", "N")


def test_options_of_pytest_show_more() -> None:
    options, lines = summarised("long", "a")

    assert lines == []
    assert (options.tbstyle, options.reportchars) == ("long", "a")
