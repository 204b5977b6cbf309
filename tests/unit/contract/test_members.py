"""Members that no part of a schema names are found, however the schema is put together."""

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
def test_whether_all_are_documented_is_told_as_by_those_that_are_not(schema, body):
    shape = shape_of(DOCUMENT, schema)

    assert all_documented(shape, body) is (next(undocumented(shape, body), None) is None)
