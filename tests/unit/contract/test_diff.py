"""Changes between two documents are sentences with a severity."""

import copy

import pytest

from lead_provider_conformance.contract import diff
from lead_provider_conformance.contract.diff import SECTIONS, Kind, Severity, report
from lead_provider_conformance.contract.documents import open_document

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


def changes(old: dict, new: dict) -> tuple[tuple[Severity, str, tuple[str, ...]], ...]:
    return tuple((each.severity, each.sentence, each.operations) for each in diff.changes(old, new))


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

    assert changes(OLD, new) == ((severity, f"in the response 200, {sentence}", (LIST,)),)


def test_null_in_response_is_breaking():
    new = edited(lambda operation, members: members["properties"]["name"].update(type=["string", "null"]))

    assert changes(OLD, new) == ((B, "in the response 200, `name` is null or string instead of string", (LIST,)),)


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

    assert changes(OLD, new) == ((severity, f"the parameter {sentence}", (LIST,)),)


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
        (sent[0], f"the parameter `colour` is {sent[1]} instead of string", (LIST,)),
        (received[0], f"in the response 200, `name` is {received[1]} instead of string", (LIST,)),
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

    assert changes(OLD, new) == ((severity, sentence, (LIST,)),)


def test_deprecated_operation_is_notable():
    assert changes(OLD, edited(lambda operation, members: operation.update(deprecated=True))) == (
        (N, "is deprecated", (LIST,)),
    )


def test_new_and_removed_operations():
    empty = {**OLD, "paths": {}}

    assert changes(OLD, empty) == ((B, "is removed", (LIST,)),)
    assert changes(empty, OLD) == ((C, "is new", (LIST,)),)


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

    assert changes({"openapi": "3.0.3", "paths": {}}, other) == ((C, "is new", ("GET /a",)),)


def at(path: str, *, method: str = "get", name: str | None = "list_things") -> dict:
    operation = {**OLD["paths"]["/api/v3/things"]["get"], "operationId": name}
    return {**OLD, "paths": {path: {method: operation}}}


def test_operation_at_another_path_has_moved():
    assert changes(at("/api/v3/things/ecf"), at("/api/v3/things")) == (
        (B, "moved from `/api/v3/things/ecf` to `/api/v3/things`", (LIST,)),
    )


def test_operation_with_another_method_has_moved():
    assert changes(at("/api/v3/things", method="post"), OLD) == (
        (B, "moved from `POST /api/v3/things` to `GET /api/v3/things`", (LIST,)),
    )


def test_moved_operation_is_compared():
    new = edited(lambda operation, members: members["properties"].pop("name"))

    assert [sentence for _, sentence, _ in changes(at("/api/v3/things/ecf"), new)] == [
        "moved from `/api/v3/things/ecf` to `/api/v3/things`",
        "in the response 200, `name` is removed",
    ]


def test_operation_at_the_same_path_is_the_same_whatever_its_operation_id():
    assert changes(at("/api/v3/things", name="all_things"), OLD) == ()
    assert changes(at("/api/v3/things", name=None), OLD) == ()


def test_operation_id_takes_precedence_over_the_path():
    old = {**OLD, "paths": at("/api/v3/things", name="legacy")["paths"] | at("/api/v3/things/ecf")["paths"]}

    assert changes(old, OLD) == (
        (B, "moved from `/api/v3/things/ecf` to `/api/v3/things`", (LIST,)),
        (B, "is removed", (LIST,)),
    )


def test_operations_without_a_counterpart_are_removed_and_new():
    assert changes(at("/api/v3/a", name="list_a"), at("/api/v3/b", name="list_b")) == (
        (B, "is removed", ("GET /api/v3/a",)),
        (C, "is new", ("GET /api/v3/b",)),
    )


@pytest.mark.parametrize(
    ("alternatives", "sentences"),
    [
        ([{"type": "boolean"}, {"type": "string", "enum": ["true"]}], ["is boolean or string instead of string"]),
        (
            [{"type": "null"}, {"type": "string", "enum": ["x"]}],
            ["is null or string instead of string", "is now only 'x'"],
        ),
    ],
)
def test_enumeration_of_one_alternative_does_not_limit_another_type(alternatives, sentences):
    new = edited(lambda operation, members: members["properties"].update(name={"anyOf": alternatives}))

    found = [sentence.partition("`name` ")[2] for _, sentence, _ in changes(OLD, new)]
    assert sorted(each for each in found if each != "is now optional") == sorted(sentences)


def test_operations_of_a_change_are_in_the_order_of_their_paths():
    old = {**OLD, "paths": at("/b", name="b")["paths"] | at("/a", method="post", name="a")["paths"]}

    assert changes(old, {**OLD, "paths": {}}) == ((B, "is removed", ("POST /a", "GET /b")),)


def test_change_of_all_common_operations_is_reported_for_every_operation():
    def edit(operation, members):
        operation["responses"].pop("404")

    old = {**OLD, "paths": OLD["paths"] | at("/api/v3/others", name="others")["paths"]}
    new = edited(edit)
    new["paths"]["/api/v3/others"] = copy.deepcopy(new["paths"]["/api/v3/things"])
    new["paths"]["/api/v3/others"]["get"]["operationId"] = "others"
    new["paths"] |= at("/api/v3/new", name="new")["paths"]

    lines = report(diff.changes(old, new)).splitlines()

    assert lines[lines.index("Notable changes") + 2 :][:2] == ["  every operation", "    - no longer returns 404"]


def test_changes_are_in_the_order_of_their_sections_and_kinds():
    def edit(operation, members):
        operation["deprecated"] = True
        operation["responses"].pop("200")
        operation["responses"]["409"] = {"description": "No."}
        operation["parameters"][0]["schema"]["enum"].remove("red")
        operation["parameters"].pop(1)

    new = edited(edit)
    new["paths"] |= at("/api/v3/new", name="new")["paths"]
    old = at("/api/v3/old", name="old")
    old["paths"] |= at("/api/v3/things/ecf")["paths"]

    found = diff.changes(old, new)
    text = report(found)

    assert [each.kind for each in found] == [
        Kind.MOVED,
        Kind.REMOVED,
        Kind.NEW,
        Kind.DEPRECATED,
        Kind.MEMBER,
        Kind.VALUE,
        Kind.STATUS,
        Kind.STATUS,
    ]
    assert [each.severity for each in found[4:]] == [B, B, B, N]
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [each.capitalize() for each in SECTIONS[:-1]]


def test_report_of_v2_and_v3_is_by_section_and_short():
    text = report(diff.changes(open_document("v2"), open_document("v3")))

    removed, _, rest = text.partition("New operations")
    new, _, rest = rest.partition("Breaking changes")
    breaking, _, compatible = rest.partition("Compatible changes")
    assert "GET /api/v2/participant-declarations.csv" in removed
    assert "GET /api/v3/statements" in new
    assert "`data.attributes.email` is removed" in breaking
    assert "`data.attributes.ecf_enrolments` is new" in compatible
    assert len(text.splitlines()) < 250
