"""Queries that ask one thing at a time."""

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.generation.queries import queries

CONTRACT = Contract.load("v3")
VALUES = {
    "participant": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
    "nobody": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12",
    "cohort": "2022",
}


@pytest.mark.parametrize(
    "operation",
    [each for each in CONTRACT.operations if each.method == "GET" and "{" not in each.path],
    ids=lambda operation: operation.id,
)
def test_they_are_what_the_contract_allows(operation):
    for query in queries(CONTRACT, operation):
        filled = [(name, value.format(**VALUES)) for name, value in query]
        assert CONTRACT.check_request(operation, operation.path, filled, None, None) == ()


def test_each_training_status_is_asked_for_alone():
    asked = set(queries(CONTRACT, CONTRACT.operation("list_ecf_participants")))
    assert {(("filter[training_status]", each),) for each in ("active", "deferred", "withdrawn")} <= asked


def test_what_a_list_needs_is_always_there():
    asked = list(queries(CONTRACT, CONTRACT.operation("list_ecf_schools")))
    assert asked
    assert all("filter[cohort]" in dict(query) for query in asked)


@pytest.mark.parametrize("one", ["show_ecf_participant", "show_ecf_school"])
def test_what_is_no_list_is_not_asked(one):
    assert list(queries(CONTRACT, CONTRACT.operation(one))) == []
