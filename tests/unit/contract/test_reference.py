"""The reference pages in docs/contract/ are made from the contract as it is."""

import re
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.reference import pages, render

DOCS = Path(__file__).parents[3] / "docs" / "contract"


@pytest.mark.parametrize("name", ["v1.md", "v2.md", "v3.md"])
def test_the_committed_page_is_up_to_date(name):
    """If it is not: `lead-provider-conformance contract reference v3 > docs/contract/v3.md`, for each version."""
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name]


def test_there_is_a_page_for_each_version():
    assert set(pages()) == {"v1.md", "v2.md", "v3.md"}


def test_a_page_speaks_of_every_operation_and_schema(contract):
    text = render(contract)

    for operation in contract.operations:
        assert f"`{operation.method} {operation.path}` · `{operation.id}`" in text
    for name in contract.document["components"]["schemas"]:
        assert f"### {name}\n" in text


def test_every_link_of_a_page_leads_somewhere(contract):
    text = render(contract)

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(re.findall(r'<a id="([^"]+)"></a>', text))


def test_a_page_needs_no_network(contract):
    assert re.findall(r"https?://", render(contract)) == []


def test_a_page_says_what_it_was_made_from(contract):
    assert f"<!-- contract {Contract.load(contract.version).hash} -->" in render(contract)


def test_tables_hold_their_shape(contract):
    for block in re.split(r"\n\n+", render(contract)):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:2]


def test_what_belongs_to_an_edition_is_marked(v3):
    text = render(v3)

    assert "- `one-term-induction` since edition 2025-04." in text
    assert "`school_funded_fip` until edition 2025-04." in text
    assert re.search(r"`attributes\.created_at` \| .* \| Since edition 2025-04\. \|", text)
