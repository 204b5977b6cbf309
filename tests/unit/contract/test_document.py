"""`open_document` opens a document of the contract, a part of one, or an OpenAPI file."""

import pytest

from lead_provider_conformance.cli.contract import as_yaml
from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.contract.documents import open_document, reference_page
from lead_provider_conformance.contract.excerpt import excerpt
from lead_provider_conformance.model import UsageError
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


def test_names_are_the_versions_and_the_documents_of_the_services():
    assert document_names() == ("v1", "v2", "v3", "2026-08/v3-ecf", "2026-08/v3-npq")


def test_document_of_a_service_opens_by_edition_and_programme():
    assert open_document("2026-08/v3-npq") is Contract.load("2026-08/v3-npq").document


@pytest.mark.parametrize(
    ("name", "edition", "programme"),
    [("v3-ecf", None, "ecf"), ("2025-04/v3", "2025-04", None), ("2024-12/v3-npq", "2024-12", "npq")],
)
def test_part_of_a_version_is_an_excerpt(v3, name, edition, programme):
    assert open_document(name) == excerpt(v3.document, edition=edition, programme=programme)


@pytest.mark.parametrize("name", ["v9", "v3-dental", "2025-04/v9", "2025-04/v3-dental", "v3/ecf", "other.yaml"])
def test_unknown_name_is_an_error(name):
    with pytest.raises(ContractError) as error:
        open_document(name)

    assert str(error.value) == (
        f"'{name}' is neither a document (v1, v2, v3, 2026-08/v3-ecf, 2026-08/v3-npq) nor a file; give one of these."
    )


def test_unknown_edition_is_an_error():
    with pytest.raises(UsageError, match="There is no edition 2027-01 of the contract; choose 2024-12"):
        open_document("2027-01/v3-ecf")


@pytest.mark.parametrize("name", ["2026-08/v3", "2026-08/v1", "2026-08/v1-ecf"])
def test_edition_with_documents_of_its_own_names_them(name):
    with pytest.raises(ContractError) as error:
        open_document(name)

    assert str(error.value) == (
        f"There is no document '{name}'. Edition 2026-08 has 2026-08/v3-ecf and 2026-08/v3-npq; give one of these."
    )


def test_reference_page_is_named_after_edition_and_programme():
    assert reference_page("v2") == "v2.md"
    assert reference_page("2026-08/v3-npq") == "2026-08-npq.md"
