"""Which records the states supply for requests made operation by operation: one row for each operation of a programme.

An operation without a row is tested by the scenarios and rules about it, and by no generated request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lead_provider_conformance.api import Api
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.records import BILLABLE, Participant
from lead_provider_conformance.states.dates import declaration_of


class Subject(StrEnum):
    """What the record is that an operation's path names."""

    NONE = "none"
    PARTICIPANT = "participant"
    DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class Row:
    """What an operation is about. `state` is claimed if the operation writes, and looked at if it reads.

    `ready` brings the record to where a valid request is accepted, again and again; it gives the id of the
    declaration that the next request can be about, where that is what the path names. `settled` says that it does:
    nothing but what is pinned in generated requests decides whether a valid one is accepted.
    """

    subject: Subject
    state: str
    ready: Callable[[Api, Participant, Calendar], str | None] | None = None
    settled: bool = False


def _nothing_declared(api: Api, participant: Participant, _calendar: Calendar) -> None:
    for declaration in api.declarations_about(participant):
        if declaration.state in BILLABLE:
            api.void(declaration.id)


def _active(api: Api, participant: Participant, _calendar: Calendar) -> None:
    if api.participant(participant).training_status != "active":
        api.resume(participant)


def _deferred(api: Api, participant: Participant, _calendar: Calendar) -> None:
    if api.participant(participant).training_status != "deferred":
        api.defer(participant)


def _started(api: Api, participant: Participant, calendar: Calendar) -> str:
    declared: str = api.declare(declaration_of(participant, "started", calendar)).resource["id"]
    return declared


ECF: Mapping[str, Row] = {
    "list_ecf_participants": Row(Subject.NONE, "ect.started"),
    "show_ecf_participant": Row(Subject.PARTICIPANT, "ect.started"),
    "defer_ecf_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _active, settled=True),
    "resume_ecf_participant": Row(Subject.PARTICIPANT, "ect.no-declarations", _deferred, settled=True),
    "withdraw_ecf_participant": Row(Subject.PARTICIPANT, "ect.started", _active, settled=True),
    "list_participant_declarations": Row(Subject.NONE, "ect.started"),
    "create_participant_declaration": Row(Subject.NONE, "ect.no-declarations", _nothing_declared, settled=True),
    "show_participant_declaration": Row(Subject.DECLARATION, "ect.started"),
    "void_participant_declaration": Row(Subject.DECLARATION, "ect.no-declarations", _started, settled=True),
}
ROWS: Mapping[str, Mapping[str, Row]] = {"ecf": ECF, "npq": {}}


def row(programme: str, operation: Operation) -> Row:
    """What an operation is about in a programme. Raises KeyError if the states cannot supply it."""
    return ROWS[programme][operation.id]


def supplied(operation: Operation) -> bool:
    """Whether the states can supply what the operation is about, in a programme that it belongs to."""
    return any(operation.id in ROWS[programme] for programme in operation.programmes)
