"""The pytest plugin: options, fixtures and hooks of a run. Thin: the rest of the package does the work.

It does nothing until pytest is asked to run something in `suites/`. What makes reports is loaded when they are made:
the processes that pytest-xdist starts make none, and neither does a run whose server does not answer.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

import pytest

from lead_provider_conformance.config import options
from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.http import Redactor, TargetLostError
from lead_provider_conformance.model import Ending, ExitStatus, OutOfTimeError, RunEndedError, Scope, UsageError
from lead_provider_conformance.pytest_plugin import allure, fixtures
from lead_provider_conformance.pytest_plugin import collection as selection
from lead_provider_conformance.pytest_plugin.collection import also_for, requirements_of
from lead_provider_conformance.pytest_plugin.plan import PlannedTest, told
from lead_provider_conformance.pytest_plugin.progress import Progress
from lead_provider_conformance.resources import ResourceError, suites_root
from lead_provider_conformance.results import journal, signing
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.run import launch
from lead_provider_conformance.run.preflight import preflight
from lead_provider_conformance.run.run import ALLURE_RESULTS, Run, now
from lead_provider_conformance.run.test_context import RECORD, RUN, TestRecord
from lead_provider_conformance.text import one_line, visible

if TYPE_CHECKING:
    from lead_provider_conformance.results.verdict import Verdict

VERDICT: pytest.StashKey[Verdict] = pytest.StashKey()
LAST_RUN = pytest.StashKey[Path]()  # there only if the run is to be planned, and not to be made
COLLECTION = pytest.StashKey["CollectionWatch"]()

ADVISED = "advised"  # on the report of a test whose failures count against nobody; xdist carries it over
WORKER_BASE_URL = "lead_provider_base_url"
WORKER_PROVISIONING_URL = "lead_provider_provisioning_url"


# Setting up and closing down


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and start the target, if suites are to run; first, so that Allure learns where to write."""
    config.addinivalue_line("markers", "verifies(*requirement_ids): the requirements that a test decides")
    config.addinivalue_line("markers", "each_list(condition): run a test once for each list")
    if not _runs_suites(config) or config.option.collectonly or config.option.help:
        return
    for part in (selection, fixtures):
        if not config.pluginmanager.is_registered(part):
            config.pluginmanager.register(part)
    try:
        target = options.target_from(config)
        worker = getattr(config, "workerinput", None)
        if worker:
            there = target.at(worker[WORKER_BASE_URL], worker[WORKER_PROVISIONING_URL])
            run = options.run_from(config, there, process=worker["workerid"])
            config.stash[RUN] = run
            config.option.allure_report_dir = str(run.folder / ALLURE_RESULTS)
            return
        run = options.run_from(config, target, process="main")
        clean_up = contextlib.ExitStack()
        config.add_cleanup(clean_up.close)
        clean_up.enter_context(_stopped_by_sigterm())
        if target.start:
            ports = clean_up.enter_context(launch.started(target.start.in_edition(run.edition), Redactor.of(target)))
            asked_at = ports.fill(target.provisioning.url) if target.provisioning else None
            run = replace(run, target=target.at(ports.address, asked_at))
        options.selected(config, run.registry)
        options.fail_on(config.option.fail_on)
        if config.option.sign_key:
            signing.private_key(Path(config.option.sign_key))
        preflight(run.target, run.scopes)
        if config.option.plan:
            config.stash[LAST_RUN] = run.folder
            run = replace(run, folder=Path(clean_up.enter_context(tempfile.TemporaryDirectory())))
        run.open()
    except (UsageError, ContractError, ResourceError) as error:
        raise pytest.UsageError(one_line(str(error))) from None
    config.stash[RUN] = run
    config.stash[COLLECTION] = CollectionWatch()
    config.pluginmanager.register(config.stash[COLLECTION])
    left = partial(run.pace.left, run.credentials[0].name) if run.credentials else lambda: None
    config.pluginmanager.register(Progress(config, run.folder / EXCHANGES, left))
    config.option.allure_report_dir = str(run.folder / ALLURE_RESULTS)
    if config.option.basetemp is None:
        # Else what xdist makes for its processes stays among the machine's temporary files.
        config.option.basetemp = str(run.workspace / "temporary")


def _runs_suites(config: pytest.Config) -> bool:
    try:
        suites = suites_root()
    except ResourceError:
        return False
    for argument in config.args:
        path = Path(config.invocation_params.dir, argument.partition("::")[0]).resolve()
        if path.is_relative_to(suites) or suites.is_relative_to(path):
            return True
    return False


