"""The contract is complete, and finds the operation of a request."""

import hashlib
import json
import re

import pytest

from lead_provider_conformance.contract import Contract, ContractError, UnknownOperationError, versions
from lead_provider_conformance.contract.contract import document_names, operation_paths
from lead_provider_conformance.contract.editions import editions, load_edition

COUNTS = {"v1": 31 + 2, "v2": 28 + 2, "v3": 38}  # published, and the old paths of the participants list


def test_there_are_three_versions():
    assert versions() == ("v1", "v2", "v3")


def test_documents_are_those_of_versions_and_of_services():
    assert document_names() == (*versions(), "2026-08/v3-ecf", "2026-08/v3-npq")


def test_contract_has_every_published_operation(contract, published):
    here = {f"{operation.method} {operation.path}" for operation in contract.operations}

    assert set(published("2024-12", contract.version)["operations"]) <= here


def test_contract_has_no_other_operations_but_old_paths(contract):
    assert len(contract.operations) == COUNTS[contract.version]


def test_only_old_paths_are_deprecated(contract):
    deprecated = {operation.path for operation in contract.operations if operation.deprecated}

    old = {
        operation.path
        for operation in contract.operations
        if re.match(r"/api/v\d/participants(\.csv|/\{id\}.*)?$", operation.path)
    }
    assert deprecated == old


def test_operation_ids_are_snake_case_and_stable():
    by_id = {}
    for version in versions():
        for operation in Contract.load(version).operations:
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation.id)
            plain = (operation.method, operation.path.replace(f"/{version}/", "/"))
            assert by_id.setdefault(operation.id, plain) == plain


def test_every_operation_has_programmes_and_error_statuses(contract):
    for operation in contract.operations:
        assert operation.programmes <= {"ecf", "npq"}
        assert operation.programmes
        assert {200, 400, 401, 403, 429} <= set(operation.statuses)
        assert (404 in operation.statuses) == ("{" in operation.path)
        assert (422 in operation.statuses) == operation.writes


def test_document_needs_a_token_and_is_self_contained(contract):
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(contract.document)))

    assert contract.document["security"] == [{"token": []}]
    assert all(reference.startswith("#/components/") for reference in references)


def test_hash_is_of_the_canonical_document(contract):
    others = {Contract.load(version).hash for version in versions()} - {contract.hash}

    canonical = json.dumps(contract.document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert contract.hash == hashlib.sha256(canonical.encode()).hexdigest()
    assert len(others) == 2
    assert contract.edition == "2024-12"


def test_contract_is_loaded_once():
    assert Contract.load("v3") is Contract.load("v3")


def test_unknown_version_is_an_error():
    with pytest.raises(ContractError, match=r"no document 'v4' .* there is v1, v2, v3"):
        Contract.load("v4")


def test_operation_is_found_by_id(v3):
    operation = v3.operation("withdraw_ecf_participant")

    assert (operation.method, operation.path) == ("PUT", "/api/v3/participants/ecf/{id}/withdraw")
    assert operation.writes


def test_unknown_operation_id_is_an_error(v3):
    with pytest.raises(UnknownOperationError) as error:
        v3.operation("fly_to_the_moon")

    assert str(error.value) == "The contract v3 has no operation 'fly_to_the_moon'."
    assert isinstance(error.value, KeyError)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v3/participants/ecf", "list_ecf_participants"),
        ("get", "/api/v3/participants/ecf", "list_ecf_participants"),
        ("GET", "/api/v3/participants/ecf/transfers", "list_ecf_participant_transfers"),
        ("GET", "/api/v3/participants/ecf/8f2a", "show_ecf_participant"),
        ("GET", "/api/v3/participants/npq/outcomes", "list_npq_outcomes"),
        ("PUT", "/api/v3/participant-declarations/1/void", "void_participant_declaration"),
        ("DELETE", "/api/v3/participants/ecf", None),
        ("GET", "/api/v3/participants/ecf/", None),
        ("GET", "/api/v3/participants/ecf/1/2", None),
    ],
)
def test_request_finds_its_operation(v3, method, path, expected):
    found = v3.find(method, path)

    assert (found and found.id) == expected


def test_literal_segment_takes_precedence_over_old_path():
    v1 = Contract.load("v1")

    assert v1.find("GET", "/api/v1/participants/ecf.csv").id == "list_ecf_participants_csv"
    assert v1.find("PUT", "/api/v1/participants/ecf/withdraw") is v1.operation("legacy_withdraw_participant")


def test_head_is_a_get_without_body(v3):
    head = v3.find("HEAD", "/api/v3/statements")

    assert (head.id, head.method, head.writes) == ("list_statements", "HEAD", False)
    assert v3.check_response(head, 200, "application/vnd.api+json", b"") == ()


def test_links_lead_from_lists_to_records_and_actions(v3):
    responses = v3.document["components"]["responses"]

    assert responses["EcfParticipantListV3"]["links"]["ShowFirst"]["operationId"] == "show_ecf_participant"
    assert responses["EcfParticipantV3"]["links"]["Withdraw"]["operationId"] == "withdraw_ecf_participant"
    assert responses["DeclarationV3"]["links"]["Void"]["parameters"] == {"id": "$response.body#/data/id"}


@pytest.mark.parametrize("edition", editions())
def test_paths_of_operations_are_those_of_the_whole_contract(edition):
    for scope in load_edition(edition).scopes:
        whole = {each.id: each.path for each in Contract.of(edition, scope).operations}
        assert operation_paths(edition, scope) == whole
