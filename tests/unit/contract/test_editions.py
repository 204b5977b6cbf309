"""What came or went with an edition is marked with an edition that there is, and with a word that there is."""

from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar


def marked(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of a document that marks editions."""
    if isinstance(node, dict):
        if "x-editions" in node:
            yield node
        for value in node.values():
            yield from marked(value)
    elif isinstance(node, list):
        for value in node:
            yield from marked(value)


def test_the_edition_of_the_contract_is_one_of_the_calendar(contract):
    assert contract.edition in Calendar.load().editions


def test_words_of_an_edition_are_words_of_the_enumeration(contract):
    for schema in marked(contract.document):
        spans = schema["x-editions"]
        if "enum" in schema:
            assert set(spans) <= set(schema["enum"])
        else:
            spans = {"the member": spans}
        for span in spans.values():
            assert set(span) <= {"since", "until"}
            assert set(span.values()) <= set(Calendar.load().editions)


def test_the_words_of_april_2025_are_marked(v3):
    schemas = v3.document["components"]["schemas"]

    assert schemas["EcfEvidence"]["x-editions"]["one-term-induction"] == {"since": "2025-04"}
    assert schemas["EcfWithdrawReason"]["x-editions"]["school-left-fip"] == {"until": "2025-04"}
