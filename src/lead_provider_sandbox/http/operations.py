"""Every operation of the API: its method, its path, who may call it, and what it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lead_provider_sandbox.http import applications, declarations, ecf_participants, npq, partnerships
from lead_provider_sandbox.http import statements as readings
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.responses import Answer
from lead_provider_sandbox.parts import Part

Handler = Part[Call, [], Answer]
"""What an operation does."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one version. `programmes` are those that a caller must deliver, any one of them."""

    version: str
    method: str
    path: str
    programmes: frozenset[str]
    handler: Handler

    @property
    def id(self) -> str:
        """A name for people: method and path."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it may change anything."""
        return self.method != "GET"


ECF = frozenset({"ecf"})
NPQ = frozenset({"npq"})
EITHER = ECF | NPQ

V1, V2, V3 = ("v1",), ("v2",), ("v3",)
OLD = V1 + V2
ALL = OLD + V3

_Row = tuple[tuple[str, ...], frozenset[str], str, Handler]

_TABLE: tuple[_Row, ...] = (
    (ALL, ECF, "GET participants/ecf", ecf_participants.list_participants),
    (OLD, ECF, "GET participants", ecf_participants.list_participants),
    (OLD, ECF, "GET participants/ecf.csv", ecf_participants.list_participants_csv),
    (OLD, ECF, "GET participants.csv", ecf_participants.list_participants_csv),
    (ALL, ECF, "GET participants/ecf/{id}", ecf_participants.show_participant),
    (ALL, ECF, "PUT participants/ecf/{id}/defer", ecf_participants.defer),
    (ALL, ECF, "PUT participants/ecf/{id}/resume", ecf_participants.resume),
    (ALL, ECF, "PUT participants/ecf/{id}/withdraw", ecf_participants.withdraw),
    (ALL, ECF, "PUT participants/ecf/{id}/change-schedule", ecf_participants.change_schedule),
    (V1, ECF, "PUT participants/{id}/defer", ecf_participants.defer),
    (V1, ECF, "PUT participants/{id}/resume", ecf_participants.resume),
    (V1, ECF, "PUT participants/{id}/withdraw", ecf_participants.withdraw),
    (V1, ECF, "PUT participants/{id}/change-schedule", ecf_participants.change_schedule),
    (V3, ECF, "GET participants/ecf/transfers", readings.list_transfers),
    (V3, ECF, "GET participants/ecf/{id}/transfers", readings.show_transfers),
    (ALL, EITHER, "GET participant-declarations", declarations.list_declarations),
    (OLD, EITHER, "GET participant-declarations.csv", declarations.list_declarations_csv),
    (ALL, EITHER, "GET participant-declarations/{id}", declarations.show_declaration),
    (ALL, EITHER, "POST participant-declarations", declarations.create_declaration),
    (ALL, EITHER, "PUT participant-declarations/{id}/void", declarations.void_declaration),
    (ALL, NPQ, "GET npq-applications", applications.list_applications),
    (OLD, NPQ, "GET npq-applications.csv", applications.list_applications_csv),
    (ALL, NPQ, "GET npq-applications/{id}", applications.show_application),
    (ALL, NPQ, "POST npq-applications/{id}/accept", applications.accept_application),
    (ALL, NPQ, "POST npq-applications/{id}/reject", applications.reject_application),
    (ALL, NPQ, "PUT npq-applications/{id}/change-funded-place", applications.change_funded_place),
    (ALL, NPQ, "GET participants/npq", npq.list_participants),
    (ALL, NPQ, "GET participants/npq/{id}", npq.show_participant),
    (ALL, NPQ, "PUT participants/npq/{id}/defer", npq.defer),
    (ALL, NPQ, "PUT participants/npq/{id}/resume", npq.resume),
    (ALL, NPQ, "PUT participants/npq/{id}/withdraw", npq.withdraw),
    (ALL, NPQ, "PUT participants/npq/{id}/change-schedule", npq.change_schedule),
    (ALL, NPQ, "GET participants/npq/outcomes", npq.list_outcomes),
    (ALL, NPQ, "GET participants/npq/{participant_id}/outcomes", npq.list_outcomes_of_participant),
    (ALL, NPQ, "POST participants/npq/{participant_id}/outcomes", npq.create_outcome),
    (V2, NPQ, "GET npq-enrolments.csv", npq.list_enrolments_csv),
    (V3, ECF, "GET partnerships/ecf", partnerships.list_partnerships),
    (V3, ECF, "GET partnerships/ecf/{id}", partnerships.show_partnership),
    (V3, ECF, "POST partnerships/ecf", partnerships.create_partnership),
    (V3, ECF, "PUT partnerships/ecf/{id}", partnerships.update_partnership),
    (V3, ECF, "PATCH partnerships/ecf/{id}", partnerships.update_partnership),
    (V3, ECF, "GET schools/ecf", partnerships.list_schools),
    (V3, ECF, "GET schools/ecf/{id}", partnerships.show_school),
    (V3, ECF, "GET delivery-partners", partnerships.list_delivery_partners),
    (V3, ECF, "GET delivery-partners/{id}", partnerships.show_delivery_partner),
    (V3, EITHER, "GET statements", readings.list_statements),
    (V3, EITHER, "GET statements/{id}", readings.show_statement),
    (V3, ECF, "GET unfunded-mentors/ecf", readings.list_unfunded_mentors),
    (V3, ECF, "GET unfunded-mentors/ecf/{id}", readings.show_unfunded_mentor),
)


def _operations(table: Iterable[_Row]) -> Iterable[Operation]:
    for versions, programmes, written, handler in table:
        method, path = written.split(" ")
        for version in versions:
            yield Operation(version, method, f"/api/{version}/{path}", programmes, handler)


OPERATIONS: tuple[Operation, ...] = tuple(_operations(_TABLE))
