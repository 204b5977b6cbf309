"""The document for client generators has the operations of the contract, in plain OpenAPI 3.0."""

from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
from openapi_schema_validator import OAS30Validator

from lead_provider_conformance.contract.client_document import client_document
from lead_provider_conformance.contract.documents import open_document
from lead_provider_conformance.contract.operation import METHODS, operations_of, resolve

DOCUMENTS = ["v1", "v2", "v3", "2024-12/v3", "2025-04/v3-ecf", "2025-04/v3-npq", "2026-08/v3-ecf", "2026-08/v3-npq"]
V3_1_ONLY = {"const", "unevaluatedProperties", "$defs", "oneOf", "prefixItems", "if", "title", "links", "style"}


@pytest.fixture(scope="module", params=DOCUMENTS)
def pair(request) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document of the contract, and the same for client generators."""
    document = open_document(request.param)
    return dict(document), client_document(document)


@pytest.fixture(scope="module")
def v3() -> dict[str, Any]:
    return client_document(open_document("2024-12/v3"))


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations by their ids, with the parameters of their paths."""
    return {
        operation["operationId"]: {
            **operation,
            "parameters": [
                resolve(document, each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))
            ],
        }
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in METHODS
    }


def query(document: dict[str, Any], operation: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in operations(document)[operation]["parameters"] if each["in"] == "query"}


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["components"]["schemas"][name]


def attributes(document: dict[str, Any], name: str) -> dict[str, Any]:
    return schema(document, name)["properties"]["attributes"]["properties"]


def schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema under a node: an object with a type, a reference or alternatives."""
    if isinstance(node, dict):
        if node.keys() & {"type", "$ref", "anyOf", "allOf"}:
            yield node
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from schemas_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas_in(value)


def reachable(document: dict[str, Any], node: Any, seen: set[str]) -> Iterator[dict[str, Any]]:
    for each in schemas_in(node):
        yield each
        reference = each.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from reachable(document, resolve(document, each), seen)


def with_null(node: Any) -> Any:
    """Let nullable references and alternatives accept null, as generators read them."""
    if isinstance(node, dict):
        node = {key: with_null(value) for key, value in node.items()}
        alternatives = node.get("allOf") or node.get("anyOf")
        if node.get("nullable") and alternatives:
            return {"anyOf": [*alternatives, {"type": "string", "enum": [None], "nullable": True}]}
    return [with_null(each) for each in node] if isinstance(node, list) else node


def test_document_is_valid_openapi_3_0(pair):
    assert pair[1]["openapi"] == "3.0.3"
    openapi_spec_validator.validate(pair[1])


def test_document_has_the_operations_of_the_contract(pair):
    contract, document = pair

    assert [each.id for each in operations_of(document)] == [each.id for each in operations_of(contract)]


def test_input_is_unchanged(pair):
    contract = pair[0]
    before = repr(contract)

    client_document(contract)

    assert repr(contract) == before


def test_nothing_that_generators_read_differently_is_left(pair):
    document = pair[1]
    found = {
        key
        for node in schemas_in({"paths": document["paths"], "components": document["components"]})
        for key in node
        if isinstance(node.get("properties", {}), dict) and (key in V3_1_ONLY or key.startswith("x-"))
    }

    assert found <= {"title"}  # of the property `title` in an error
    assert all(isinstance(each["type"], str | dict) for each in schemas_in(document) if "type" in each)


def test_patterns_match_whole_values(pair):
    """Generated code matches a pattern from the start of a value."""
    patterns = {each["pattern"] for each in schemas_in(pair[1]) if isinstance(each.get("pattern"), str)}

    assert patterns
    assert all(each.startswith("^") and each.endswith("$") for each in patterns)


def test_each_body_has_one_media_type(pair):
    document = pair[1]
    bodies = (*document["components"].get("requestBodies", {}).values(), *document["components"]["responses"].values())

    assert {len(each["content"]) for each in bodies if "content" in each} == {1}


def test_responses_have_no_enumeration(pair):
    document = pair[1]
    responses = [each["responses"] for each in operations(document).values()]

    assert [each for each in reachable(document, responses, set()) if isinstance(each.get("enum"), list)] == []


def test_examples_are_valid(pair):
    document = pair[1]
    components = document["components"]
    bodies = (*components.get("requestBodies", {}).values(), *components["responses"].values())
    checked = 0
    for content in (each.get("content", {}) for each in bodies):
        for media in content.values():
            for example in media.get("examples", {}).values():
                validator = OAS30Validator(with_null({**media["schema"], "components": components}))
                assert [error.message for error in validator.iter_errors(example["value"])] == []
                checked += 1

    assert checked > 10


def test_filters_and_pages_are_plain_parameters(v3):
    parameters = query(v3, "list_ecf_participants")

    assert list(parameters) == [
        "filter[cohort]",
        "filter[updated_since]",
        "filter[training_status]",
        "filter[from_participant_id]",
        "page[page]",
        "page[per_page]",
        "sort",
    ]
    assert parameters["page[per_page]"]["schema"] == {"type": "integer", "minimum": 1, "default": 100}
    assert parameters["filter[updated_since]"]["schema"] == {"type": "string", "format": "date-time"}
    assert parameters["filter[training_status]"]["schema"] == {"$ref": "#/components/schemas/TrainingStatus"}
    assert not any(each["required"] for each in parameters.values() if "required" in each)


def test_required_filter_stays_required(v3):
    required = [name for name, each in query(v3, "list_ecf_schools").items() if each.get("required")]

    assert required == ["filter[cohort]"]


def test_sort_is_a_string_with_commas(v3):
    sort = query(v3, "list_ecf_participants")["sort"]

    assert sort["schema"] == {"type": "string"}
    assert "`-updated_at`" in sort["description"]
    assert "style" not in sort


def test_alternatives_of_a_declaration_become_one_object(v3):
    declaration = schema(v3, "NewDeclaration")["properties"]["data"]["properties"]["attributes"]

    assert declaration["required"] == ["participant_id", "declaration_type", "declaration_date", "course_identifier"]
    assert declaration["properties"]["declaration_type"]["enum"][:2] == ["started", "retained-1"]
    assert len(declaration["properties"]["declaration_type"]["enum"]) == 9
    assert {"ecf-mentor", "npq-senco"} < set(declaration["properties"]["course_identifier"]["enum"])
    assert declaration["properties"]["has_passed"] == {
        "type": "boolean",
        "nullable": True,
        "description": 'Whether the participant passed. Required for: "NPQ: completed, with an outcome".',
    }


def test_alternatives_of_one_programme_keep_their_reference():
    ecf = client_document(open_document("2024-12/v3-ecf"))
    declaration = schema(ecf, "NewDeclaration")["properties"]["data"]["properties"]["attributes"]["properties"]

    assert declaration["course_identifier"] == {"$ref": "#/components/schemas/EcfCourse"}


def test_constant_of_a_request_is_the_default(v3):
    data = schema(v3, "DeferEcfParticipant")["properties"]["data"]["properties"]

    assert data["type"] == {"type": "string", "enum": ["participant-defer"], "default": "participant-defer"}


def test_values_of_a_response_are_in_the_description(v3):
    state = attributes(v3, "DeclarationV3")["state"]

    assert state["type"] == "string"
    assert state["description"].startswith("Values: `submitted`, `eligible`")
    assert schema(v3, "DeclarationV3")["properties"]["type"]["description"] == "Always `participant-declaration`."


@pytest.mark.parametrize("name", ["evidence_held", "has_passed", "ineligible_for_funding_reason"])
def test_null_is_nullable(v3, name):
    assert attributes(v3, "DeclarationV3")[name]["nullable"] is True
    assert "anyOf" not in attributes(v3, "DeclarationV3")[name]


def test_member_that_is_always_null_is_nullable(v3):
    number = attributes(v3, "EcfParticipantV3")["teacher_reference_number"]

    assert number == {"type": "string", "nullable": True}


def test_date_or_moment_is_a_string(v3):
    assert attributes(v3, "NpqOutcomeV3")["completion_date"] == {
        "type": "string",
        "description": "The day the course was completed; some servers send midnight UTC of that day.",
    }


def test_alternatives_of_other_types_are_nullable_as_a_whole():
    npq = client_document(open_document("2026-08/v3-npq"))
    has_passed = attributes(npq, "NpqDeclaration")["has_passed"]

    assert [each["type"] for each in has_passed["anyOf"]] == ["boolean", "string"]
    assert has_passed["nullable"] is True
    assert not any("nullable" in each for each in has_passed["anyOf"])
