"""Queries that ask one thing at a time."""

import pytest

from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.fuzzing.case import PLACEHOLDER
from lead_provider_conformance.fuzzing.list_queries import WHOLE, queries

CONTRACT = Contract.load("v3")
SOMEBODY, NOBODY = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"
VALUES = {
    "nobody": NOBODY,
    "cohort": "2022",
    "half:updated_at": "2023-01-01T00:00:00Z",
    "half:created_at": "2023-01-01T00:00:00Z",
    "half:page": "2",
    "one:urn": "123456",
    **{f"{which}:cohort": year for which, year in (("one", "2021"), ("other", "2022"))},
    **{
        f"{which}:{member}": SOMEBODY
        for which in ("one", "other")
        for member in ("participant_id", "delivery_partner_id", "from_participant_id")
    },
}


def filled(text):
    return PLACEHOLDER.sub(lambda found: VALUES[found[1]], text)


@pytest.mark.parametrize(
    ("contract", "operation"),
    [
        pytest.param(contract, each, id=f"{contract.version} {each.id}")
        for contract in map(Contract.load, versions())
        for each in contract.operations
        if each.method == "GET" and "{" not in each.path
    ],
)
def test_they_are_what_the_contract_allows(contract, operation):
    for query in queries(contract, operation):
        asked = [(name, filled(value)) for name, value in query]
        assert contract.check_request(operation, operation.path, asked, None, None) == ()


def test_each_training_status_is_asked_for_alone():
    asked = set(queries(CONTRACT, CONTRACT.operation("list_ecf_participants")))
    assert {(("filter[training_status]", each), *WHOLE) for each in ("active", "deferred", "withdrawn")} <= asked


def test_what_a_list_needs_is_always_there():
    asked = list(queries(CONTRACT, CONTRACT.operation("list_ecf_schools")))
    assert asked
    assert all("filter[cohort]" in dict(query) for query in asked)


@pytest.mark.parametrize("one", ["show_ecf_participant", "show_ecf_school"])
def test_what_is_no_list_is_not_asked(one):
    assert list(queries(CONTRACT, CONTRACT.operation(one))) == []


def test_of_two_keys_the_first_is_to_decide():
    asked = [dict(query) for query in queries(CONTRACT, CONTRACT.operation("list_ecf_partnerships"))]
    assert "-updated_at,updated_at" in {query.get("sort") for query in asked}
