"""The ends of a run: a signal, a crash of one of its processes, or the end of its tests."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Iterator
from types import FrameType

import pytest

from lead_provider_conformance.model import Ending, Outcome, Scope
from lead_provider_conformance.pytest_plugin.collection import Collected
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.results.untested import NO_TEST_RAN, RUN_ALL
from lead_provider_conformance.run.run import Run

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
ADVISED = "advised"  # on the report of a test none of whose failures counts; xdist transfers it
UNIMPLEMENTED = "unimplemented"  # on the report of a test that only failed at operations that the server lacks
CRASHED = "The process of a test of it has crashed.", "Look for the cause, such as too little memory, and run again."
DESELECTED = "A test of it was deselected.", RUN_ALL
LOST = "A selected test of it has no result.", "Run the suite again, without other plugins of pytest."


@contextlib.contextmanager
def interruptible_once() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end a run, so that the target is stopped and the reports are written.

    Later ones are ignored: they would interrupt the end of the run.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for sign in INTERRUPTS:
            signal.signal(sign, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {sign: signal.getsignal(sign) for sign in INTERRUPTS}
    for sign in INTERRUPTS:
        signal.signal(sign, interrupt)
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


class RunEnd:
    """A pytest plugin that lets nothing interrupt the end of a run, and says how the run has ended."""

    def __init__(self, run: Run, max_failures: int = 0) -> None:
        """Stop the run after so many failed tests; 0 means never. Pytest itself would count advised tests too."""
        self._run = run
        self._max_failures = max_failures
        self._failures = 0
        self._suite_failed = False
        self._with_result: set[str] = set()
        self._crashed: set[str] = set()
        self._session: pytest.Session | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session, to stop it."""
        self._session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the failed tests, and stop the run, or xdist's part of it, after the last one."""
        if report.when == "call" or not report.passed:
            self._with_result.add(report.nodeid)
        if not report.failed or getattr(report, ADVISED, False):
            return
        self._failures += 1
        if self._session is None or not self._is_stopped:
            return
        message = f"stopping after {self._failures} failures"
        self._session.shouldfail = message
        if distributed := self._session.config.pluginmanager.getplugin("dsession"):
            distributed.shouldstop = message

    @property
    def _is_stopped(self) -> bool:
        return 0 < self._max_failures <= self._failures

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note whether a file of the suites could not be collected."""
        self._suite_failed = self._suite_failed or report.failed

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """Note the test in which an xdist worker has crashed."""
        self._suite_failed = True
        self._crashed.add(crashitem)

    def untested(self, ending: Ending) -> Iterator[Finding]:
        """Yield that the requirements of tests without a result are not wholly tested, whatever other tests found."""
        collected = Collected.of(self._run)
        lost = LOST if ending is Ending.FINISHED else NO_TEST_RAN[ending]
        for test, decided in collected.selected.items():
            if test in self._crashed:
                yield from _findings(test, decided, Outcome.SUITE_ERROR, *CRASHED)
            elif test not in self._with_result:
                yield from _findings(test, decided, Outcome.COULD_NOT_RUN, *lost)
        for test, decided in collected.deselected.items():
            yield from _findings(test, decided, Outcome.COULD_NOT_RUN, *DESELECTED)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Ignore signals until the target is stopped: that takes seconds, and a signal would leave no report."""
        for sign in INTERRUPTS:
            signal.signal(sign, signal.SIG_IGN)

    def ending(self, session: pytest.Session) -> Ending:
        """Return how the run has ended."""
        if self._suite_failed or session.exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            return Ending.SUITE_FAILED
        if ending := self._run.early_ending:
            return ending
        if self._is_stopped:
            return Ending.STOPPED
        complete = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
        if session.exitstatus in complete and not session.shouldfail and not session.shouldstop:
            return Ending.FINISHED
        return Ending.INTERRUPTED


def _findings(
    test: str, decided: Iterable[tuple[Scope, str]], outcome: Outcome, reason: str, remedy: str
) -> Iterator[Finding]:
    return (Finding(requirement, scope, outcome, test, reason, remedy) for scope, requirement in decided)
