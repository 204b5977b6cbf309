"""The pytest plugin: options, fixtures and hooks of a run. Thin: the rest of the package does the work.

It does nothing until pytest is asked to run something in `suites/`.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, cast

import pytest

from lead_provider_conformance import journal, launch, options, reporting
from lead_provider_conformance.api import Api
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.checks import Checks
from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.http import Client, Redactor, TargetLostError
from lead_provider_conformance.lists import Listing, ListOperation, Lists
from lead_provider_conformance.planning import PlannedTest, told
from lead_provider_conformance.preflight import preflight
from lead_provider_conformance.reporting.allure import label
from lead_provider_conformance.reporting.terminal import terminal_summary
from lead_provider_conformance.requirements import Requirement, verifies
from lead_provider_conformance.resources import ResourceError, suites_root
from lead_provider_conformance.run import ALLURE_RESULTS, Run, now
from lead_provider_conformance.states import States
from lead_provider_conformance.states.inventory import Inventory
from lead_provider_conformance.states.subjects import supplied
from lead_provider_conformance.testrecord import TestRecord
from lead_provider_conformance.verdict import Verdict
from lead_provider_conformance.visible import one_line, visible
from lead_provider_conformance.words import CouldNotRun, Ending, ExitStatus, Scope, UsageError

__all__ = ["verifies"]

RUN = pytest.StashKey[Run]()
RECORD = pytest.StashKey[TestRecord]()
VERDICT = pytest.StashKey[Verdict]()
LAST_RUN = pytest.StashKey[Path]()  # there only if the run is to be planned, and not to be made
COLLECTION = pytest.StashKey["CollectionWatch"]()

WORKER_BASE_URL = "lead_provider_base_url"


# Setting up and closing down


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and start the target, if suites are to run; first, so that Allure learns where to write."""
    config.addinivalue_line("markers", "verifies(*requirement_ids): the requirements that a test decides")
    config.addinivalue_line("markers", "each_list(having): the lists that a test runs with, once for each")
    if not _runs_suites(config) or config.option.collectonly or config.option.help:
        return
    try:
        target = options.target_from(config)
        worker = getattr(config, "workerinput", None)
        if worker:
            config.stash[RUN] = options.run_from(config, target.at(worker[WORKER_BASE_URL]), process=worker["workerid"])
            return
        run = options.run_from(config, target, process="main")
        clean_up = contextlib.ExitStack()
        config.add_cleanup(clean_up.close)
        clean_up.enter_context(_stopped_by_sigterm())
        if target.start:
            address = clean_up.enter_context(launch.started(target.start, Redactor.of(target)))
            run = options.run_from(config, target.at(address), process="main")
        options.selected(config, run.registry)
        options.fail_on(config.option.fail_on)
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
    config.option.allure_report_dir = str(run.folder / ALLURE_RESULTS)


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


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the target answers."""
    if run := node.config.stash.get(RUN, None):
        node.workerinput[WORKER_BASE_URL] = run.target.base_url


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
    if run is None or hasattr(config, "workerinput"):
        return
    if LAST_RUN in config.stash:
        session.exitstatus = ExitStatus.CONFORMANT if session.items else ExitStatus.NOTHING_RAN
        return
    run.close(_ending(session, run))
    verdict = config.stash[VERDICT] = Verdict.of(
        journal.read(run.folder), fail_on=options.fail_on(config.getoption("fail_on"))
    )
    reporting.write_reports(verdict, run.folder)
    session.exitstatus = verdict.exit_status


def _ending(session: pytest.Session, run: Run) -> Ending:
    if session.config.stash[COLLECTION].failed or session.exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        return Ending.SUITE_FAILED
    if run.target_lost:
        return Ending.TARGET_LOST
    whole = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
    if session.exitstatus in whole and not session.shouldfail and not session.shouldstop:
        return Ending.FINISHED
    return Ending.INTERRUPTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with the verdict."""
    verdict = config.stash.get(VERDICT, None)
    if verdict is not None:
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
        PlannedTest.of(item, cast(Scope, item.callspec.params["scope"]), _requirements(item, run))
        for item in session.items
        if isinstance(item, pytest.Function)
    ]
    states_of = {scope: _states(TestRecord(run, scope, "", [])) for scope in run.scopes}
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    reporter.ensure_newline()
    reporter.write_line(told(run, tests, states_of, last_run=last_run))
    return True


