"""Every operation of the ECT service: method, path and handler."""

from __future__ import annotations

from lead_provider_sandbox.http import partnerships, statements
from lead_provider_sandbox.http.request import Handler, Operation

_TABLE: tuple[tuple[str, Handler], ...] = (
    ("GET delivery-partners", partnerships.list_delivery_partners),
    ("GET delivery-partners/{id}", partnerships.show_delivery_partner),
    ("GET unfunded-mentors", statements.list_unfunded_mentors),
    ("GET unfunded-mentors/{id}", statements.show_unfunded_mentor),
)


def _operation(endpoint: str, handler: Handler) -> Operation:
    method, path = endpoint.split(" ")
    return Operation("v3", method, f"/api/v3/{path}", frozenset({"ecf"}), handler)


OPERATIONS: tuple[Operation, ...] = tuple(_operation(*row) for row in _TABLE)
