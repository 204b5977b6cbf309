"""Errors in a contract's files name the file and the line."""

from pathlib import Path

import pytest
from tests.unit.contract.small_contract import ENTRY, THINGS, write_contract

from lead_provider_conformance.contract import Contract, ContractError


def error_of(tmp_path: Path, entry: str = ENTRY, **components: str) -> str:
    root = write_contract(tmp_path, entry, **components)
    with pytest.raises(ContractError) as error:
        Contract.load("v3", root=root)
    return str(error.value)


def test_valid_document_loads(tmp_path):
    contract = Contract.load("v3", root=write_contract(tmp_path))

    assert [operation.id for operation in contract.operations] == ["list_things"]


def test_reference_to_missing_file_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace("things.yaml", "thing.yaml"))

    assert text == (
        "openapi/v3.yaml:13: $ref 'components/thing.yaml#/responses/Things' is broken: "
        "there is no file 'components/thing.yaml'."
    )


def test_reference_to_missing_component_is_an_error(tmp_path):
    text = error_of(tmp_path, things=THINGS.replace("#/schemas/Thing", "#/schemas/Think"))

    assert text == "openapi/components/things.yaml:11: $ref '#/schemas/Think' is broken: there is no 'Think' in it."


def test_reference_to_part_of_component_is_an_error(tmp_path):
    text = error_of(tmp_path, things=THINGS.replace("#/schemas/Thing", "#/schemas/Thing/properties/id"))

    assert text.startswith(
        "openapi/components/things.yaml:11: $ref '#/schemas/Thing/properties/id' must name a component"
    )


def test_duplicate_key_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace("      tags:", "      summary: Again\n      tags:"))

    assert text == "openapi/v3.yaml:11: the key 'summary' is a duplicate."


def test_invalid_yaml_is_an_error(tmp_path):
    text = error_of(tmp_path, things=THINGS.replace("{type: string}", "{type: string"))

    assert text.startswith("openapi/components/things.yaml:6: ")


def test_two_components_with_one_name_are_an_error(tmp_path):
    entry = ENTRY.rstrip("\n") + '\n        "404": {$ref: "components/others.yaml#/responses/Things"}\n'
    text = error_of(tmp_path, entry, others=THINGS)

    assert text == (
        "openapi/components/others.yaml:7: 'responses/Things' is also defined in openapi/components/things.yaml; "
        "rename one of them."
    )
