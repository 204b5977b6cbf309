"""Pytest and Allure show the statement and the source of a failed requirement."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allure
import pytest

from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.model import Level, Scope
from lead_provider_conformance.pytest_plugin import allure as our_allure
from lead_provider_conformance.pytest_plugin.plugin import (
    pytest_report_teststatus,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
)
from lead_provider_conformance.results.journal import RESULTS, Journal
from lead_provider_conformance.run.checks import ChecksFailed
from lead_provider_conformance.run.test_context import TEST_CONTEXT, TestContext

V3_ECF = Scope("v3", "ecf")
REQUIREMENT = Registry.load()["void/persists"]
SCHEMA = Registry.load()["contract/response-schema"]


def report(
    folder: Path, error: BaseException | None, *violations: Violation, when: str = "call", status: int = 200
) -> Any:
    """Return pytest's report of a test of REQUIREMENT that ended with `error`, after one exchange."""
    run = SimpleNamespace(
        journal=Journal(folder),
        registry=Registry.load(),
        target=SimpleNamespace(waivers=()),
        fail_on=Level.MUST,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    context = TestContext(run, V3_ECF, "test", [REQUIREMENT])
    operation = Contract.load("v3").find("GET", "/api/v3/participants/ecf")
    context.client = SimpleNamespace(exchanges=[Exchange("main-00001", operation, status, violations)])
    config = SimpleNamespace(stash={})
    item = SimpleNamespace(stash={TEST_CONTEXT: context}, config=config, path=Path("suites/test_x.py"))
    call = SimpleNamespace(excinfo=error and SimpleNamespace(value=error), when=when, duration=0.1)
    failed = error is not None
    made = SimpleNamespace(
        outcome="failed" if failed else "passed", longrepr="traceback" if failed else None, sections=[], failed=failed
    )
    steps = pytest_runtest_makereport(item, call)
    next(steps)
    with pytest.raises(StopIteration) as stop:
        steps.send(made)
    return stop.value.value


def test_failed_checks_replace_the_traceback(tmp_path: Path) -> None:
    shown = report(tmp_path, ChecksFailed("void/persists: no")).longrepr

    assert REQUIREMENT.statement in shown
    assert f"Source: {REQUIREMENT.sources[0]}" in shown
    assert "traceback" not in shown


@pytest.mark.parametrize("error", [AssertionError("no"), IncompleteResponse("no data"), NoResponse("closed")])
def test_failure_of_the_server_shows_its_requirement_and_no_frame(tmp_path: Path, error: AssertionError) -> None:
    shown = report(tmp_path, error)

    assert REQUIREMENT.statement in shown.longrepr
    assert f"Source: {REQUIREMENT.sources[0]}" in shown.longrepr
    assert "traceback" not in shown.longrepr


def test_error_of_the_suite_keeps_its_frames(tmp_path: Path) -> None:
    shown = report(tmp_path, ZeroDivisionError("division by zero"))

    ((title, text),) = shown.sections
    assert (shown.longrepr, title) == ("traceback", "Failed requirements")
    assert REQUIREMENT.statement in text


@pytest.mark.parametrize(("status", "is_shown"), [(404, False), (405, False), (501, False), (200, True), (500, True)])
def test_failure_at_a_missing_operation_has_no_section_of_its_own(tmp_path: Path, status: int, is_shown: bool) -> None:
    shown = report(tmp_path, AssertionError("no"), status=status)

    category = pytest_report_teststatus(shown)
    assert category == (None if is_shown else ("not implemented", "n", ("NOT IMPLEMENTED", {"red": True})))


def test_contract_violation_fails_a_passed_test(tmp_path: Path) -> None:
    shown = report(tmp_path, None, Violation("response-schema", "/data/0/id", "'1' is not a 'uuid'"))

    assert shown.outcome == "failed"
    assert SCHEMA.statement in shown.longrepr
    assert f"Source: {SCHEMA.sources[0]}" in shown.longrepr


def test_context_of_a_finished_test_is_released() -> None:
    item = SimpleNamespace(stash={TEST_CONTEXT: object()})
    steps = pytest_runtest_protocol(item)
    next(steps)
    assert TEST_CONTEXT in item.stash
    with pytest.raises(StopIteration):
        steps.send(True)
    assert TEST_CONTEXT not in item.stash


def test_passed_test_shows_nothing(tmp_path: Path) -> None:
    shown = report(tmp_path, None)

    assert (shown.outcome, shown.longrepr, shown.sections) == ("passed", None, [])


def test_allure_description_has_statement_and_source(monkeypatch: pytest.MonkeyPatch) -> None:
    descriptions: list[str] = []
    monkeypatch.setattr(allure.dynamic, "description", descriptions.append)
    our_allure.label([REQUIREMENT], V3_ECF)

    assert REQUIREMENT.statement in descriptions[0]
    assert f"Source: {'; '.join(REQUIREMENT.sources)}" in descriptions[0]


def findings(folder: Path) -> list[tuple[str, str, str]]:
    lines = map(json.loads, (folder / RESULTS).read_bytes().splitlines())
    return [(each["requirement"], each["outcome"], each["reason"]) for each in lines if each["kind"] == "finding"]


def test_refused_preparation_in_a_fixture_could_not_run(tmp_path: Path) -> None:
    shown = report(tmp_path, IncompleteResponse("the server refused it: 422"), when="setup")

    ((requirement, outcome, reason), *_) = findings(tmp_path)
    assert (shown.outcome, requirement, outcome) == ("skipped", REQUIREMENT.id, "could-not-run")
    assert reason == "The preparation of the test failed: the server refused it: 422"


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_unexpected_error_is_a_suite_error(tmp_path: Path, when: str) -> None:
    shown = report(tmp_path, TypeError("of our own"), when=when)

    assert shown.outcome == "failed"
    assert (REQUIREMENT.id, "suite-error", "TypeError: of our own") in findings(tmp_path)
