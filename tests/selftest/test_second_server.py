"""No false alarms: a second server, written from the contract alone, passes in everything that it implements."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract

from .processes import Ended, run

SERVER = Path(__file__).with_name("second_server")
TARGET = SERVER / "target.yaml"
# What its three journeys are about: here nothing may be left undecided for want of a record.
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
# What only somebody else could have done to its records: a school, a participant, another provider.
WITHOUT_RECORDS = {"registration", "schedule", "transfers"}
# Some of what nobody promised, and the server does in another way if it is told to: it has to be another way indeed.
HABITS = {
    "authentication/scheme",
    "declarations/future-date",
    "declarations/once-per-milestone",
    "declarations/while-deferred",
    "deferral/once",
    "headers/media-type",
    "paging/malformed",
    "sorting/default",
    "values/timestamps",
    "void/once",
    "withdrawal/resumable",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """One whole run against it, hand-written and generated."""
    return run(tmp_path_factory.mktemp("second"), "--target", TARGET, "--profile", "quick")


def areas(ended: Ended, outcome: str) -> set[str]:
    """The areas of the requirements that have that outcome."""
    return {requirement.partition("/")[0] for requirement in ended.with_outcome(outcome)}


def test_nothing_fails(ended: Ended) -> None:
    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.stdout
    assert ended.status == 6, ended.stdout + ended.stderr
    assert "9 operations implemented" in ended.stdout


def test_what_it_implements_passes(ended: Ended) -> None:
    assert areas(ended, "passed") >= IMPLEMENTED
    assert len(ended.with_outcome("passed")) > 160
    assert areas(ended, "could-not-run") <= WITHOUT_RECORDS


def test_what_it_does_not_implement_is_not_applicable_and_says_why(ended: Ended) -> None:
    lacking = {each.id for each in Contract.load("v3").operations} - set(ended.verdict["run"]["target"]["operations"])
    told = [each["reason"] for each in ended.results if each.get("outcome") == "not-applicable" and each["reason"]]

    assert {"partnerships", "schools", "statements", "delivery-partners"} <= areas(ended, "not-applicable")
    assert told
    assert all(any(operation in reason for operation in lacking) for reason in told if "too short" not in reason)


def test_what_it_does_not_implement_is_never_asked_for(ended: Ended) -> None:
    asked = {exchange["operation"] for exchange in ended.exchanges} - {None}

    assert asked == set(ended.verdict["run"]["target"]["operations"])


def test_without_the_habits_of_the_deployed_service_it_still_breaks_nothing_that_it_must_keep(tmp_path: Path) -> None:
    """No MUST rests on what only the deployed service does."""
    ended = run(tmp_path, "--target", SERVER / "only-promised.yaml", "--profile", "quick")

    levels = {each["id"]: each["level"] for scope in ended.verdict["scopes"] for each in scope["requirements"]}
    failed = ended.with_outcome("failed")
    assert {each for each in failed if levels[each] == "MUST"} == set(), ended.stdout
    assert ended.with_outcome("suite-error") == set()
    assert ended.status == 6, ended.stdout + ended.stderr
    assert failed >= HABITS


def test_it_is_a_server_of_its_own() -> None:
    imported = {
        name
        for path in SERVER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else [_from(node)])
    }
    assert "yaml" in imported
    assert not {name for name in imported if name.startswith(("lead_provider", "sqlalchemy", "starlette"))}


def _from(node: ast.AST) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else ""
