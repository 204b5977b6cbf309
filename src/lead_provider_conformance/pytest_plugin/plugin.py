"""The pytest plugin: the hooks of a run. They do nothing unless pytest runs something in `suites/`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest

from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.http import IncompleteResponse, NoResponse, TargetLostError
from lead_provider_conformance.model import Ending, ExitStatus, ReportFolderError, RunEndedError, Scope, UsageError
from lead_provider_conformance.pytest_plugin import allure, collection, comparisons, fixtures, opening, options
from lead_provider_conformance.pytest_plugin.collection import requirements_of, shared_scopes
from lead_provider_conformance.pytest_plugin.endings import ADVISED, UNIMPLEMENTED, RunEnd
from lead_provider_conformance.pytest_plugin.failures import PREPARATION_FAILED, SUITE_FAILED, Failures
from lead_provider_conformance.pytest_plugin.opening import LAUNCH, NOTICE, PREVIOUS_RUN, UNREACHABLE
from lead_provider_conformance.pytest_plugin.plan import PlannedTest, plan_text
from lead_provider_conformance.pytest_plugin.progress import Progress
from lead_provider_conformance.resources import ResourceError, suites_root
from lead_provider_conformance.results import files, journal, signing
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.run.earlier_report import ALLURE_RESULTS
from lead_provider_conformance.run.test_context import RUN, TEST_CONTEXT, TestContext
from lead_provider_conformance.text import one_line, visible, write_plainly

VERDICT = pytest.StashKey[Verdict]()
RUN_END = pytest.StashKey[RunEnd]()


# Configuration


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and start the target. This hook runs before that of Allure's plugin, which reads the options."""
    write_plainly(sys.stdout)
    config.addinivalue_line("markers", "verifies(*requirement_ids): the requirements that a test decides")
    config.addinivalue_line("markers", "each_list(condition): run a test once for each list")
    config.addinivalue_line("markers", "each_operation(condition): run a test once for each operation")
    config.addinivalue_line("markers", "in_editions(since, until): run a test in some editions of the contract")
    config.addinivalue_line("markers", "one_more_situation: leave out what the target lacks: other tests decide it too")
    if not _runs_suites(config) or config.option.collectonly or config.option.help:
        return
    for part in (collection, fixtures, comparisons):
        if not config.pluginmanager.is_registered(part):
            config.pluginmanager.register(part)
    try:
        run = opening.worker_run(config) if hasattr(config, "workerinput") else opening.open_run(config)
    except (UsageError, ContractError, ResourceError) as error:
        raise pytest.UsageError(one_line(str(error))) from None
    config.stash[RUN] = run
    allure.install(config, run.folder / ALLURE_RESULTS)
    max_failures = config.option.maxfail or 0
    config.option.maxfail = 0  # for pytest and xdist's processes, which count advised tests as failures
    if hasattr(config, "workerinput"):
        return
    if config.option.plan:
        config.option.dist = "no"  # xdist would collect the tests in other processes
    config.stash[RUN_END] = RunEnd(run, max_failures)
    config.pluginmanager.register(config.stash[RUN_END])
    if config.pluginmanager.has_plugin("terminal"):
        config.pluginmanager.register(Failures(config))
    config.pluginmanager.register(Progress(config, run))
    if config.option.basetemp is None:
        # The default would leave the files of xdist's processes behind.
        config.option.basetemp = str(run.workspace / "temporary")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return the processes of -n auto: as many as the target allows. None leaves the number to xdist."""
    if not _runs_suites(config):
        return None
    try:
        target = options.target_from(config)
    except UsageError as error:
        raise pytest.UsageError(one_line(str(error))) from None
    if target.concurrency is None:
        return None if target.start else 0
    return target.concurrency if target.concurrency > 1 else 0


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


# The session


def pytest_sessionstart(session: pytest.Session) -> None:
    """Show the notice of the preflight."""
    if notice := session.config.stash.get(NOTICE, None):
        session.config.pluginmanager.getplugin("terminalreporter").write_line(notice)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the run to a process that xdist starts."""
    if run := node.config.stash.get(RUN, None):
        opening.pass_to_worker(run, node.workerinput)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the journal, write the reports, and set the exit status of the verdict.

    This hook runs last, when no other process of the run writes to the journal any more.
    """
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if hasattr(config, "workerinput"):
        run.save_observations()
        return
    if session.exitstatus == pytest.ExitCode.USAGE_ERROR:  # such as parameters of a test that do not exist
        run.earlier.restore()
        return
    if PREVIOUS_RUN in config.stash:
        run.earlier.restore()
        session.exitstatus = ExitStatus.CONFORMANT if session.items else ExitStatus.NOTHING_RAN
        return
    ending = config.stash[RUN_END].ending(session)
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and ending is Ending.FINISHED and run.earlier.exists:
        run.earlier.restore()
        session.exitstatus = ExitStatus.NOTHING_RAN
        return
    if LAUNCH in config.stash:
        config.stash[LAUNCH].terminate()  # it ends while the reports are written
    run.close(ending, config.stash[RUN_END].untested(ending))
    verdict = config.stash[VERDICT] = Verdict.of(journal.read_journals(run.folder), fail_on=run.fail_on)
    # Imported here, because the processes that run the tests write no reports.
    from lead_provider_conformance.reports import write

    try:
        write.write_reports(verdict, run.folder)
    except OSError as error:
        raise ReportFolderError(run.folder, error) from None
    write.write_job_summary(verdict)
    if key := config.getoption("sign_key"):
        signing.sign(run.folder / files.VERDICT, signing.private_key(Path(key)))
    session.exitstatus = verdict.exit_status


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """End the output with the verdict."""
    verdict, run = config.stash.get(VERDICT, None), config.stash.get(RUN, None)
    if verdict is None and run and exitstatus == ExitStatus.NOTHING_RAN and PREVIOUS_RUN not in config.stash:
        terminalreporter.write_line(f"No test was selected. The earlier report in {run.folder} is unchanged.")
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
    """With --plan, print the plan instead of running the tests."""
    run, previous = session.config.stash.get(RUN, None), session.config.stash.get(PREVIOUS_RUN, None)
    if run is None or previous is None:
        return None
    tests = [
        PlannedTest.of(
            item,
            cast(Scope, item.callspec.params["scope"]),
            requirements_of(item, run),
            shared_scopes(item, run),
            seed=run.seed,
            edition=run.edition,
        )
        for item in session.items
        if isinstance(item, pytest.Function)
    ]
    states = None
    if UNREACHABLE not in session.config.stash:
        states = {scope.programme: TestContext(run, scope, "", []).states for scope in run.scopes}
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    reporter.ensure_newline()
    reporter.write_line(plan_text(run, tests, states, last_run=previous))
    return True


# Each test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Free the responses and records of a test after its end: pytest keeps its items until the end of the run."""
    try:
        return (yield)
    except ReportFolderError as error:
        item.session.shouldstop = str(error)  # for xdist, which takes other ends of a process for crashes
        raise
    finally:
        if TEST_CONTEXT in item.stash:
            del item.stash[TEST_CONTEXT]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test if any of its checks failed."""
    result = yield
    if context := pyfuncitem.stash.get(TEST_CONTEXT, None):
        context.checks.raise_failures()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write a test's findings to the journal, and fail the test if its exchanges broke the contract."""
    error = call.excinfo.value if call.excinfo else None
    if error is not None:
        # The message may hold text of the server: terminal escapes, or text that UTF-8 cannot encode.
        error.args = tuple(visible(each) if isinstance(each, str) else each for each in error.args)
    report = yield
    if error is not None and not isinstance(error, KeyboardInterrupt):
        _ensure_context(item)
    context = item.stash.get(TEST_CONTEXT, None)
    if context is None or isinstance(error, KeyboardInterrupt) or (call.when != "call" and error is None):
        return report
    if call.when == "setup" and isinstance(error, IncompleteResponse | NoResponse):
        error = context.preparation_failed(error)
        _skip(report, item, error)
    if isinstance(error, RunEndedError):
        _skip(report, item, error)
    if call.when == "teardown" and error is not None:
        context.add_suite_error(error)
        setattr(report, SUITE_FAILED, True)
        return report
    result = context.finish(error, seconds=call.duration)
    allure.attach(context.run.journal.recent_exchanges(context.test), failed=bool(result.problems or report.failed))
    problems = "\n\n".join(result.problems)
    if isinstance(error, AssertionError):  # a failure of the server: frames of the suite would not explain it
        report.longrepr = problems or str(error)
    elif problems and report.outcome == "failed":
        report.sections.append(("Failed requirements", problems))
    elif problems:
        report.outcome, report.longrepr = "failed", problems
    if result.suite_failed:
        setattr(report, SUITE_FAILED, True)
    elif problems and call.when == "setup":
        setattr(report, PREPARATION_FAILED, True)
    if report.failed and result.advised:
        setattr(report, ADVISED, True)
        allure.advise()
    elif report.failed and result.unimplemented:
        setattr(report, UNIMPLEMENTED, True)
    if isinstance(error, RunEndedError):
        context.run.end_early(Ending.TARGET_LOST if isinstance(error, TargetLostError) else Ending.OUT_OF_TIME)
        item.session.shouldstop = str(error)
    return report


def _skip(report: pytest.TestReport, item: pytest.Item, reason: BaseException) -> None:
    report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {reason}")


def _ensure_context(item: pytest.Item) -> None:
    """Create the context of a test whose first fixture failed, so that the verdict has the failure."""
    run, params = item.config.stash.get(RUN, None), item.callspec.params if hasattr(item, "callspec") else {}
    if run is not None and isinstance(params.get("scope"), Scope):
        fixtures.context_of(item, run, params["scope"])


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, object] | None:
    """Show a test as advised if none of its failures counts, or as not implemented if the server lacks its operations.

    Pytest would call a failure of the server before the test an error.
    """
    if report.failed and getattr(report, ADVISED, False):
        return "advised", "a", ("ADVISED", {"yellow": True})
    if report.failed and getattr(report, UNIMPLEMENTED, False):
        return "not implemented", "n", ("NOT IMPLEMENTED", {"red": True})
    if report.failed and getattr(report, PREPARATION_FAILED, False):
        return "failed", "F", ("FAILED", {"red": True})
    return None
