"""Which records the states supply for requests made operation by operation: one row for each operation of a programme.

An operation without a row is tested by the scenarios and rules about it, and by no generated request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import BILLABLE, Participant
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.testdata.dates import declaration_of


class Subject(StrEnum):
    """What the record is that an operation's path names."""

    NONE = "none"
    PARTICIPANT = "participant"
    DECLARATION = "declaration"
    APPLICATION = "application"
    SCHOOL = "school"
    """Nothing: it is a school that the body names."""
    LISTED = "listed"
    """A record of the list that the path without its id answers with."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an operation is about. `state` is claimed if the operation writes, and looked at if it reads.

    `ready` brings the record to where a valid request is accepted, again and again; it gives the id of the
    declaration that the next request can be about, where that is what the path names. `settled` says that it does:
    nothing but what is pinned in generated requests decides whether a valid one is accepted. `once` says so of the
    first.
    """

    subject: Subject
    state: str
    ready: Callable[[Api, Participant, Calendar], str | None] | None = None
    settled: bool = False
    once: bool = False


def _taken(response: Response, was: str | None) -> None:
    """Raise IncompleteResponse if the server has refused what was to make the record ready, and needed.

    Where a version does not show how a participant `was`, they may have been ready before.
    """
    if response.status != 200 and was is not None:
        raise IncompleteResponse(f"it was refused: {response!r}")


def _nothing_declared(api: Api, participant: Participant, _calendar: Calendar) -> None:
    for declaration in api.declarations_about(participant):
        if declaration.state in BILLABLE:
            _taken(api.void(declaration.id), declaration.state)


def _active(api: Api, participant: Participant, _calendar: Calendar) -> None:
    status = api.participant(participant).training_status
    if status != "active":
        _taken(api.resume(participant), status)


def _deferred(api: Api, participant: Participant, _calendar: Calendar) -> None:
    status = api.participant(participant).training_status
    if status != "deferred":
        _taken(api.defer(participant), status)


def _started(api: Api, participant: Participant, calendar: Calendar) -> str:
    declared: str = api.declare(declaration_of(participant, "started", calendar)).resource["id"]
    return declared


_ECF: Mapping[str, Row] = {
    "list_ecf_participants": Row(Subject.NONE, "ect.started"),
    "list_ecf_participants_csv": Row(Subject.NONE, "ect.started"),
    "show_ecf_participant": Row(Subject.PARTICIPANT, "ect.started"),
    "defer_ecf_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _active, settled=True),
    "resume_ecf_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _deferred, settled=True),
    "withdraw_ecf_participant": Row(Subject.PARTICIPANT, "ect.started", _active, settled=True),
    "change_ecf_participant_schedule": Row(Subject.PARTICIPANT, "ect.no-declarations"),
    "list_ecf_participant_transfers": Row(Subject.NONE, "ect.started"),
    "show_ecf_participant_transfers": Row(Subject.LISTED, "ect.started"),
    "list_participant_declarations": Row(Subject.NONE, "ect.started"),
    "list_participant_declarations_csv": Row(Subject.NONE, "ect.started"),
    "create_participant_declaration": Row(Subject.NONE, "ect.no-declarations", _nothing_declared, settled=True),
    "show_participant_declaration": Row(Subject.DECLARATION, "ect.started"),
    "void_participant_declaration": Row(Subject.DECLARATION, "ect.no-declarations", _started, settled=True),
    "legacy_list_participants": Row(Subject.NONE, "ect.started"),
    "legacy_list_participants_csv": Row(Subject.NONE, "ect.started"),
    "legacy_defer_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _active, settled=True),
    "legacy_resume_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _deferred, settled=True),
    "legacy_withdraw_participant": Row(Subject.PARTICIPANT, "ect.started", _active, settled=True),
    "legacy_change_participant_schedule": Row(Subject.PARTICIPANT, "ect.no-declarations"),
    "list_ecf_schools": Row(Subject.NONE, "ect.started"),
    "show_ecf_school": Row(Subject.LISTED, "ect.started"),
    "list_ecf_partnerships": Row(Subject.NONE, "ect.started"),
    "create_ecf_partnership": Row(Subject.SCHOOL, "ect.started", once=True),
    "update_ecf_partnership": Row(Subject.LISTED, "ect.started"),
    "show_ecf_partnership": Row(Subject.LISTED, "ect.started"),
    "list_delivery_partners": Row(Subject.NONE, "ect.started"),
    "show_delivery_partner": Row(Subject.LISTED, "ect.started"),
    "list_ecf_unfunded_mentors": Row(Subject.NONE, "ect.started"),
    "show_ecf_unfunded_mentor": Row(Subject.LISTED, "ect.started"),
    "list_statements": Row(Subject.NONE, "ect.started"),
    "show_statement": Row(Subject.LISTED, "ect.started"),
}
_NPQ: Mapping[str, Row] = {
    "list_npq_participants": Row(Subject.NONE, "npq.started"),
    "show_npq_participant": Row(Subject.PARTICIPANT, "npq.started"),
    "defer_npq_participant": Row(Subject.PARTICIPANT, "npq.started", _active, settled=True),
    "resume_npq_participant": Row(Subject.PARTICIPANT, "npq.started", _deferred, settled=True),
    "withdraw_npq_participant": Row(Subject.PARTICIPANT, "npq.started", _active, settled=True),
    "change_npq_participant_schedule": Row(Subject.PARTICIPANT, "npq.no-declarations"),
    "list_npq_enrolments_csv": Row(Subject.NONE, "npq.started"),
    "list_statements": Row(Subject.NONE, "npq.started"),
    "show_statement": Row(Subject.LISTED, "npq.started"),
    "list_npq_outcomes": Row(Subject.NONE, "npq.started"),
    "list_npq_participant_outcomes": Row(Subject.PARTICIPANT, "npq.started"),
    "create_npq_participant_outcome": Row(Subject.PARTICIPANT, "npq.started"),
    "list_npq_applications": Row(Subject.NONE, "npq.started"),
    "list_npq_applications_csv": Row(Subject.NONE, "npq.started"),
    "show_npq_application": Row(Subject.LISTED, "npq.started"),
    "accept_npq_application": Row(Subject.APPLICATION, "application.pending"),
    "reject_npq_application": Row(Subject.APPLICATION, "application.pending"),
    "change_npq_application_funded_place": Row(Subject.APPLICATION, "application.accepted", settled=True),
    "list_participant_declarations": Row(Subject.NONE, "npq.started"),
    "list_participant_declarations_csv": Row(Subject.NONE, "npq.started"),
    "create_participant_declaration": Row(Subject.NONE, "npq.no-declarations", _nothing_declared, settled=True),
    "show_participant_declaration": Row(Subject.DECLARATION, "npq.started"),
    "void_participant_declaration": Row(Subject.DECLARATION, "npq.no-declarations", _started, settled=True),
}
ROWS: Mapping[str, Mapping[str, Row]] = {"ecf": _ECF, "npq": _NPQ}


def row(programme: str, operation: Operation) -> Row:
    """What an operation is about in a programme. Raises KeyError if the states cannot supply it."""
    return ROWS[programme][operation.id]


def supplied(programme: str, operation: Operation) -> bool:
    """Whether the states can supply what the operation is about in a programme that it belongs to."""
    return programme in operation.programmes and operation.id in ROWS[programme]
