"""Undocumented members are found in every kind of schema."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_provider_conformance.contract.members import all_documented, shape_of, undocumented

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


BODIES = st.recursive(
    st.sampled_from([None, 1, "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "owner", "leaf", "branches", "bud"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.sampled_from(
        [
            NAMED,
            {"$ref": "#/components/schemas/Tree"},
            {"properties": {"owner": {**NAMED, "additionalProperties": True}, "branches": {"items": NAMED}}},
            {"items": {"$ref": "#/components/schemas/Tree"}},
        ]
    ),
    BODIES,
)
def test_fast_path_agrees_with_undocumented(schema, body):
    shape = shape_of(DOCUMENT, schema)

    assert all_documented(shape, body) is (next(undocumented(shape, body), None) is None)
