"""What changes for a provider between two documents is told in plain words, the worst first."""

import copy

import pytest

from lead_provider_conformance.contract.diff import Change, Severity, changes, report
from lead_provider_conformance.contract.document import open_document

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
        (lambda o, s: s["properties"].pop("name"), B, "in the answer 200, `name` is gone"),
        (lambda o, s: s["properties"].pop("owner"), B, "in the answer 200, `owner` is gone"),
        (lambda o, s: s["properties"].update(age={"type": "integer"}), C, "in the answer 200, `age` is new"),
        (lambda o, s: s["required"].remove("name"), B, "in the answer 200, `name` may now be left out"),
        (lambda o, s: s["required"].append("owner"), C, "in the answer 200, `owner` is now always there"),
        (lambda o, s: s["properties"]["name"].update(type=["string", "null"]), B, "in the answer 200, `name` is null or string instead of string"),
        (lambda o, s: s["properties"]["size"]["enum"].append("m"), N, "in the answer 200, `size` may now be 'm'"),
        (lambda o, s: s["properties"]["size"]["enum"].remove("s"), C, "in the answer 200, `size` is no longer 's'"),
        (lambda o, s: s["properties"]["size"].pop("enum"), N, "in the answer 200, `size` may now be anything"),
        (lambda o, s: s["properties"]["name"].update(enum=["x"]), C, "in the answer 200, `name` is one of 'x'"),
        (lambda o, s: o["parameters"].pop(0), B, "the parameter `colour` is no longer taken"),
        (lambda o, s: o["parameters"].pop(1), B, "the parameter `sort` is no longer taken"),
        (lambda o, s: o["parameters"][0].update(required=True), B, "the parameter `colour` must now be given"),
        (lambda o, s: o["parameters"][0]["schema"]["enum"].remove("red"), B, "the parameter `colour` is no longer taken as 'red'"),
        (lambda o, s: o["parameters"][0]["schema"]["enum"].append("green"), C, "the parameter `colour` may now be 'green'"),
        (lambda o, s: o["parameters"][0]["schema"].pop("enum"), C, "the parameter `colour` may now be anything"),
        (lambda o, s: o["parameters"][0]["schema"].update(type="integer"), B, "the parameter `colour` is taken as integer instead of string"),
        (lambda o, s: o["parameters"].append({"name": "x", "in": "query", "schema": {}}), C, "the parameter `x` may now be given"),
        (lambda o, s: o["parameters"].append({"name": "x", "in": "query", "required": True, "schema": {}}), B, "the parameter `x` must now be given"),
        (lambda o, s: o["responses"].pop("404"), N, "no longer answers 404"),
        (lambda o, s: o["responses"].pop("200"), B, "no longer answers 200"),
        (lambda o, s: o["responses"].update({"409": {"description": "No."}}), N, "may now answer 409"),
        (lambda o, s: o["responses"]["200"]["content"].update({"text/csv": {}}), C, "may answer 200 as text/csv"),
        (lambda o, s: o["responses"]["200"]["content"].pop("application/json"), B, "no longer answers 200 as application/json"),
        (lambda o, s: o.update(deprecated=True), N, "is deprecated"),
    ],
)  # fmt: skip
def test_one_change(edit, severity, sentence):
    assert changes(OLD, edited(edit)) == (Change(severity, sentence, (LIST,)),)


def test_operations_come_and_go():
    empty = {**OLD, "paths": {}}

    assert changes(OLD, empty) == (Change(B, "is gone", (LIST,)),)
    assert changes(empty, OLD) == (Change(C, "is new", (LIST,)),)


def test_nothing_changes_between_a_document_and_itself():
    assert changes(OLD, OLD) == ()
    assert report(()) == "Nothing changes for a provider.\n"


def test_the_version_and_the_names_of_placeholders_are_no_change():
    old = {**OLD, "paths": {"/api/v2/things/{id}": OLD["paths"]["/api/v3/things"]}}
    new = {**OLD, "paths": {"/api/v3/things/{thing_id}": OLD["paths"]["/api/v3/things"]}}

    assert changes(old, new) == ()


def test_from_version_2_to_3_breaking_changes_come_first():
    found = changes(open_document("v2"), open_document("v3"))
    text = report(found)

    assert [change.severity for change in found] == sorted(
        (change.severity for change in found), key=list(Severity).index
    )
    assert "GET /api/v2/participant-declarations.csv" in text.partition("Compatible")[0]
    assert "`data.attributes.ecf_enrolments` is new" in text.partition("Compatible")[2]
    assert len(text.splitlines()) < 250
