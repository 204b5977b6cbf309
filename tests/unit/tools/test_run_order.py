"""The order in which a run finds the most faults first."""

from __future__ import annotations

from tools.run_order import ordered


def test_test_with_most_further_faults_per_request_comes_first() -> None:
    requests = {"rules/a": 1, "rules/b": 2, "rules/c": 4}
    faults = {"rules/a": frozenset("x"), "rules/b": frozenset("xyzw"), "rules/c": frozenset("uv")}

    assert ordered(requests, faults) == ["rules/b", "rules/c", "rules/a"]


def test_cheaper_test_without_faults_comes_first_and_generated_tests_are_left_out() -> None:
    assert ordered({"rules/a": 9, "rules/b": 1, "generated/c": 1}, {}) == ["rules/b", "rules/a"]
