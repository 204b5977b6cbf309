"""List queries with a known result."""

import pytest

from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.fuzzing.case import PLACEHOLDER
from lead_provider_conformance.fuzzing.list_queries import FULL_PAGE, list_queries

CONTRACT = Contract.load("v3")
KNOWN_ID, OTHER_ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"
VALUES = {
    "unknown": OTHER_ID,
    "cohort": "2022",
    "half:updated_at": "2023-01-01T00:00:00Z",
    "half:created_at": "2023-01-01T00:00:00Z",
    "half:page": "2",
    "one:urn": "123456",
    **{f"{which}:cohort": year for which, year in (("one", "2021"), ("other", "2022"))},
    **{
        f"{which}:{field}": KNOWN_ID
        for which in ("one", "other")
        for field in ("participant_id", "delivery_partner_id", "from_participant_id")
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
def test_contract_allows_every_query(contract, operation):
    for query in list_queries(contract, operation):
        sent = [(name, filled(value)) for name, value in query]
        assert contract.check_request(operation, operation.path, sent, None, None) == ()


def test_each_training_status_has_its_own_query():
    queries = set(list_queries(CONTRACT, CONTRACT.operation("list_ecf_participants")))
    assert {(("filter[training_status]", each), *FULL_PAGE) for each in ("active", "deferred", "withdrawn")} <= queries


def test_every_query_has_the_required_filter():
    queries = list(list_queries(CONTRACT, CONTRACT.operation("list_ecf_schools")))
    assert queries
    assert all("filter[cohort]" in dict(query) for query in queries)


@pytest.mark.parametrize("one", ["show_ecf_participant", "show_ecf_school"])
def test_operation_that_shows_one_record_has_no_list_queries(one):
    assert list(list_queries(CONTRACT, CONTRACT.operation(one))) == []


def test_of_two_keys_the_first_is_to_decide():
    queries = [dict(query) for query in list_queries(CONTRACT, CONTRACT.operation("list_ecf_partnerships"))]
    assert "-updated_at,updated_at" in {query.get("sort") for query in queries}


def test_filter_of_one_value_never_gets_several():
    npq = Contract.load("2026-08/v3-npq")
    queries = list(list_queries(npq, npq.operation("list_delivery_partners")))

    assert any(dict(query).get("filter[cohort]") for query in queries)
    assert not any("," in dict(query).get("filter[cohort]", "") for query in queries)


def test_list_of_one_participants_records_has_no_list_queries():
    npq = Contract.load("2026-08/v3-npq")

    assert list(list_queries(npq, npq.operation("list_npq_participant_outcomes"))) == []
