"""`x-editions` marks existing values with existing editions."""

from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar


def marked(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema that has `x-editions`."""
    if isinstance(node, dict):
        if "x-editions" in node:
            yield node
        for value in node.values():
            yield from marked(value)
    elif isinstance(node, list):
        for value in node:
            yield from marked(value)


def test_edition_of_the_contract_is_in_the_calendar(contract):
    assert contract.edition in Calendar.load().editions


def test_marked_values_and_editions_exist(contract):
    for schema in marked(contract.document):
        spans = schema["x-editions"]
        if "enum" in schema:
            assert set(spans) <= set(schema["enum"])
        else:
            spans = {"the member": spans}
        for span in spans.values():
            assert set(span) <= {"since", "until"}
            assert set(span.values()) <= set(Calendar.load().editions)


def test_values_of_april_2025_are_marked(v3):
    schemas = v3.document["components"]["schemas"]

    assert schemas["EcfEvidence"]["x-editions"]["one-term-induction"] == {"since": "2025-04"}
    assert schemas["EcfWithdrawReason"]["x-editions"]["school-left-fip"] == {"until": "2025-04"}
