"""Undocumented members are found in every kind of schema."""

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
def test_member_that_no_part_names_is_undocumented(schema):
    shape = shape_of(DOCUMENT, schema)

    assert list(undocumented(shape, {"name": "x", "colour": "blue"})) == [("colour",)]


def test_nested_members_come_from_every_part():
    parts = [{"properties": {"owner": NAMED}}, {"properties": {"owner": {"properties": {"age": {}}}}}]
    shape = shape_of(DOCUMENT, {"allOf": parts})

    assert list(undocumented(shape, {"owner": {"name": "x", "age": 1, "colour": "blue"}})) == [("owner", "colour")]


def test_recursive_schema():
    shape = shape_of(DOCUMENT, {"$ref": "#/components/schemas/Tree"})
    body = {"leaf": 1, "branches": [{"leaf": 2}, {"branches": [{"bud": 3}]}]}

    assert list(undocumented(shape, body)) == [("branches", 1, "branches", 0, "bud")]


@pytest.mark.parametrize(
    "schema", [{"type": "object"}, {**DOCUMENT["components"]["schemas"]["Named"], "additionalProperties": True}]
)
def test_open_object_has_no_undocumented_members(schema):
    assert list(undocumented(shape_of(DOCUMENT, schema), {"colour": "blue"})) == []


def test_body_of_another_type_has_no_members():
    assert list(undocumented(shape_of(DOCUMENT, NAMED), ["colour"])) == []
