"""Every operation of the ECT service: method, path and handler."""

from __future__ import annotations

from lead_provider_sandbox.http import partnerships as shared_partnerships
from lead_provider_sandbox.http import statements as shared_statements
from lead_provider_sandbox.http.ect import declarations, participants, partnerships, schools, statements
from lead_provider_sandbox.http.request import Handler, Operation

_TABLE: tuple[tuple[str, Handler], ...] = (
    ("GET participants", participants.list_participants),
    ("GET participants/{id}", participants.show_participant),
    ("PUT participants/{id}/withdraw", participants.withdraw),
    ("PUT participants/{id}/defer", participants.defer),
    ("PUT participants/{id}/resume", participants.resume),
    ("PUT participants/{id}/change-schedule", participants.change_schedule),
    ("GET participants/transfers", statements.list_transfers),
    ("GET participants/{id}/transfers", statements.show_transfers),
    ("GET participant-declarations", declarations.list_declarations),
    ("GET participant-declarations/{id}", declarations.show_declaration),
    ("POST participant-declarations", declarations.create_declaration),
    ("PUT participant-declarations/{id}/void", declarations.void_declaration),
    ("GET partnerships", partnerships.list_partnerships),
    ("GET partnerships/{id}", partnerships.show_partnership),
    ("POST partnerships", partnerships.create_partnership),
    ("PUT partnerships/{id}", partnerships.update_partnership),
    ("PATCH partnerships/{id}", partnerships.update_partnership),
    ("GET schools", schools.list_schools),
    ("GET schools/{id}", schools.show_school),
    ("GET delivery-partners", shared_partnerships.list_delivery_partners),
    ("GET delivery-partners/{id}", shared_partnerships.show_delivery_partner),
    ("GET statements", statements.list_statements),
    ("GET statements/{id}", statements.show_statement),
    ("GET unfunded-mentors", shared_statements.list_unfunded_mentors),
    ("GET unfunded-mentors/{id}", shared_statements.show_unfunded_mentor),
)


def _operation(endpoint: str, handler: Handler) -> Operation:
    method, path = endpoint.split(" ")
    return Operation("v3", method, f"/api/v3/{path}", frozenset({"ecf"}), handler)


OPERATIONS: tuple[Operation, ...] = tuple(_operation(*row) for row in _TABLE)
