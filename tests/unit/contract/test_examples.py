"""Every example in the documents is valid against its schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.bodies import SchemaCompiler, is_json
from lead_provider_conformance.contract.operation import resolve


def media_types(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in ("responses", "requestBodies"):
        for name, component in document["components"][kind].items():
            for media_type, media in component.get("content", {}).items():
                yield f"{kind}/{name} {media_type}", media


def test_examples_of_bodies_are_valid(any_contract):
    compiler = SchemaCompiler(any_contract.document)
    checked = 0
    for label, media in media_types(any_contract.document):
        schema = compiler.compile(media["schema"])
        for raw in media.get("examples", {}).values():
            value = resolve(any_contract.document, raw)["value"]
            assert [*schema.violations(value, "example"), *schema.undocumented(value)] == [], label
            checked += 1
    assert checked > 20


def test_examples_of_parameters_are_valid(any_contract):
    compiler = SchemaCompiler(any_contract.document)
    for parameter in any_contract.document["components"]["parameters"].values():
        assert [*compiler.compile(parameter["schema"]).violations(parameter["example"], "example")] == []


def test_examples_of_values_are_valid(any_contract):
    compiler = SchemaCompiler(any_contract.document)
    for schema in any_contract.document["components"]["schemas"].values():
        for value in schema.get("examples", ()):
            assert [*compiler.compile(schema).violations(value, "example")] == []


def test_every_success_has_an_example(any_contract):
    for operation in any_contract.operations:
        response = resolve(any_contract.document, operation.definition["responses"]["200"])
        of_json = [media for media_type, media in response["content"].items() if is_json(media_type)]
        assert not of_json or any("examples" in media for media in of_json), operation.id
