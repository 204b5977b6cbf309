"""A broken document is refused with its file, the line, and what is wrong with it."""

from pathlib import Path
from textwrap import dedent

import pytest

from lead_provider_conformance.contract import Contract, ContractError

ENTRY = """\
openapi: 3.1.1
info:
  title: A small API
  version: 1.0.0
  x-edition: "2024-12"
paths:
  /things:
    get:
      operationId: list_things
      summary: List things
      tags: [ecf]
      responses:
        "200": {$ref: "components/things.yaml#/responses/Things"}
"""
THINGS = """\
schemas:
  Thing:
    type: object
    properties:
      id: {type: string}
responses:
  Things:
    description: Things.
    content:
      application/json:
        schema: {$ref: "#/schemas/Thing"}
"""


def complaint(tmp_path: Path, entry: str = ENTRY, **components: str) -> str:
    """What is said of a contract with this entry document and these component files."""
    root = tmp_path / "openapi"
    (root / "components").mkdir(parents=True)
    (root / "v3.yaml").write_text(entry, encoding="utf-8")
    for name, text in ({"things": THINGS} | components).items():
        (root / "components" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as error:
        Contract.load("v3", root=root)
    return str(error.value)


def test_a_sound_document_loads(tmp_path):
    root = tmp_path / "openapi"
    (root / "components").mkdir(parents=True)
    (root / "v3.yaml").write_text(ENTRY, encoding="utf-8")
    (root / "components" / "things.yaml").write_text(THINGS, encoding="utf-8")

    assert [operation.id for operation in Contract.load("v3", root=root).operations] == ["list_things"]


def test_a_reference_to_a_file_that_is_not_there(tmp_path):
    text = complaint(tmp_path, ENTRY.replace("things.yaml", "thing.yaml"))

    assert text == (
        "openapi/v3.yaml:13: $ref 'components/thing.yaml#/responses/Things' leads nowhere: "
        "there is no file 'components/thing.yaml'."
    )


def test_a_reference_to_a_component_that_is_not_there(tmp_path):
    text = complaint(tmp_path, things=THINGS.replace("#/schemas/Thing", "#/schemas/Think"))

    assert text == "openapi/components/things.yaml:11: $ref '#/schemas/Think' leads nowhere: there is no 'Think' in it."


def test_a_reference_into_a_component(tmp_path):
    text = complaint(tmp_path, things=THINGS.replace("#/schemas/Thing", "#/schemas/Thing/properties/id"))

    assert text.startswith("openapi/components/things.yaml:11: $ref '#/schemas/Thing/properties/id' must name a whole")


def test_an_unknown_key(tmp_path):
    text = complaint(tmp_path, ENTRY.replace("      summary:", "      sumary: x\n      summary:"))

    assert text == "openapi/v3.yaml:10: an OpenAPI operation has no key 'sumary'."


def test_an_unknown_key_in_a_schema_of_a_component_file(tmp_path):
    text = complaint(tmp_path, things=THINGS.replace("{type: string}", "{type: string, formt: uuid}"))

    assert text == "openapi/components/things.yaml:5: an OpenAPI schema has no key 'formt'."


def test_a_key_that_is_missing(tmp_path):
    text = complaint(tmp_path, ENTRY.replace("      operationId: list_things\n", ""))

    assert text == "openapi/v3.yaml:9: this operation lacks 'operationId'."


def test_an_operation_id_that_is_used_twice(tmp_path):
    again = dedent(ENTRY[ENTRY.index("  /things") :].replace("/things:", "/others:", 1))
    text = complaint(tmp_path, ENTRY + "".join(f"  {line}\n" for line in again.splitlines()))

    assert text == "openapi/v3.yaml:16: the operationId 'list_things' already belongs to GET /things."


def test_a_key_that_is_given_twice(tmp_path):
    text = complaint(tmp_path, ENTRY.replace("      tags:", "      summary: Again\n      tags:"))

    assert text == "openapi/v3.yaml:11: the key 'summary' is given twice."


def test_a_file_that_is_not_yaml(tmp_path):
    text = complaint(tmp_path, things=THINGS.replace("{type: string}", "{type: string"))

    assert text.startswith("openapi/components/things.yaml:6: ")


def test_a_list_where_a_mapping_belongs(tmp_path):
    text = complaint(tmp_path, ENTRY.replace("      tags: [ecf]", "      tags: [ecf]\n      parameters: {}"))

    assert text == "openapi/v3.yaml:12: 'parameters' must be a list."


def test_two_components_of_one_name(tmp_path):
    entry = ENTRY.rstrip("\n") + '\n        "404": {$ref: "components/others.yaml#/responses/Things"}\n'
    text = complaint(tmp_path, entry, others=THINGS)

    assert text == (
        "openapi/components/others.yaml:7: 'responses/Things' is also defined in openapi/components/things.yaml; "
        "rename one of them."
    )


def test_a_link_to_an_operation_that_is_not_there(tmp_path):
    links = "    links:\n      Show:\n        operationId: show_thing\n"
    text = complaint(tmp_path, things=THINGS + links)

    assert text == (
        "openapi/components/things.yaml:14: the link 'Show' leads to 'show_thing', which is no operation here."
    )


def test_an_edition_that_is_missing(tmp_path):
    text = complaint(tmp_path, ENTRY.replace('  x-edition: "2024-12"\n', ""))

    assert text == "openapi/v3.yaml:3: this info lacks 'x-edition'."
