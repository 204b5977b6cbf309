"""Changes between two documents are sentences with a severity."""

import copy

import pytest

from lead_provider_conformance.contract.contract import open_document
from lead_provider_conformance.contract.diff import Change, Severity, changes, report

LIST = "GET /api/v3/things"
OLD = {
    "openapi": "3.1.1",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/api/v3/things": {
            "get": {
                "operationId": "list_things",
                "parameters": [
                    {"name": "colour", "in": "query", "schema": {"type": "string", "enum": ["blue", "red"]}},
                    {"name": "sort", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {
                    "200": {
                        "description": "Things.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["name", "size"],
                                    "properties": {
                                        "name": {"type": "string"},
                                        "size": {"type": "string", "enum": ["s", "l"]},
                                        "owner": {"type": "object", "properties": {"id": {"type": "string"}}},
                                    },
                                }
                            }
                        },
                    },
                    "404": {"description": "None."},
                },
            },
        },
    },
}


def edited(edit) -> dict:
    new = copy.deepcopy(OLD)
    operation = new["paths"]["/api/v3/things"]["get"]
    edit(operation, operation["responses"]["200"]["content"]["application/json"]["schema"])
    return new


B, N, C = Severity.BREAKING, Severity.NOTABLE, Severity.COMPATIBLE


@pytest.mark.parametrize(
    ("edit", "severity", "sentence"),
    [
        (lambda members: members["properties"].pop("name"), B, "`name` is removed"),
        (lambda members: members["properties"].pop("owner"), B, "`owner` is removed"),
        (lambda members: members["properties"].update(age={"type": "integer"}), C, "`age` is new"),
        (lambda members: members["required"].remove("name"), B, "`name` is now optional"),
        (lambda members: members["required"].append("owner"), C, "`owner` is now required"),
        (
            lambda members: members["properties"].update(name={"type": "integer"}),
            B,
            "`name` is integer instead of string",
        ),
        (lambda members: members["properties"]["size"]["enum"].append("m"), N, "`size` can now be 'm'"),
        (lambda members: members["properties"]["size"]["enum"].remove("s"), C, "`size` is no longer 's'"),
        (lambda members: members["properties"]["size"].pop("enum"), N, "`size` can now have any value"),
        (lambda members: members["properties"]["name"].update(enum=["x"]), C, "`name` is now only 'x'"),
    ],
)
def test_change_of_response(edit, severity, sentence):
    new = edited(lambda operation, members: edit(members))

    assert changes(OLD, new) == (Change(severity, f"in the response 200, {sentence}", (LIST,)),)


def test_null_in_response_is_breaking():
    new = edited(lambda operation, members: members["properties"]["name"].update(type=["string", "null"]))

    assert changes(OLD, new) == (Change(B, "in the response 200, `name` is null or string instead of string", (LIST,)),)


@pytest.mark.parametrize(
    ("edit", "severity", "sentence"),
    [
        (lambda sent: sent.pop(0), B, "`colour` is no longer accepted"),
        (lambda sent: sent.pop(1), B, "`sort` is no longer accepted"),
        (lambda sent: sent[0].update(required=True), B, "`colour` must now be sent"),
        (lambda sent: sent[0]["schema"]["enum"].remove("red"), B, "`colour` is no longer accepted as 'red'"),
        (lambda sent: sent[0]["schema"]["enum"].append("green"), C, "`colour` can now be 'green'"),
        (lambda sent: sent[0]["schema"].pop("enum"), C, "`colour` can now have any value"),
        (lambda sent: sent[0]["schema"].update(type="integer"), B, "`colour` is accepted as integer instead of string"),
        (lambda sent: sent.append({"name": "x", "in": "query", "schema": {}}), C, "`x` can now be sent"),
        (lambda sent: sent.append({"name": "x", "in": "query", "schema": {"items": {}}}), C, "`x` can now be sent"),
        (
            lambda sent: sent.append({"name": "x", "in": "query", "required": True, "schema": {}}),
            B,
            "`x` must now be sent",
        ),
    ],
)
def test_change_of_request(edit, severity, sentence):
    new = edited(lambda operation, members: edit(operation["parameters"]))

    assert changes(OLD, new) == (Change(severity, f"the parameter {sentence}", (LIST,)),)


@pytest.mark.parametrize(
    ("types", "sent", "received"),
    [
        (["string", "null"], (C, "accepted as null or string"), (B, "null or string")),
        ("integer", (B, "accepted as integer"), (B, "integer")),
        ([], (C, "accepted as any value"), (B, "any value")),
    ],
)
def test_severity_of_type_change_depends_on_direction(types, sent, received):
    def edit(operation, members):
        operation["parameters"][0]["schema"]["type"] = types
        members["properties"]["name"]["type"] = types

    assert set(changes(OLD, edited(edit))) == {
        Change(sent[0], f"the parameter `colour` is {sent[1]} instead of string", (LIST,)),
        Change(received[0], f"in the response 200, `name` is {received[1]} instead of string", (LIST,)),
    }


@pytest.mark.parametrize(
    ("edit", "severity", "sentence"),
    [
        (lambda responses: responses.pop("404"), N, "no longer returns 404"),
        (lambda responses: responses.pop("200"), B, "no longer returns 200"),
        (lambda responses: responses.update({"409": {"description": "No."}}), N, "can now return 409"),
        (lambda responses: responses["200"]["content"].update({"text/csv": {}}), C, "can return 200 as text/csv"),
        (lambda responses: responses["200"]["content"].clear(), B, "no longer returns 200 as application/json"),
    ],
)
def test_change_of_statuses_and_media_types(edit, severity, sentence):
    new = edited(lambda operation, members: edit(operation["responses"]))

    assert changes(OLD, new) == (Change(severity, sentence, (LIST,)),)


def test_deprecated_operation_is_notable():
    assert changes(OLD, edited(lambda operation, members: operation.update(deprecated=True))) == (
        Change(N, "is deprecated", (LIST,)),
    )


def test_new_and_removed_operations():
    empty = {**OLD, "paths": {}}

    assert changes(OLD, empty) == (Change(B, "is removed", (LIST,)),)
    assert changes(empty, OLD) == (Change(C, "is new", (LIST,)),)


def test_same_document_has_no_changes():
    assert changes(OLD, OLD) == ()
    assert report(()) == "There are no changes for a provider.\n"


def test_version_and_placeholder_names_are_no_change():
    old = {**OLD, "paths": {"/api/v2/things/{id}": OLD["paths"]["/api/v3/things"]}}
    new = {**OLD, "paths": {"/api/v3/things/{thing_id}": OLD["paths"]["/api/v3/things"]}}

    assert changes(old, new) == ()


def test_document_without_optional_parts_is_compared():
    item = {"get": {"parameters": [{"name": "x", "in": "header", "content": {}}]}, "summary": "A path item apart"}
    other = {"openapi": "3.1.0", "paths": {"x-old": item, "/a": {"$ref": "#/components/pathItems/A"}}}
    other["components"] = {"pathItems": {"A": item}}

    assert changes({"openapi": "3.0.3", "paths": {}}, other) == (Change(C, "is new", ("GET /a",)),)


def test_breaking_changes_come_first():
    found = changes(open_document("v2"), open_document("v3"))
    text = report(found)

    assert [change.severity for change in found] == sorted(
        (change.severity for change in found), key=list(Severity).index
    )
    assert "GET /api/v2/participant-declarations.csv" in text.partition("Compatible")[0]
    assert "`data.attributes.ecf_enrolments` is new" in text.partition("Compatible")[2]
    assert len(text.splitlines()) < 250
