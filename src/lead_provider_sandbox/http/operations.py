"""Every operation of the original service: versions, programmes, method, path and handler."""

from __future__ import annotations

from collections.abc import Iterable

from lead_provider_sandbox.http import (
    applications,
    declarations,
    ecf_participants,
    npq_participants,
    partnerships,
    statements,
)
from lead_provider_sandbox.http.request import Handler, Operation

ECF = frozenset({"ecf"})
NPQ = frozenset({"npq"})
EITHER = ECF | NPQ

V1, V2, V3 = ("v1",), ("v2",), ("v3",)
V1_V2 = V1 + V2
ALL = V1_V2 + V3

_Row = tuple[tuple[str, ...], frozenset[str], str, Handler]

_TABLE: tuple[_Row, ...] = (
    (ALL, ECF, "GET participants/ecf", ecf_participants.list_participants),
    (V1_V2, ECF, "GET participants", ecf_participants.list_participants),
    (V1_V2, ECF, "GET participants/ecf.csv", ecf_participants.list_participants_csv),
    (V1_V2, ECF, "GET participants.csv", ecf_participants.list_participants_csv),
    (ALL, ECF, "GET participants/ecf/{id}", ecf_participants.show_participant),
    (ALL, ECF, "PUT participants/ecf/{id}/defer", ecf_participants.defer),
    (ALL, ECF, "PUT participants/ecf/{id}/resume", ecf_participants.resume),
    (ALL, ECF, "PUT participants/ecf/{id}/withdraw", ecf_participants.withdraw),
    (ALL, ECF, "PUT participants/ecf/{id}/change-schedule", ecf_participants.change_schedule),
    (V1, ECF, "PUT participants/{id}/defer", ecf_participants.defer),
    (V1, ECF, "PUT participants/{id}/resume", ecf_participants.resume),
    (V1, ECF, "PUT participants/{id}/withdraw", ecf_participants.withdraw),
    (V1, ECF, "PUT participants/{id}/change-schedule", ecf_participants.change_schedule),
    (V3, ECF, "GET participants/ecf/transfers", statements.list_transfers),
    (V3, ECF, "GET participants/ecf/{id}/transfers", statements.show_transfers),
    (ALL, EITHER, "GET participant-declarations", declarations.list_declarations),
    (V1_V2, EITHER, "GET participant-declarations.csv", declarations.list_declarations_csv),
    (ALL, EITHER, "GET participant-declarations/{id}", declarations.show_declaration),
    (ALL, EITHER, "POST participant-declarations", declarations.create_declaration),
    (ALL, EITHER, "PUT participant-declarations/{id}/void", declarations.void_declaration),
    (ALL, NPQ, "GET npq-applications", applications.list_applications),
    (V1_V2, NPQ, "GET npq-applications.csv", applications.list_applications_csv),
    (ALL, NPQ, "GET npq-applications/{id}", applications.show_application),
    (ALL, NPQ, "POST npq-applications/{id}/accept", applications.accept_application),
    (ALL, NPQ, "POST npq-applications/{id}/reject", applications.reject_application),
    (ALL, NPQ, "PUT npq-applications/{id}/change-funded-place", applications.change_funded_place),
    (ALL, NPQ, "GET participants/npq", npq_participants.list_participants),
    (ALL, NPQ, "GET participants/npq/{id}", npq_participants.show_participant),
    (ALL, NPQ, "PUT participants/npq/{id}/defer", npq_participants.defer),
    (ALL, NPQ, "PUT participants/npq/{id}/resume", npq_participants.resume),
    (ALL, NPQ, "PUT participants/npq/{id}/withdraw", npq_participants.withdraw),
    (ALL, NPQ, "PUT participants/npq/{id}/change-schedule", npq_participants.change_schedule),
    (ALL, NPQ, "GET participants/npq/outcomes", npq_participants.list_outcomes),
    (ALL, NPQ, "GET participants/npq/{participant_id}/outcomes", npq_participants.list_outcomes_of_participant),
    (ALL, NPQ, "POST participants/npq/{participant_id}/outcomes", npq_participants.create_outcome),
    (V2, NPQ, "GET npq-enrolments.csv", npq_participants.list_enrolments_csv),
    (V3, ECF, "GET partnerships/ecf", partnerships.list_partnerships),
    (V3, ECF, "GET partnerships/ecf/{id}", partnerships.show_partnership),
    (V3, ECF, "POST partnerships/ecf", partnerships.create_partnership),
    (V3, ECF, "PUT partnerships/ecf/{id}", partnerships.update_partnership),
    (V3, ECF, "PATCH partnerships/ecf/{id}", partnerships.update_partnership),
    (V3, ECF, "GET schools/ecf", partnerships.list_schools),
    (V3, ECF, "GET schools/ecf/{id}", partnerships.show_school),
    (V3, ECF, "GET delivery-partners", partnerships.list_delivery_partners),
    (V3, ECF, "GET delivery-partners/{id}", partnerships.show_delivery_partner),
    (V3, EITHER, "GET statements", statements.list_statements),
    (V3, EITHER, "GET statements/{id}", statements.show_statement),
    (V3, ECF, "GET unfunded-mentors/ecf", statements.list_unfunded_mentors),
    (V3, ECF, "GET unfunded-mentors/ecf/{id}", statements.show_unfunded_mentor),
)


def _operations(table: Iterable[_Row]) -> Iterable[Operation]:
    for versions, programmes, endpoint, handler in table:
        method, path = endpoint.split(" ")
        for version in versions:
            yield Operation(version, method, f"/api/{version}/{path}", programmes, handler)


OPERATIONS: tuple[Operation, ...] = tuple(_operations(_TABLE))
