"""A run stops at the failures that -x and --maxfail count, and says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.model import Ending
from lead_provider_conformance.pytest_plugin.endings import ADVISED, RunEnd

FAILED = SimpleNamespace(failed=True)
ADVISORY = SimpleNamespace(failed=True, **{ADVISED: True})
PASSED = SimpleNamespace(failed=False)


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


def test_xdist_stops_too() -> None:
    dsession = SimpleNamespace(shouldstop=False)

    after(FAILED, max_failures=1, dsession=dsession)

    assert dsession.shouldstop == "stopping after 1 failures"
