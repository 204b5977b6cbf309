"""Equivalent schemas have the same facts."""

import pytest
from tools.contract.published import ABSENT, PRESENT, Difference, differences

from lead_provider_conformance.contract.facts import Fact, facts_of

STRING = {"type": "string"}


def facts(schema: dict, **components: dict) -> dict[str, Fact]:
    """Return the facts of a response with this schema."""
    response = {"content": {"application/json": {"schema": schema}}}
    document = {"paths": {"/a": {"get": {"responses": {"200": response}}}}, "components": {"schemas": components}}
    return facts_of(document)["GET /a"].responses["200"]["application/json"]


def test_facts_of_members_and_items():
    schema = {"type": "object", "required": ["a"], "properties": {"a": STRING, "b": {"type": "array", "items": STRING}}}

    assert facts(schema) == {
        ".": Fact(("object",)),
        "a": Fact(("string",), True),
        "b": Fact(("array",), False),
        "b[]": Fact(("string",), True),
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, Fact(("null", "string"))),
        ({"type": "string", "nullable": True}, Fact(("null", "string"))),
        ({"anyOf": [STRING, {"type": "null"}]}, Fact(("null", "string"))),
        ({"const": "x"}, Fact((), True, ("x",))),
        ({"type": "string", "enum": ["y", "x", None]}, Fact(("string",), True, ("x", "y"))),
        ({"oneOf": [{"enum": ["x"]}, {"enum": ["y"]}]}, Fact((), True, ("x", "y"))),
    ],
)
def test_fact_of_a_value(schema, expected):
    assert facts(schema) == {".": expected}


def test_member_that_every_alternative_requires_is_required():
    one = {"required": ["a", "b"], "properties": {"a": STRING, "b": STRING}}
    other = {"required": ["a"], "properties": {"a": STRING}}

    found = facts({"anyOf": [one, other]})

    assert (found["a"].required, found["b"].required) == (True, False)


def test_member_that_any_part_of_all_of_requires_is_required():
    found = facts({"allOf": [{"properties": {"a": STRING}}, {"required": ["a"], "properties": {"a": STRING}}]})

    assert found["a"].required


def test_recursive_schema_is_followed_once():
    tree = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Tree"} for name in "abcdefgh"}}

    assert facts({"$ref": "#/components/schemas/Tree"}, Tree=tree) == {".": Fact(("object",))} | {
        name: Fact(("object",), False) for name in "abcdefgh"
    }


def test_object_and_list_parameters_are_facts_of_their_members():
    page = {"name": "page", "in": "query", "schema": {"type": "object", "properties": {"size": {"type": "integer"}}}}
    sort = {"name": "sort", "in": "query", "schema": {"type": "array", "items": STRING}}
    colour = {"name": "colour", "in": "query", "required": True, "schema": STRING}
    document = {"paths": {"/a": {"parameters": [page], "get": {"parameters": [sort, colour], "responses": {}}}}}

    assert facts_of(document)["GET /a"].parameters == {
        "query:page[size]": Fact(("integer",), False),
        "query:sort[]": Fact(("string",), True),
        "query:colour": Fact(("string",), True),
    }


def test_differences_name_place_and_aspect():
    def document(schema: dict, **more: dict) -> dict:
        response = {"content": {"application/json": {"schema": schema}}}
        return {"paths": {"/a": {"get": {"responses": {"200": response} | more}}}}

    old = document({"required": ["a"], "properties": {"a": {"type": "string", "enum": ["x", "y"]}, "b": STRING}})
    new = document({"properties": {"a": {"type": "null", "enum": ["x", "z"]}, "c": STRING}}, **{"404": {}})

    assert set(differences(facts_of(old), facts_of(new))) == {
        Difference("GET /a", "200 a type", "string", "null"),
        Difference("GET /a", "200 a required", "required", "optional"),
        Difference("GET /a", "200 a enum", "y", "z"),
        Difference("GET /a", "200 b", PRESENT, ABSENT),
        Difference("GET /a", "200 c", ABSENT, PRESENT),
        Difference("GET /a", "404 response", ABSENT, PRESENT),
    }
