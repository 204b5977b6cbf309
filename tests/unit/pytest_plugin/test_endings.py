"""A run stops at the failures that -x and --maxfail count, and says so."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.model import Ending
from lead_provider_conformance.pytest_plugin.collection import TESTS
from lead_provider_conformance.pytest_plugin.endings import ADVISED, RunEnd

FAILED = SimpleNamespace(failed=True, passed=False, when="call", nodeid="failed")
ADVISORY = SimpleNamespace(failed=True, passed=False, when="call", nodeid="advisory", **{ADVISED: True})
PASSED = SimpleNamespace(failed=False, passed=True, when="call", nodeid="passed")
SKIPPED = SimpleNamespace(failed=False, passed=False, when="setup", nodeid="skipped")
SET_UP = SimpleNamespace(failed=False, passed=True, when="setup", nodeid="set up")


def session(dsession: object = None) -> Any:
    """Return a session of pytest, with the session of xdist if there is one."""
    plugins = SimpleNamespace(getplugin=lambda _: dsession)
    config = SimpleNamespace(pluginmanager=plugins)
    return SimpleNamespace(config=config, shouldfail=False, shouldstop=False, exitstatus=pytest.ExitCode.OK)


def after(*reports: object, max_failures: int, dsession: object = None) -> tuple[Any, Ending]:
    """Return the session after these tests, and the ending of the run."""
    ending, own = RunEnd(SimpleNamespace(early_ending=None), max_failures), session(dsession)
    ending.pytest_sessionstart(own)
    for each in reports:
        ending.pytest_runtest_logreport(each)
    return own, ending.ending(own)


@pytest.mark.parametrize(
    ("reports", "max_failures", "ending"),
    [
        ([ADVISORY, PASSED, ADVISORY], 1, Ending.FINISHED),
        ([ADVISORY, FAILED], 1, Ending.STOPPED),
        ([FAILED, ADVISORY], 2, Ending.FINISHED),
        ([FAILED, FAILED], 2, Ending.STOPPED),
        ([FAILED, FAILED], 0, Ending.FINISHED),
    ],
)
def test_run_stops_after_counted_failures_only(reports: list[Any], max_failures: int, ending: Ending) -> None:
    own, found = after(*reports, max_failures=max_failures)

    assert found is ending
    assert bool(own.shouldfail) is (ending is Ending.STOPPED)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending.FINISHED, "A selected test of it has no result."),
        (Ending.STOPPED, "The run stopped at a failure before a test of it."),
    ],
)
def test_requirements_of_tests_without_a_result_are_not_tested(tmp_path: Path, ending: Ending, reason: str) -> None:
    selected = ["failed", "passed", "skipped", "set up", "crashed", "lost"]
    decided = {"selected": {name: [(("v3", "ecf"), f"of/{name}")] for name in selected}}
    decided["deselected"] = {"left out": [(("v3", "ecf"), "of/left-out"), (("v3", "npq"), "of/left-out")]}
    (tmp_path / TESTS).write_text(json.dumps(decided), encoding="utf-8")
    run_end = RunEnd(SimpleNamespace(workspace=tmp_path))
    for report in (FAILED, PASSED, SKIPPED, SET_UP):
        run_end.pytest_runtest_logreport(report)
    run_end.pytest_handlecrashitem("crashed")

    lines = [each.to_line() for each in run_end.untested(ending)]

    assert [(each["requirement"], each["programme"], each["outcome"]) for each in lines] == [
        ("of/set up", "ecf", "could-not-run"),
        ("of/crashed", "ecf", "suite-error"),
        ("of/lost", "ecf", "could-not-run"),
        ("of/left-out", "ecf", "could-not-run"),
        ("of/left-out", "npq", "could-not-run"),
    ]
    assert {each["reason"] for each in lines if each["requirement"] in ("of/set up", "of/lost")} == {reason}


def test_xdist_stops_too() -> None:
    dsession = SimpleNamespace(shouldstop=False)

    after(FAILED, max_failures=1, dsession=dsession)

    assert dsession.shouldstop == "stopping after 1 failures"
