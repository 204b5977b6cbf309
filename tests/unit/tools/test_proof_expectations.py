"""Whether a fault counts as caught, and the selection of tests that must catch it."""

from __future__ import annotations

from typing import Any

from tools.proof.coverage import reaches
from tools.proof.expectations import Expectation, entry_name, expectation_for
from tools.proof.fork_pool import Job, JobResult
from tools.proof.matrix import Catch, problems_in, row_from
from tools.proof.suite import Suite

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import catalogue

V3, V1 = Scope("v3", "ecf"), Scope("v1", "ecf")
VOIDED = Expectation({"void/state": "returned 'paid'"})
RIGHT_REASON = "state returned 'paid'; expected 'voided'"


def finding(requirement: str, reason: str, *, outcome: str = "failed", exchange: int = 7) -> dict[str, Any]:
    return {
        "requirement": requirement,
        "outcome": outcome,
        "reason": reason,
        "test": "a test",
        "exchanges": ["main-00002", f"main-{exchange:05d}"],
    }


def result(*findings: dict[str, Any], error: str | None = None) -> JobResult:
    return JobResult(Job("a-fault", V3, ("a test",)), 1.0, findings, {"a test": 1.0}, error)


def test_failure_for_expected_reason_catches_fault() -> None:
    run = result(finding("void/state", RIGHT_REASON), finding("void/once", "200"))

    assert problems_in(run, VOIDED) == []
    row = row_from(run, VOIDED)
    assert row.caught == {"void/state": Catch("a test", 7)}
    assert row.also == ("void/once",)
    assert row.scope == "v3-ecf"


def test_failure_for_other_reason_does_not_catch_fault() -> None:
    (problem,) = problems_in(result(finding("void/state", "the server closed the connection")), VOIDED)

    assert "the server closed the connection" in problem


def test_outcome_other_than_failed_does_not_catch_fault() -> None:
    for outcome in ("passed", "could-not-run", "not-applicable"):
        assert problems_in(result(finding("void/state", RIGHT_REASON, outcome=outcome)), VOIDED), outcome


def test_row_counts_requests_until_first_of_several_catches() -> None:
    run = result(finding("void/state", RIGHT_REASON, exchange=3), finding("void/state", RIGHT_REASON, exchange=9))

    assert row_from(run, VOIDED).requests == 3


def test_error_of_suite_or_job_is_a_problem_although_fault_was_caught() -> None:
    caught = finding("void/state", RIGHT_REASON)

    assert problems_in(result(caught, finding("void/once", "KeyError", outcome="suite-error")), VOIDED)
    assert problems_in(result(caught, error="killed after 240 s"), VOIDED)


def test_placeholders_of_expectation_are_filled_from_row_of_fault() -> None:
    expected = expectation_for(catalogue()["statement-lacks-month"])

    assert expected is not None
    assert expected.patterns == {"contract/response-schema": "month"}


def test_entry_with_whole_name_wins_over_matching_pattern() -> None:
    assert entry_name(catalogue()["declaration-lacks-statement"]) == "declaration-lacks-statement"
    assert entry_name(catalogue()["declaration-lacks-state"]) == "*-lacks-*"


def test_scope_comes_from_row_of_fault() -> None:
    expected = expectation_for(catalogue()["participant-v1-lacks-email"])

    assert expected is not None
    assert expected.scope == V1


def test_edition_comes_from_entry() -> None:
    of_2025, of_2024 = (expectation_for(catalogue()[name]) for name in ("any-evidence-of-2025", "evidence-ignored"))

    assert of_2025
    assert of_2024
    assert (of_2025.service.edition, of_2024.service.edition) == ("2025-04", "2024-12")
    assert of_2025.patterns == {"declarations-2025/other-evidence": "200"}


def test_test_reaches_fault_only_in_faulty_operations_of_its_version() -> None:
    calls = {("GET /api/v3/a", "paging.page"), ("GET /api/v3/b", "sorting.order"), ("GET /api/v2/a", "statement")}

    assert reaches(calls, {"sorting.order": None}, "v3")
    assert reaches(calls, {"sorting.order": frozenset({"GET /api/v3/b"})}, "v3")
    assert not reaches(calls, {"sorting.order": frozenset({"GET /api/v3/a"})}, "v3")
    assert reaches(calls, {"statement": None}, "v2")
    assert not reaches(calls, {"statement": None}, "v3")


def test_suite_selects_verifying_tests_of_one_scope() -> None:
    suite = Suite(
        {"one": V3, "two": V1, "three": V3},
        {"one": frozenset({"void/state"}), "two": frozenset({"void/state"}), "three": frozenset({"void/once"})},
    )

    assert suite.verifying(VOIDED, V3) == ("one",)
    assert suite.in_scope(V3) == ("one", "three")
