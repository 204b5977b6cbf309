"""Every operation of the NPQ service: method, path and handler."""

from __future__ import annotations

from lead_provider_sandbox.http.npq_service import applications, declarations, delivery_partners, participants
from lead_provider_sandbox.http.request import Handler, Operation

_TABLE: tuple[tuple[str, Handler], ...] = (
    ("GET npq-applications", applications.list_applications),
    ("GET npq-applications/{id}", applications.show_application),
    ("POST npq-applications/{id}/accept", applications.accept_application),
    ("POST npq-applications/{id}/reject", applications.reject_application),
    ("PUT npq-applications/{id}/change-funded-place", applications.change_funded_place),
    ("GET participants/npq", participants.list_participants),
    ("GET participants/npq/outcomes", participants.list_outcomes),
    ("GET participants/npq/{id}", participants.show_participant),
    ("PUT participants/npq/{id}/withdraw", participants.withdraw),
    ("PUT participants/npq/{id}/defer", participants.defer),
    ("PUT participants/npq/{id}/resume", participants.resume),
    ("PUT participants/npq/{id}/change-schedule", participants.change_schedule),
    ("GET participants/npq/{id}/outcomes", participants.list_outcomes_of_participant),
    ("POST participants/npq/{id}/outcomes", participants.create_outcome),
    ("GET participant-declarations", declarations.list_declarations),
    ("POST participant-declarations", declarations.create_declaration),
    ("GET participant-declarations/{id}", declarations.show_declaration),
    ("PUT participant-declarations/{id}/void", declarations.void_declaration),
    ("PUT participant-declarations/{id}/change-delivery-partner", declarations.change_partner),
    ("GET delivery-partners", delivery_partners.list_delivery_partners),
    ("GET delivery-partners/{id}", delivery_partners.show_delivery_partner),
    ("GET statements", delivery_partners.list_statements),
    ("GET statements/{id}", delivery_partners.show_statement),
)


def _operation(endpoint: str, handler: Handler) -> Operation:
    method, path = endpoint.split(" ")
    return Operation("v3", method, f"/api/v3/{path}", frozenset({"npq"}), handler)


OPERATIONS: tuple[Operation, ...] = tuple(_operation(*row) for row in _TABLE)
