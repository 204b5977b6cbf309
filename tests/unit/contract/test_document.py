"""`open_document` opens an API version or an OpenAPI file."""

import pytest

from lead_provider_conformance.cli.contract import as_yaml
from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.contract.contract import open_document
from lead_provider_conformance.resources import contract_root


def test_version_opens_its_bundled_document():
    assert open_document("v3") is Contract.load("v3").document


def test_file_without_references_opens_as_it_is(tmp_path, v3):
    path = tmp_path / "other.yaml"
    path.write_text(as_yaml(v3.document), encoding="utf-8")

    assert open_document(str(path)) == v3.document


def test_entry_document_is_bundled(v3):
    assert open_document(str(contract_root() / "v3.yaml")) == v3.document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("swagger: '2.0'\npaths: {}\n", "this is not an OpenAPI 3 document"),
        ("openapi: 3.0.3\ninfo: {}\n", "this is not an OpenAPI 3 document"),
        ("- 1\n", "this is not an OpenAPI 3 document"),
        ("openapi: 3.0.3\npaths:\n  /x: {$ref: a.yaml}\n", r"yaml:3: \$ref 'a.yaml' must name a component"),
        ("openapi: 3.0.3\npaths:\n  a: [\n", r"yaml:4: "),
    ],
)
def test_invalid_file_is_an_error(tmp_path, text, message):
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContractError, match=message):
        open_document(str(path))


def test_unknown_name_is_an_error():
    with pytest.raises(ContractError, match=r"'v9' is neither a document \(v1, v2, v3.*\) nor a file"):
        open_document("v9")
