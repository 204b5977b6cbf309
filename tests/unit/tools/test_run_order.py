"""The order in which a run finds the most faults first."""

from __future__ import annotations

from collections import Counter

from tools.run_order import Costs, ordered, reads_for_all


def test_test_with_most_further_faults_per_request_comes_first() -> None:
    requests = Counter({"rules/a": 1, "rules/b": 2, "rules/c": 4})
    faults = {"rules/a": frozenset("x"), "rules/b": frozenset("xyzw"), "rules/c": frozenset("uv")}

    order = ordered(Costs(requests, reading=set(requests)), faults)

    assert order == {"early": ["rules/b", "rules/c", "rules/a"], "others": []}


def test_cheaper_test_without_faults_comes_first() -> None:
    costs = Costs(Counter({"rules/a": 9, "rules/b": 1}), reading={"rules/a", "rules/b"})

    assert ordered(costs, {})["early"] == ["rules/b", "rules/a"]


def test_needy_test_comes_before_others_that_claim_records() -> None:
    faults = {"scenarios/a": frozenset("x"), "scenarios/b": frozenset("yz")}

    order = ordered(Costs(Counter(dict.fromkeys(faults, 1))), faults, needy=["scenarios/a"])

    assert order == {"early": [], "others": ["scenarios/a", "scenarios/b"]}


def test_reading_test_comes_before_the_tests_that_claim_records_and_find_fewer_faults_per_request() -> None:
    requests = Counter({"rules/good": 1, "rules/poor": 4, "scenarios/cheap": 1, "scenarios/dear": 9})
    faults = {
        "rules/good": frozenset("abcd"),
        "rules/poor": frozenset("ef"),
        "scenarios/cheap": frozenset("ghijk"),
        "scenarios/dear": frozenset("l"),
    }
    costs = Costs(requests, reading={"rules/good", "rules/poor"})

    order = ordered(costs, faults)

    assert order == {"early": ["rules/good"], "others": ["scenarios/cheap", "rules/poor", "scenarios/dear"]}


def test_read_of_a_whole_list_counts_for_no_test() -> None:
    def is_for_all(query: str, path: str = "participants/ecf") -> bool:
        return reads_for_all({"url": f"http://127.0.0.1:80/api/v3/{path}?{query}"})

    assert is_for_all("page[page]=2&page[per_page]=500")
    assert is_for_all("filter[cohort]=2022&page[page]=1&page[per_page]=500", path="schools/ecf")
    assert not is_for_all("filter[cohort]=2022&page[page]=1&page[per_page]=500")
    assert not is_for_all("page[page]=1&page[per_page]=3000")
    assert not is_for_all("")
