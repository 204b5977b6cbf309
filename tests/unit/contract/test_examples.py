"""Every example in the documents is valid against its schema."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.contract.bodies import SchemaCompiler, is_json
from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.resources import contract_root

OF_EDITIONS = sorted(contract_root().glob("20*/v*.yaml"))


@pytest.fixture(params=[*versions(), *(f"{path.parent.name}/{path.stem}" for path in OF_EDITIONS)])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each entry document in turn."""
    return Contract("v3", bundle(contract_root() / f"{request.param}.yaml"))


def media_types(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in ("responses", "requestBodies"):
        for name, component in document["components"][kind].items():
            for media_type, media in component.get("content", {}).items():
                yield f"{kind}/{name} {media_type}", media


def test_examples_of_bodies_are_valid(contract):
    compiler = SchemaCompiler(contract.document)
    checked = 0
    for label, media in media_types(contract.document):
        schema = compiler.compile(media["schema"])
        for raw in media.get("examples", {}).values():
            value = resolve(contract.document, raw)["value"]
            assert [*schema.violations(value, "example"), *schema.undocumented(value)] == [], label
            checked += 1
    assert checked > 20


def test_examples_of_parameters_are_valid(contract):
    compiler = SchemaCompiler(contract.document)
    for parameter in contract.document["components"]["parameters"].values():
        assert [*compiler.compile(parameter["schema"]).violations(parameter["example"], "example")] == []


def test_examples_of_values_are_valid(contract):
    compiler = SchemaCompiler(contract.document)
    for schema in contract.document["components"]["schemas"].values():
        for value in schema.get("examples", ()):
            assert [*compiler.compile(schema).violations(value, "example")] == []


def test_every_success_has_an_example(contract):
    for operation in contract.operations:
        response = resolve(contract.document, operation.definition["responses"]["200"])
        of_json = [media for media_type, media in response["content"].items() if is_json(media_type)]
        assert not of_json or any("examples" in media for media in of_json), operation.id
