"""Members that no part of a schema names are found, however the schema is put together."""

import pytest

from lead_provider_conformance.contract.members import shape_of, undocumented

DOCUMENT = {
    "components": {
        "schemas": {
            "Named": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Tree": {
                "type": "object",
                "properties": {
                    "leaf": {},
                    "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                },
            },
        }
    }
}
NAMED = {"$ref": "#/components/schemas/Named"}


@pytest.mark.parametrize(
    "schema",
    [
        NAMED,
        {"allOf": [NAMED, {"properties": {"age": {}}}]},
        {"anyOf": [NAMED, {"type": "null"}]},
        {"oneOf": [{"properties": {"age": {}}}, NAMED]},
        {"if": {}, "then": NAMED, "else": {"properties": {"age": {}}}},
    ],
)
def test_a_member_that_no_part_names(schema):
    shape = shape_of(DOCUMENT, schema)

    assert list(undocumented(shape, {"name": "x", "colour": "blue"})) == [("colour",)]


def test_members_of_members_are_told_by_every_part_that_names_them():
    parts = [{"properties": {"owner": NAMED}}, {"properties": {"owner": {"properties": {"age": {}}}}}]
    shape = shape_of(DOCUMENT, {"allOf": parts})

    assert list(undocumented(shape, {"owner": {"name": "x", "age": 1, "colour": "blue"}})) == [("owner", "colour")]


def test_a_schema_that_refers_to_itself():
    shape = shape_of(DOCUMENT, {"$ref": "#/components/schemas/Tree"})
    body = {"leaf": 1, "branches": [{"leaf": 2}, {"branches": [{"bud": 3}]}]}

    assert list(undocumented(shape, body)) == [("branches", 1, "branches", 0, "bud")]


@pytest.mark.parametrize(
    "schema", [{"type": "object"}, {**DOCUMENT["components"]["schemas"]["Named"], "additionalProperties": True}]
)
def test_an_object_that_is_meant_to_be_open(schema):
    assert list(undocumented(shape_of(DOCUMENT, schema), {"colour": "blue"})) == []


def test_a_body_of_another_shape_has_no_members():
    assert list(undocumented(shape_of(DOCUMENT, NAMED), ["colour"])) == []
