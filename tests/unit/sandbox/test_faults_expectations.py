"""When a fault counts as caught, and which tests are run to catch it."""

from __future__ import annotations

from typing import Any

from tools.proof.expectations import Expectation, entry_of, expectation
from tools.proof.forks import Ended, Job
from tools.proof.matrix import Catch, problems_of, row_of
from tools.proof.meetings import meets
from tools.proof.suite import Suite

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import catalogue

V3, V1 = Scope("v3", "ecf"), Scope("v1", "ecf")
VOIDED = Expectation({"void/state": "came; expected 'voided'"})


def test_an_entry_may_say_in_which_edition_to_look() -> None:
    of_2025, of_2024 = (expectation(catalogue()[name]) for name in ("any-evidence-of-2025", "evidence-ignored"))

    assert of_2025
    assert of_2024
    assert (of_2025.edition, of_2024.edition) == ("2025-04", None)
    assert of_2025.patterns == {"declarations-2025/other-evidence": "200"}


def finding(requirement: str, reason: str, *, outcome: str = "failed", exchange: int = 7) -> dict[str, Any]:
    return {
        "requirement": requirement,
        "outcome": outcome,
        "reason": reason,
        "test": "a test",
        "exchanges": ["main-00002", f"main-{exchange:05d}"],
    }


def ended(*findings: dict[str, Any], problem: str | None = None) -> Ended:
    return Ended(Job("a-fault", V3, ("a test",)), 1.0, findings, {"a test": 1.0}, problem)


def test_what_fails_for_the_cause_that_is_expected_catches() -> None:
    run = ended(finding("void/state", "'paid' came; expected 'voided'"), finding("void/once", "200"))

    assert problems_of(run, VOIDED) == []
    row = row_of(run, VOIDED)
    assert row.caught == {"void/state": Catch("a test", 7)}
    assert row.also == ("void/once",)
    assert row.scope == "v3-ecf"


def test_what_fails_for_another_cause_does_not_catch() -> None:
    (problem,) = problems_of(ended(finding("void/state", "the server has gone")), VOIDED)

    assert "the server has gone" in problem


def test_what_passes_or_could_not_run_does_not_catch() -> None:
    for outcome in ("passed", "could-not-run", "not-applicable"):
        run = ended(finding("void/state", "'paid' came; expected 'voided'", outcome=outcome))
        assert problems_of(run, VOIDED), outcome


def test_the_first_finding_counts() -> None:
    told = "'paid' came; expected 'voided'"
    run = ended(finding("void/state", told, exchange=3), finding("void/state", told, exchange=9))

    assert row_of(run, VOIDED).requests == 3


def test_an_error_of_the_suite_is_a_problem_whatever_was_caught() -> None:
    caught = finding("void/state", "'paid' came; expected 'voided'")

    assert problems_of(ended(caught, finding("void/once", "KeyError", outcome="suite-error")), VOIDED)
    assert problems_of(ended(caught, problem="still ran after 240 s"), VOIDED)


def test_values_of_the_row_take_their_place_in_what_is_expected() -> None:
    found = expectation(catalogue()["statement-lacks-month"])

    assert found is not None
    assert found.patterns == {"contract/response-schema": "month"}


def test_a_whole_name_comes_before_a_pattern_that_fits() -> None:
    assert entry_of(catalogue()["declaration-lacks-statement"]) == "declaration-lacks-statement"
    assert entry_of(catalogue()["declaration-lacks-state"]) == "*-lacks-*"


def test_a_fault_says_in_which_scope_it_shows() -> None:
    found = expectation(catalogue()["participant-v1-lacks-email"])

    assert found is not None
    assert found.scope == V1


def test_a_test_meets_a_fault_in_the_operations_where_it_is() -> None:
    met = {("GET /api/v3/a", "paging.page"), ("GET /api/v3/b", "sorting.order"), ("GET /api/v2/a", "statement")}

    assert meets(met, {"sorting.order": None}, "v3")
    assert meets(met, {"sorting.order": frozenset({"GET /api/v3/b"})}, "v3")
    assert not meets(met, {"sorting.order": frozenset({"GET /api/v3/a"})}, "v3")
    assert meets(met, {"statement": None}, "v2")
    assert not meets(met, {"statement": None}, "v3")


def test_the_tests_that_verify_what_has_to_fail_are_those_of_the_scope() -> None:
    suite = Suite(
        {"one": V3, "two": V1, "three": V3},
        {"one": frozenset({"void/state"}), "two": frozenset({"void/state"}), "three": frozenset({"void/once"})},
    )

    assert suite.verifying(VOIDED, V3) == ("one",)
    assert suite.of_scope(V3) == ("one", "three")