# Which tests, in which scopes


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once in each scope that its requirements apply to, and a generated one once for each operation."""
    run = metafunc.config.stash.get(RUN, None)
    if run is None or "scope" not in metafunc.fixturenames:
        return
    requirements = _requirements(metafunc.definition, run)
    scopes = [scope for scope in run.scopes if any(each.applies_to(scope) for each in requirements)]
    if "listed" in metafunc.fixturenames:
        wanted = metafunc.definition.get_closest_marker("each_list")
        listed = [
            pytest.param(scope, each, id=f"{scope} {each.name}")
            for scope in scopes
            for each in ListOperation.of(run.contract(scope))
            if scope.programme in each.operation.programmes and (wanted is None or wanted.args[0](each))
        ]
        metafunc.parametrize(("scope", "listed"), listed, scope="session")
        return
    if "operation" not in metafunc.fixturenames:
        metafunc.parametrize("scope", scopes, ids=str, scope="session")
        return
    pairs = [
        pytest.param(scope, operation, id=f"{scope} {operation.method} {operation.path}")
        for scope in scopes
        for operation in run.contract(scope).operations
        if scope.programme in operation.programmes and supplied(operation)
    ]
    metafunc.parametrize(("scope", "operation"), pairs, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that apply to some scope of the run, and of those only the ones that --requirement selects and
    that are in this shard.
    """
    run = config.stash.get(RUN, None)
    if run is None:
        return
    wanted = options.selected(config, run.registry)
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        chosen = _applies(item) and _wanted(item, wanted) and run.shard.has(item.nodeid)
        (kept if chosen else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = kept


def _applies(item: pytest.Item) -> bool:
    """Whether there is a scope to run it in: pytest marks a test without any as skipped."""
    return not isinstance(item, pytest.Function) or isinstance(item.callspec.params.get("scope"), Scope)


def _wanted(item: pytest.Item, wanted: frozenset[str]) -> bool:
    marker = item.get_closest_marker("verifies")
    return not wanted or (marker is not None and not wanted.isdisjoint(marker.args))


def _requirements(item: pytest.Item, run: Run) -> list[Requirement]:
    marker = item.get_closest_marker("verifies")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} verifies no requirement; mark it with @verifies.")
    try:
        return [run.registry[requirement_id] for requirement_id in marker.args]
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None


# Fixtures


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run that a test is part of."""
    return request.config.stash[RUN]


@pytest.fixture
def record(request: pytest.FixtureRequest, run: Run, scope: Scope) -> TestRecord:
    """What the running test does and finds out, for the journal."""
    requirements = [each for each in _requirements(request.node, run) if each.applies_to(scope)]
    record = request.node.stash[RECORD] = TestRecord(run, scope, request.node.nodeid, requirements)
    label(requirements, scope)
    return record


@pytest.fixture
def contract(run: Run, scope: Scope) -> Contract:
    """The contract of the version under test."""
    return run.contract(scope)


@pytest.fixture
def calendar(run: Run) -> Calendar:
    """Cohorts, schedules and windows."""
    return run.calendar


@pytest.fixture
def client(record: TestRecord) -> Client:
    """The test's only way out."""
    return record.client


@pytest.fixture
def api(client: Client, run: Run) -> Api:
    """The API as the provider under test calls it."""
    return Api(client, run.credentials[0])


@pytest.fixture
def other_api(api: Api, run: Run) -> Api:
    """The API as another lead provider calls it."""
    if len(run.credentials) < 2:
        raise CouldNotRun(
            "It needs the token of a second lead provider.",
            "Give --other-token, or list a second token in the target file.",
        )
    return api.with_credential(run.credentials[1])


@pytest.fixture
def states(record: TestRecord) -> States:
    """Records in named states."""
    return _states(record)


def _states(record: TestRecord) -> States:
    run = record.run
    return States(
        api=Api(record.client, run.credentials[0]),
        discovery_api=Api(record.discovery_client, run.credentials[0]),
        target=run.target,
        calendar=run.calendar,
        journal=run.journal,
        workspace=run.workspace,
        test=record.test,
        shard=run.shard,
        rival_api=Api(record.discovery_client, run.credentials[1]) if len(run.credentials) > 1 else None,
    )


@pytest.fixture
def lists(api: Api, contract: Contract, run: Run, states: States) -> Lists:
    """The lists of the version under test, by name."""
    return Lists(api, contract, states, Inventory(api, run.workspace / "inventory"))


@pytest.fixture
def listing(lists: Lists, listed: ListOperation) -> Listing:
    """The list under test, of a test that runs once for each list."""
    return lists.of(listed)


@pytest.fixture
def check(record: TestRecord) -> Checks:
    """Decides the requirements of a test that verifies several."""
    return record.checks


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
    problems = record.conclude(error, seconds=call.duration, at=now())
    if problems and report.outcome != "failed":
        report.outcome = "failed"
        report.longrepr = "\n".join(map(one_line, problems))
    if isinstance(error, TargetLostError):
        record.run.lose_target()
        item.session.shouldstop = str(error)
    return report