@contextlib.contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that the target is stopped and the reports are made."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare Allure, which is configured by now."""
    if RUN in session.config.stash:
        allure.prepare(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the target answers."""
    if run := node.config.stash.get(RUN, None):
        node.workerinput[WORKER_BASE_URL] = run.target.base_url
        node.workerinput[WORKER_PROVISIONING_URL] = run.target.provisioning and run.target.provisioning.url


class CollectionWatch:
    """Notes whether a file of the suites could not be collected: then the suite itself is broken."""

    def __init__(self) -> None:
        self.failed = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take note of one file."""
        self.failed = self.failed or report.failed


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the journal, make the reports, and let the verdict decide the exit status.

    Last, so that no process of the run is left to write into a journal that is closed.
    """
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if hasattr(config, "workerinput"):
        return
    if LAST_RUN in config.stash:
        session.exitstatus = ExitStatus.CONFORMANT if session.items else ExitStatus.NOTHING_RAN
        return
    run.close(_ending(session, run))
    from lead_provider_conformance.reports import write
    from lead_provider_conformance.results.verdict import Verdict

    verdict = config.stash[VERDICT] = Verdict.of(
        journal.read_journals(run.folder), fail_on=options.fail_on(config.getoption("fail_on"))
    )
    write.write_reports(verdict, run.folder)
    write.write_job_summary(verdict)
    if key := config.getoption("sign_key"):
        signing.sign(run.folder / write.VERDICT, signing.private_key(Path(key)))
    session.exitstatus = verdict.exit_status


def _ending(session: pytest.Session, run: Run) -> Ending:
    if session.config.stash[COLLECTION].failed or session.exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        return Ending.SUITE_FAILED
    if run.target_lost:
        return Ending.TARGET_LOST
    if run.out_of_time:
        return Ending.OUT_OF_TIME
    whole = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
    if session.exitstatus in whole and not session.shouldfail and not session.shouldstop:
        return Ending.FINISHED
    return Ending.INTERRUPTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with the verdict."""
    verdict = config.stash.get(VERDICT, None)
    if verdict is not None:
        from lead_provider_conformance.reports.terminal import terminal_summary

        writer = terminalreporter
        folder = config.stash[RUN].folder
        writer.write_line("")
        writer.write_line(
            terminal_summary(verdict, folder, colour=writer.hasmarkup, width=min(writer._tw.fullwidth, 100))
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Tell the plan instead of running the tests, if that is what was asked for."""
    run, last_run = session.config.stash.get(RUN, None), session.config.stash.get(LAST_RUN, None)
    if run is None or last_run is None:
        return None
    tests = [
        PlannedTest.of(
            item, cast(Scope, item.callspec.params["scope"]), requirements_of(item, run), also_for(item, run)
        )
        for item in session.items
        if isinstance(item, pytest.Function)
    ]
    states_of = {scope: TestRecord(run, scope, "", []).states for scope in run.scopes}
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    reporter.ensure_newline()
    reporter.write_line(told(run, tests, states_of, last_run=last_run))
    return True


# What became of a test


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let a test whose checks failed fail."""
    result = yield
    if record := pyfuncitem.stash.get(RECORD, None):
        record.checks.raise_failures()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Journal what a test found out, and let one whose exchanges broke the contract fail."""
    error = call.excinfo.value if call.excinfo else None
    if error is not None:
        # What a server sent may be in it: escapes for the terminal, or what no file in UTF-8 can hold.
        error.args = tuple(visible(each) if isinstance(each, str) else each for each in error.args)
    report = yield
    record = item.stash.get(RECORD, None)
    if record is None or call.when == "teardown" or (call.when == "setup" and error is None):
        return report
    if isinstance(error, KeyboardInterrupt):
        return report
    fail_on = options.fail_on(item.config.getoption("fail_on"))
    conclusion = record.conclude(error, seconds=call.duration, at=now(), fail_on=fail_on)
    allure.attach(record.run.journal.recent_exchanges(record.test), failed=bool(conclusion.problems or report.failed))
    if conclusion.problems and report.outcome != "failed":
        report.outcome = "failed"
        report.longrepr = "\n".join(map(one_line, conclusion.problems))
    if report.failed and conclusion.advised:
        setattr(report, ADVISED, True)
    if isinstance(error, RunEndedError):
        if isinstance(error, TargetLostError):
            record.run.lose_target()
        if isinstance(error, OutOfTimeError):
            record.run.run_out_of_time()
        item.session.shouldstop = str(error)
    return report


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, object] | None:
    """Do not call a test failed if the verdict does not: what only should be is advised."""
    if report.failed and getattr(report, ADVISED, False):
        return "advised", "a", ("ADVISED", {"yellow": True})
    return None
