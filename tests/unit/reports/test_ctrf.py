"""`ctrf.json` is green exactly if the run is."""

import json
from typing import Any

import pytest
from tests.unit.journals import Run
from tests.unit.samples import broad, conformant, hostile, troubled

from lead_provider_conformance.model import Level, Outcome
from lead_provider_conformance.reports.ctrf import ctrf_json
from lead_provider_conformance.results.verdict import Verdict


def results(run: Run) -> dict[str, Any]:
    content = json.loads(ctrf_json(run.verdict()))
    assert (content["reportFormat"], content["specVersion"]) == ("CTRF", "0.0.0")
    found: dict[str, Any] = content["results"]
    return found


@pytest.mark.parametrize("make", [conformant, troubled, broad, hostile])
def test_summary_matches_the_tests(make: Any) -> None:
    found = results(make())
    summary = found["summary"]

    assert summary["tests"] == len(found["tests"])
    assert summary["tests"] == sum(summary[status] for status in ("passed", "failed", "skipped", "pending", "other"))
    assert summary["stop"] - summary["start"] == 42_500


@pytest.mark.parametrize(
    ("outcome", "level", "status"),
    [
        (Outcome.PASSED, "MUST", "passed"),
        (Outcome.FAILED, "MUST", "failed"),
        (Outcome.FAILED, "SHOULD", "skipped"),
        (Outcome.COULD_NOT_RUN, "MUST", "failed"),
        (Outcome.COULD_NOT_RUN, "SHOULD", "skipped"),
        (Outcome.SUITE_ERROR, "MAY", "failed"),
        (Outcome.NOT_APPLICABLE, "MUST", "skipped"),
    ],
)
def test_status_follows_outcome_and_level(outcome: Outcome, level: str, status: str) -> None:
    run = Run().requires("a/b", level=level).found(outcome, "a/b", "because")
    (test, *_) = results(run)["tests"]

    raw = {"failed": "difference", "could-not-run": "optional"}.get(outcome, outcome) if level == "SHOULD" else outcome
    assert (test["name"], test["status"], test["rawStatus"]) == ("a/b", status, raw)


def test_should_fails_if_it_fails_the_run() -> None:
    record = Run().requires("a/b", level="SHOULD").found(Outcome.FAILED, "a/b").record()
    content = json.loads(ctrf_json(Verdict.of(record, fail_on=Level.SHOULD)))

    assert content["results"]["tests"][0]["status"] == "failed"


@pytest.mark.parametrize(
    "run",
    [
        Run(scopes=()),
        Run(ending="interrupted").requires("a/b").found(Outcome.PASSED, "a/b"),
        Run().requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b"),
    ],
    ids=["nothing", "interrupted", "stale waiver"],
)
def test_report_is_red_if_the_run_is(run: Run) -> None:
    assert run.verdict().exit_status != 0
    assert results(run)["summary"]["failed"] == 1


def test_failure_shows_statement_source_reason_and_curl() -> None:
    tests = {(each["name"], each["suite"][0]): each for each in results(troubled())["tests"]}
    failed = tests["declarations/idempotent", "v3 ECF"]

    assert "Posting an exact copy of a declaration returns the same body again." in failed["message"]
    assert "Source: published OpenAPI v3, December 2024" in failed["message"]
    assert "The second response differs from the first" in failed["message"]
    assert failed["trace"].startswith("curl --include --request POST")
