"""Routes and references."""

import pytest

from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.contract.operation import Routes, operations_of, resolve


def operation(operation_id: str) -> dict:
    return {"operationId": operation_id, "tags": ["ecf", "beta"], "responses": {"404": {}, "200": {}}}


@pytest.mark.parametrize("paths", [["/a/{id}", "/a/b", "/{x}/b"], ["/{x}/b", "/a/b", "/a/{id}"]])
def test_literal_segment_takes_precedence(paths):
    document = {"paths": {path: {"get": operation(path)} for path in paths}}
    routes = Routes(operations_of(document))

    assert routes.find("GET", "/a/b").path == "/a/b"
    assert routes.find("GET", "/a/c").path == "/a/{id}"
    assert routes.find("GET", "/c/b").path == "/{x}/b"
    assert routes.find("GET", "/c/d") is None


def test_special_characters_of_patterns_are_literal_in_paths():
    document = {"paths": {"/a.csv": {"get": operation("csv")}}}

    assert Routes(operations_of(document)).find("GET", "/aXcsv") is None


def test_operation_has_programmes_and_statuses():
    (found,) = operations_of({"paths": {"/a": {"put": operation("a")}}})

    assert (found.method, found.programmes, found.statuses) == ("PUT", frozenset({"ecf"}), (200, 404))


def test_path_parameters_come_first():
    path = {"parameters": [{"$ref": "#/p/x"}], "get": {**operation("a"), "parameters": [{"name": "y", "in": "query"}]}}
    (found,) = operations_of({"paths": {"/{x}": path}, "p": {"x": {"name": "x", "in": "path"}}})

    assert [parameter["name"] for parameter in found.parameters] == ["x", "y"]


@pytest.mark.parametrize("pointer", ["/paths/~1a~1b", "/chain"])
def test_reference_to_reference_is_followed(pointer):
    document = {"paths": {"/a/b": {"here": True}}, "chain": {"$ref": "#/paths/~1a~1b"}}

    assert resolve(document, {"$ref": f"#{pointer}"}) == {"here": True}


def test_percent_encoded_reference_is_followed():
    assert resolve({"a b": {"c~d": {"here": True}}}, {"$ref": "#/a%20b/c~0d"}) == {"here": True}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("#/chain/9", "there is no '9' in it"),
        ("#/chain/x", "there is no 'x' in it"),
        ("#/nowhere", "there is no 'nowhere' in it"),
        ("#/loop", "refers to itself"),
    ],
)
def test_broken_reference_is_an_error(reference, message):
    document = {"chain": [{"here": True}], "loop": {"$ref": "#/pool"}, "pool": {"$ref": "#/loop"}}

    assert resolve(document, {"$ref": "#/chain/0"}) == {"here": True}
    with pytest.raises(ContractError, match=message):
        resolve(document, {"$ref": reference})
