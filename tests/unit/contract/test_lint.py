"""Lint errors name the file and the line."""

from pathlib import Path
from textwrap import dedent

import pytest
from tests.unit.contract.small_contract import ENTRY, THINGS, write_contract
from tools.contract.lint import lint

from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.resources import contract_root


def error_of(tmp_path: Path, entry: str = ENTRY, **components: str) -> str:
    root = write_contract(tmp_path, entry, **components)
    with pytest.raises(ContractError) as error:
        lint(root)
    return str(error.value)


def test_contract_has_no_lint_errors():
    lint(contract_root())


def test_small_contract_has_no_lint_errors(tmp_path):
    lint(write_contract(tmp_path))


def test_folder_of_an_edition_is_checked(tmp_path):
    root = write_contract(tmp_path)
    write_contract(root, ENTRY.replace("      summary:", "      sumary: x\n      summary:")).rename(root / "2026-08")

    with pytest.raises(ContractError, match=r"^openapi/2026-08/v3\.yaml:10: .*'sumary'"):
        lint(root)


def test_unknown_key_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace("      summary:", "      sumary: x\n      summary:"))

    assert text == "openapi/v3.yaml:10: an OpenAPI operation has no key 'sumary'."


def test_unknown_key_of_schema_is_an_error(tmp_path):
    text = error_of(tmp_path, things=THINGS.replace("{type: string}", "{type: string, formt: uuid}"))

    assert text == "openapi/components/things.yaml:5: an OpenAPI schema has no key 'formt'."


def test_missing_key_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace("      operationId: list_things\n", ""))

    assert text == "openapi/v3.yaml:9: this operation lacks 'operationId'."


def test_duplicate_operation_id_is_an_error(tmp_path):
    again = dedent(ENTRY[ENTRY.index("  /things") :].replace("/things:", "/others:", 1))
    text = error_of(tmp_path, ENTRY + "".join(f"  {line}\n" for line in again.splitlines()))

    assert text == "openapi/v3.yaml:16: the operationId 'list_things' is already used by GET /things."


def test_mapping_in_place_of_list_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace("      tags: [ecf]", "      tags: [ecf]\n      parameters: {}"))

    assert text == "openapi/v3.yaml:12: 'parameters' must be a list."


def test_link_to_unknown_operation_is_an_error(tmp_path):
    links = "    links:\n      Show:\n        operationId: show_thing\n"
    text = error_of(tmp_path, things=THINGS + links)

    assert text == ("openapi/components/things.yaml:14: the link 'Show' leads to an unknown operation, 'show_thing'.")


def test_missing_edition_is_an_error(tmp_path):
    text = error_of(tmp_path, ENTRY.replace('  x-edition: "2024-12"\n', ""))

    assert text == "openapi/v3.yaml:3: this info lacks 'x-edition'."
