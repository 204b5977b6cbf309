"""No false alarms: a second server, written only from the contract, passes every test of its operations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract

from .processes import RunResult, run

SERVER = Path(__file__).with_name("second_server")
TARGET = SERVER / "target.yaml"
# The areas of its three journeys. Here no requirement may be left untested.
IMPLEMENTED = {
    "authentication",
    "clawback",
    "contract",
    "declarations",
    "deferral",
    "filtering",
    "headers",
    "paging",
    "resumption",
    "values",
    "void",
    "withdrawal",
}
# Areas whose records only a school, a participant or another provider could create.
WITHOUT_RECORDS = {"registration", "schedule", "transfers"}
# No participant of this server has two enrolments, or has been known by another id.
WITHOUT_RECORD = {"filtering/whole-record", "participants/former-id-accepted"}
# The parts of reasons that have nothing to do with a missing operation.
OTHER_REASONS = ("too short", "shows it", "show it")
# Requirements below MUST that the server fails with the option only-promised.
UNPROMISED = {
    "authentication/scheme",
    "declarations/future-date",
    "declarations/while-deferred",
    "deferral/once",
    "headers/media-type",
    "paging/malformed",
    "sorting/default",
    "values/timestamps",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """One run of the whole suite against the second server."""
    return run(tmp_path_factory.mktemp("second"), "--target", TARGET, "--profile", "quick")


def areas(ended: RunResult, outcome: str) -> set[str]:
    """Return the areas of the requirements with this outcome."""
    return {requirement.partition("/")[0] for requirement in ended.with_outcome(outcome)}


def test_second_server_fails_no_requirement(ended: RunResult) -> None:
    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.stdout
    assert ended.status == 6, ended.output
    assert "9 of 24 operations" in ended.stdout


def test_implemented_areas_pass(ended: RunResult) -> None:
    assert areas(ended, "passed") >= IMPLEMENTED
    assert len(ended.with_outcome("passed")) > 160
    untested = ended.with_outcome("could-not-run") - WITHOUT_RECORD
    assert {requirement.partition("/")[0] for requirement in untested} <= WITHOUT_RECORDS


def test_unimplemented_operations_are_not_applicable_with_reason(ended: RunResult) -> None:
    unimplemented = {each.id for each in Contract.load("v3").operations} - set(
        ended.verdict["run"]["target"]["operations"]
    )
    reasons = [each["reason"] for each in ended.results if each.get("outcome") == "not-applicable" and each["reason"]]

    assert {"partnerships", "schools", "statements", "delivery-partners"} <= areas(ended, "not-applicable")
    assert reasons
    about_operations = [each for each in reasons if not any(other in each for other in OTHER_REASONS)]
    assert about_operations
    assert all(any(operation in reason for operation in unimplemented) for reason in about_operations)


def test_unimplemented_operations_get_no_request(ended: RunResult) -> None:
    requested = {exchange["operation"] for exchange in ended.exchanges} - {None}

    assert requested == set(ended.verdict["run"]["target"]["operations"])


def test_server_without_unpromised_behaviour_fails_no_must(tmp_path: Path) -> None:
    """No MUST requires behaviour that only the deployed service has, in an edition that is not frozen."""
    ended = run(tmp_path, "--target", SERVER / "only-promised.yaml", "--profile", "quick", "--edition", "2025-04")

    levels = {each["id"]: each["level"] for scope in ended.verdict["scopes"] for each in scope["requirements"]}
    failed = ended.with_outcome("failed")
    assert {each for each in failed if levels[each] == "MUST"} == set(), ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert ended.status == 6, ended.output
    assert failed >= UNPROMISED


def test_second_server_imports_neither_suite_nor_sandbox() -> None:
    imported = {
        name
        for path in SERVER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else [_module(node)])
    }
    assert "yaml" in imported
    assert not {name for name in imported if name.startswith(("lead_provider", "sqlalchemy", "starlette"))}


def _module(node: ast.AST) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else ""
