"""Observed responses meet the contract, except for the deviations in errata.yaml."""

import json

import pytest
from tools.contract.errata import Errata, matches

from lead_provider_conformance.contract import Contract, Violation, versions

UNKNOWN_ROUTES = {"unknown path", "wrong method", "participants/npq.csv"}


def body_of(exchange) -> bytes:
    response = exchange["response"]
    if response is None:
        return b""
    return response.encode() if isinstance(response, str) else json.dumps(response).encode()


def violations(exchange, contract: Contract) -> list[tuple[str, Violation]]:
    """Return the violations of an observed response, with the operation as errata.yaml names it."""
    operation = contract.find(exchange["method"], exchange["path"].partition("?")[0])
    assert operation is not None, exchange["title"]
    label = f"{operation.method} {operation.path}"
    found = contract.check_response(operation, exchange["status"], exchange["content_type"], body_of(exchange))
    return [(label, violation) for violation in found]


@pytest.fixture(scope="module")
def found(observed):
    """Every violation in the observed exchanges, with its operation and status."""
    return [
        (label, exchange["status"], violation)
        for version in versions()
        for exchange in observed(version)
        if not exchange["title"].startswith(tuple(UNKNOWN_ROUTES))
        for label, violation in violations(exchange, Contract.load(version))
    ]


def covers(deviation, operation, status, violation) -> bool:
    return (
        matches(deviation.operation, operation)
        and (deviation.status, deviation.rule) == (status, violation.rule)
        and matches(deviation.what, f"{violation.where} {violation.message}")
    )


def test_every_violation_is_a_known_deviation(found):
    deviations = Errata.load().deviations

    unknown = [each for each in found if not any(covers(deviation, *each) for deviation in deviations)]
    assert unknown == []


def test_every_deviation_was_observed(found):
    stale = [deviation for deviation in Errata.load().deviations if not any(covers(deviation, *each) for each in found)]
    assert stale == []


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_almost_every_operation_was_observed(observed, version):
    contract = Contract.load(version)
    seen = {contract.find(each["method"], each["path"].partition("?")[0]) for each in observed(version)} - {None}

    never = {operation.id for operation in contract.operations} - {operation.id for operation in seen}
    assert never <= {
        "change_npq_application_funded_place",
        "legacy_list_participants_csv",
        "legacy_withdraw_participant",
        "legacy_defer_participant",
        "legacy_resume_participant",
        "legacy_change_participant_schedule",
    }


def test_request_that_the_service_accepted_meets_the_contract(observed):
    for version in versions():
        contract = Contract.load(version)
        for exchange in observed(version):
            if exchange["method"] == "GET" or exchange["status"] != 200 or exchange["body"] is None:
                continue
            operation = contract.find(exchange["method"], exchange["path"])
            body = json.dumps(exchange["body"]).encode()
            problems = contract.check_request(operation, exchange["path"], (), exchange["content_type_sent"], body)
            assert problems == (), exchange["title"]
