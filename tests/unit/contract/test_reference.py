"""Reference pages are complete and self-contained."""

import re

from tools.contract.reference import render

from lead_provider_conformance.contract import Contract


def test_page_has_every_operation_and_schema(contract):
    text = render(contract)

    for operation in contract.operations:
        assert f"`{operation.method} {operation.path}` · `{operation.id}`" in text
    for name in contract.document["components"]["schemas"]:
        assert f"### {name}\n" in text


def test_every_link_has_an_anchor(contract):
    text = render(contract)

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(re.findall(r'<a id="([^"]+)"></a>', text))


def test_page_has_no_external_links(contract):
    assert re.findall(r"https?://", render(contract)) == []


def test_page_names_the_hash_of_the_contract(contract):
    assert f"<!-- contract {Contract.load(contract.version).hash} -->" in render(contract)


def test_rows_of_a_table_have_the_same_columns(contract):
    for block in re.split(r"\n\n+", render(contract)):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:2]


def test_page_marks_values_of_one_edition(v3):
    text = render(v3)

    assert "- `one-term-induction` since edition 2025-04." in text
    assert "`school_funded_fip` until edition 2025-04." in text
    assert re.search(r"`attributes\.created_at` \| .* \| Since edition 2025-04\. \|", text)
