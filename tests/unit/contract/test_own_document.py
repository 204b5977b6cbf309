"""A server's own document is read, and compared with responses in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from lead_provider_conformance.cli.contract import as_yaml
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.openapi_file import OwnDocumentError, parse_document
from lead_provider_conformance.contract.own_document import Difference, OwnDocument

CONTRACT = Contract.load("v3")
LIST, SHOW = CONTRACT.operation("list_statements"), CONTRACT.operation("show_statement")
JSON = "application/json"
STATEMENT = """
  type: object
  required: [data]
  properties:
    data:
      type: array
      items: {$ref: "#/components/schemas/Statement"}
"""
DOCUMENT = f"""
openapi: 3.0.3
paths:
  /api/v3/statements:
    get:
      responses:
        "200": {{content: {{{JSON}: {{schema: {{$ref: "#/components/schemas/List"}}}}}}}}
        "401": {{$ref: "#/components/responses/Unauthorised"}}
        "503": {{description: out of order}}
components:
  responses: {{Unauthorised: {{description: no token}}}}
  schemas:
    Statement:
      type: object
      required: [id]
      properties:
        id: {{type: string, format: uuid}}
        month: {{type: string, nullable: true, enum: [May, June]}}
        total: {{type: number, minimum: 0, exclusiveMinimum: true, example: {{nullable: true}}}}
        nullable: {{type: string, nullable: true}}
        one: {{nullable: true, oneOf: [{{type: string}}]}}
    List:
{STATEMENT.replace(chr(10), chr(10) + "    ")}
"""
ID = "6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"


def own(text: str = DOCUMENT) -> OwnDocument:
    return OwnDocument({"own.yaml": parse_document("own.yaml", text.encode())})


def differences(status: int, body: Any, document: OwnDocument | None = None, content_type: str = JSON) -> list[str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return described((document or own()).differences(LIST, status, content_type, content))


def described(found: Iterable[Difference]) -> list[str]:
    return [f"{each.drift.partition('/')[2]} {each.where}: {each.sentence}" for each in found]


def statement(**members: Any) -> dict[str, Any]:
    return {"data": [{"id": ID, **members}]}


def test_response_as_documented_has_no_difference() -> None:
    assert differences(200, statement(month="May", total=1.5, nullable=None)) == []
    assert differences(401, b"") == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"month": None, "nullable": None, "one": None}, []),
        ({"one": 1}, ["response-schema 200 /data/*/one: 1 is not a string"]),
        ({"month": "July"}, ["response-schema 200 /data/*/month: 'July' is not one of 'May', 'June', null"]),
        ({"total": 0}, ["response-schema 200 /data/*/total: 0 must be more than 0"]),
        ({"year": "2026"}, ["undocumented 200 /data/*/year: the document lacks this field"]),
    ],
)
def test_difference_of_a_field_has_its_place(members: dict[str, Any], expected: list[str]) -> None:
    assert differences(200, statement(**members)) == expected


@pytest.mark.parametrize(
    ("status", "content_type", "body", "expected"),
    [
        (404, JSON, b"{}", "undocumented 404: the document has only 200, 401, 503"),
        (200, "text/html; charset=utf-8", b"<p>", "undocumented 200 text/html: the document has only application/json"),
        (401, JSON, b"{}", "undocumented 401 application/json: the document has no body"),
        (200, JSON, b"", "response-schema 200: the body is empty"),
    ],
)
def test_difference_of_a_response_has_its_status(status: int, content_type: str, body: bytes, expected: str) -> None:
    assert differences(status, body, content_type=content_type) == [expected]


def test_body_that_is_not_json_is_a_difference() -> None:
    (difference,) = differences(200, b"<p>")

    assert difference.startswith("response-schema 200: the body is not JSON")


@pytest.mark.parametrize("status", ["4XX", "default"])
def test_range_of_statuses_and_default_document_every_status(status: str) -> None:
    assert differences(404, b"", own(DOCUMENT.replace('"401"', status))) == []


def test_operation_that_the_document_lacks_is_a_difference_if_it_succeeds() -> None:
    assert described(own().differences(SHOW, 200, JSON, b"{}")) == [
        "undocumented operation: the document lacks this operation"
    ]
    assert described(own().differences(SHOW, 404, JSON, b"{}")) == []


def never_sent(*responses: tuple[int, Any]) -> list[str]:
    document = own()
    statuses: dict[int, set[str]] = {}
    for status, body in responses:
        sent = document.sent_members(LIST, status, json.dumps(body).encode())
        statuses.setdefault(status, set()).update(sent)
    return [each.partition(":")[0] for each in described(document.never_sent(LIST, statuses))]


def test_documented_status_and_field_without_response_are_never_sent() -> None:
    assert never_sent((200, statement(total=1)), (200, statement(month=None))) == [
        "never-sent 401",
        "never-sent 200 /data/*/nullable",
        "never-sent 200 /data/*/one",
    ]


def test_fields_of_a_list_without_records_are_not_called_never_sent() -> None:
    assert never_sent((200, {"data": []}), (401, {})) == []


def test_operation_with_refusals_as_its_only_responses_is_never_sent() -> None:
    assert never_sent((404, {}), (405, {})) == ["never-sent operation"]


def test_path_of_a_server_with_a_base_path_is_found() -> None:
    moved = DOCUMENT.replace("/api/v3/statements", "/statements").replace(
        "paths:", "servers: [{url: 'https://{host}/gateway/api/v3/'}]\npaths:", 1
    )

    assert differences(200, statement(), own(moved)) == []
    assert own(moved).describes("v3")
    assert not own(moved).describes("v1")


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_our_own_contract_can_be_the_document(version: str) -> None:
    contract = Contract.load(version)
    document = own(as_yaml(contract.document))

    for operation in contract.operations:
        assert described(document.differences(operation, 404, JSON, b'{"error": 1}')) or 404 not in operation.statuses
        assert not any(
            "lacks this operation" in each for each in described(document.differences(operation, 204, "", b""))
        )


def schema(text: str) -> str:
    responses = f'{{"200": {{content: {{{JSON}: {{schema: {text}}}}}}}}}'
    return f"openapi: 3.0.3\npaths: {{/api/v3/statements: {{get: {{responses: {responses}}}}}}}"


BOMB = "openapi: 3.0.3\npaths: {}\na0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("<!doctype html>", "is a web page or XML"),
        ("a: [", "is neither YAML nor JSON: "),
        ('{"openapi": "3.1.0", ', "is neither YAML nor JSON: "),
        ("swagger: '2.0'", "is not an OpenAPI 3.0 or 3.1 document"),
        ("openapi: 3.2.0\npaths: {}", "is not an OpenAPI 3.0 or 3.1 document"),
        ("[]", "is not an OpenAPI 3.0 or 3.1 document"),
        ("openapi: 3.1.0", "`paths` is missing at the top level; add it."),
        ("openapi: 3.1.0\npaths: {/other: {get: {}}}", "has no path such as /api/v3/…"),
        ("openapi: 3.1.0\npaths: {/api/v3/x: {get: []}}", "is not valid: a list of 0 is not an object."),
        (schema("{type: strin}"), "GET /api/v3/statements 200 has a schema that is not valid at type: "),
        (schema("{properties: {id: {required: true}}}"), "not valid at properties.id.required: true is not of type"),
        (schema("{$ref: '#/components/schemas/No'}"), "'/components/schemas/No' does not exist"),
        (schema("{$ref: 'other.yaml#/x'}"), "refers to another file: `$ref: other.yaml#/x`; bundle it"),
        (schema("{}").replace("{get", "{$ref: '#/components/x', get"), "$ref '#/components/x' is broken"),
        (BOMB, "has more than 500,000 values"),
        ("openapi: 3.0.0\npaths: {}\na: &a [*a]", "is nested too deeply"),
        ("openapi: 3.0.0\npaths: " + "[" * 50_000, "is nested too deeply"),
        ("openapi: 3.0.0\n#" + "x" * 5_000_000, "has more than 5,000,000 bytes"),
    ],
)
def test_document_that_cannot_be_used_has_one_sentence(text: str, saying: str) -> None:
    with pytest.raises(OwnDocumentError) as error:
        own(text)

    assert str(error.value).startswith("`document` own.yaml")
    assert saying in str(error.value)
    assert "\n" not in str(error.value)


def test_document_in_json_equals_the_same_in_yaml() -> None:
    as_json = json.dumps(yaml.safe_load(DOCUMENT))

    assert differences(200, statement(month="July"), own(as_json)) == differences(200, statement(month="July"))
