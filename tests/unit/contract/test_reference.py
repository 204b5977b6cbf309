"""Reference pages are complete and self-contained."""

import re

import pytest
from tools.contract.reference import render

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_names


@pytest.fixture(params=document_names())
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def contract(name: str) -> Contract:
    return Contract.load(name)


@pytest.fixture
def text(contract: Contract, name: str) -> str:
    return render(contract, f"openapi/{name}.yaml")


def test_page_has_every_operation_and_schema(contract, text):
    for operation in contract.operations:
        assert f"`{operation.method} {operation.path}` · `{operation.id}`" in text
    for name in contract.document["components"]["schemas"]:
        assert f"### {name}\n" in text


def test_every_link_has_an_anchor(text):
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(re.findall(r'<a id="([^"]+)"></a>', text))


def test_page_has_no_external_links(text):
    assert re.findall(r"https?://", text) == []


def test_page_names_the_edition_the_source_and_the_hash_of_the_contract(contract, name, text):
    assert f"Edition {contract.edition}, " in text
    assert f"Generated from `openapi/{name}.yaml`" in text
    assert f"<!-- contract {contract.hash} -->" in text


def test_rows_of_a_table_have_the_same_columns(text):
    for block in re.split(r"\n\n+", text):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:2]


def test_page_marks_values_of_one_edition(v3):
    text = render(v3, "openapi/v3.yaml")

    assert "- `one-term-induction` since edition 2025-04." in text
    assert "`school_funded_fip` until edition 2025-04." in text
    assert re.search(r"`attributes\.created_at` \| .* \| Since edition 2025-04\. \|", text)
