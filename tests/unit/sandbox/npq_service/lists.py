"""Check every list and record of a sandbox of the NPQ service against the contract."""

from __future__ import annotations

from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.model import Scope

CONTRACT = Contract.of("2026-08", Scope("v3", "npq"))
LISTS = {
    "npq-applications": ("list_npq_applications", "show_npq_application"),
    "participants/npq": ("list_npq_participants", "show_npq_participant"),
    "participants/npq/outcomes": ("list_npq_outcomes", None),
    "participant-declarations": ("list_participant_declarations", "show_participant_declaration"),
    "delivery-partners": ("list_delivery_partners", "show_delivery_partner"),
    "statements": ("list_statements", "show_statement"),
}
"""The operations of each list and of its records."""


def violations(client: Any, *, records: bool = False) -> list[str]:
    """Return the violations of all lists, each read whole, and of single `records` if asked for."""
    found = []
    for path, (list_operation, show_operation) in LISTS.items():
        reply = client.get(path, {"page[per_page]": 3000})
        found += _check(list_operation, reply)
        if records and show_operation:
            for each in reply.data:
                found += _check(show_operation, client.get(f"{path}/{each['id']}"))
    return found


def _check(operation: str, reply: Any) -> list[str]:
    checked = CONTRACT.check_response(
        CONTRACT.operation(operation), reply.status, reply.headers.get("content-type"), reply.content
    )
    return [f"{operation}: {each}" for each in checked]
