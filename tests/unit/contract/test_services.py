"""Published documents and observed responses of the services of edition 2026-08, against its contract and errata."""

import json

import pytest
from tools.contract.errata import Errata, matches
from tools.contract.published import differences, facts_from_json

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.facts import facts_of
from lead_provider_conformance.resources import contract_root

EDITION = "2026-08"
SERVICES = {"ect": "ecf", "npq": "npq"}
"""The programme of each service."""
NOT_OBSERVED: dict[str, set[str]] = {"ect": {"show_statement"}, "npq": set()}
LARGEST_SHARE_OF_FAULTS = {"ect": 0.03, "npq": 0.01}
"""A contract that more of the observed responses violate is stricter than the service."""


@pytest.fixture(scope="module", params=SERVICES)
def service(request):
    return request.param


@pytest.fixture(scope="module")
def contract(service):
    return Contract.load(f"{EDITION}/v3-{SERVICES[service]}")


@pytest.fixture(scope="module")
def errata(service):
    return Errata.load(contract_root() / EDITION / "errata.yaml").of(SERVICES[service])


@pytest.fixture(scope="module")
def found(service, contract, published):
    """Every difference between the published document of a service and the contract."""
    facts = facts_from_json(published(EDITION, service))
    return list(differences(facts, facts_of(contract.document), formats=True))


@pytest.fixture(scope="module")
def exchanges(service, contract, observed):
    """The observed exchanges whose request is an operation, with the operation."""
    found = [(contract.find(each["method"], path_of(each)), each) for each in observed(service, EDITION)]
    return [(operation, exchange) for operation, exchange in found if operation is not None]


@pytest.fixture(scope="module")
def violations(contract, exchanges):
    """Every violation in the observed responses, with its exchange as errata.yaml names it."""
    return [
        (exchange["title"], f"{operation.method} {operation.path}", exchange["status"], violation)
        for operation, exchange in exchanges
        for violation in contract.check_response(
            operation, exchange["status"], exchange["content_type"], body_of(exchange)
        )
    ]


def path_of(exchange) -> str:
    return exchange["path"].partition("?")[0]


def body_of(exchange) -> bytes:
    response = exchange["response"]
    if response is None:
        return b""
    return response.encode() if isinstance(response, str) else json.dumps(response).encode()


def covers(deviation, operation, status, violation) -> bool:
    return (
        matches(deviation.operation, operation)
        and (deviation.status, deviation.rule) == (status, violation.rule)
        and matches(deviation.what, f"{violation.where} {violation.message}")
    )


def test_every_difference_has_an_entry(found, errata):
    assert [str(difference) for difference in errata.uncovered(found)] == []


def test_every_entry_has_a_difference(found, errata):
    assert errata.stale(found) == ()


def test_every_violation_is_a_known_deviation(violations, errata):
    unknown = [each for each in violations if not any(covers(one, *each[1:]) for one in errata.deviations)]
    assert unknown == []


def test_every_deviation_was_observed(violations, errata):
    stale = [one for one in errata.deviations if not any(covers(one, *each[1:]) for each in violations)]
    assert stale == []


def test_nearly_every_observed_response_meets_the_contract(service, exchanges, violations):
    faulty = {title for title, *_ in violations}
    assert len(faulty) <= LARGEST_SHARE_OF_FAULTS[service] * len(exchanges)


def test_evidence_names_observed_exchanges(errata, service, observed):
    titles = {each["title"] for each in observed(service, EDITION)}
    prefix = f"observed {service.upper()} service: "
    cited = {
        text.removeprefix(prefix)
        for entry in (*errata.errata, *errata.deviations)
        for text in entry.evidence
        if text.startswith(prefix)
    }
    assert cited
    assert cited <= titles


def test_almost_every_operation_was_observed(service, contract, exchanges):
    observed = {operation.id for operation, _ in exchanges}
    assert {operation.id for operation in contract.operations} - observed == NOT_OBSERVED[service]


def test_accepted_request_meets_the_contract_but_for_values_that_the_service_ignores(contract, exchanges):
    """The services accept any `data.type`, numbers as cohorts, and times without an offset."""
    ignored = {"/data", "/data/type", "/data/attributes/cohort", "/data/attributes/declaration_date"}
    for operation, exchange in exchanges:
        if exchange["method"] == "GET" or exchange["status"] != 200 or exchange["body"] is None:
            continue
        body = json.dumps(exchange["body"]).encode()
        problems = contract.check_request(operation, path_of(exchange), (), exchange["content_type_sent"], body)
        assert {each.where for each in problems} <= ignored, exchange["title"]
