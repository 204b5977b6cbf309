"""The subject of each operation: the record that generated requests to it need, and how to prepare it.

Operations without a subject get no generated requests: scenarios and rules test them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import BILLABLE, Participant
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, require_success

Prepare = Callable[[Api, Participant, Calendar], str | None]
Allows = Callable[[Mapping[str, Any], Participant, Calendar], bool]
SUCCESSORS = "2026-08"
"""The first edition of which each programme has a service of its own."""


class Subject(StrEnum):
    """The kind of record that an operation's path names."""

    NONE = "none"
    PARTICIPANT = "participant"
    DECLARATION = "declaration"
    APPLICATION = "application"
    SCHOOL = "school"
    """None in the path: the body names a school."""
    LISTED = "listed"
    """A record of the list at the same path without the id."""


@dataclass(frozen=True, slots=True)
class OperationSubject:
    """The subject of an operation. Operations that write claim a record in `state`; others only look at one.

    `prepare` brings the record to where a valid request is accepted, any number of times. It returns the id of a new
    declaration where the path names one. With `accepts`, a valid request is then always accepted: pinned values
    rule out every other reason to refuse it. With `accepts_once`, only the first valid request is accepted. `allows`
    says whether the record's cohort and course allow the attributes of a valid request. With `names_partner`, the body
    names a delivery partner of the record's cohort. A record in one of the states `spares` will do as well.
    """

    subject: Subject
    state: str
    prepare: Prepare | None = None
    accepts: bool = False
    accepts_once: bool = False
    allows: Allows | None = None
    names_partner: bool = False
    spares: tuple[str, ...] = ()


def _require_change(response: Response, previous: str | None) -> None:
    """Raise PreparationRefusedError if the server refused a change of a `previous` value that it shows.

    Where a version does not show the value, the record may have needed no change.
    """
    if previous is not None:
        require_success(response)


def _void_all(api: Api, participant: Participant, _calendar: Calendar) -> None:
    for declaration in api.declarations_about(participant):
        if declaration.state in BILLABLE:
            _require_change(api.void(declaration.id), declaration.state)


def _in_training_status(status: str, change: Callable[[Api, Participant], Response]) -> Prepare:
    def prepare(api: Api, participant: Participant, _calendar: Calendar) -> None:
        current = api.participant(participant).training_status
        if current != status:
            _require_change(change(api, participant), current)

    return prepare


_resume = _in_training_status("active", Api.resume)
_defer = _in_training_status("deferred", Api.defer)


def _start(api: Api, participant: Participant, calendar: Calendar) -> str:
    declared = require_success(api.declare(declaration_of(participant, "started", calendar)))
    return str(declared.resource["id"])


def _start_once(api: Api, participant: Participant, calendar: Calendar) -> str:
    """Return the id of the participant's live started declaration, made if there is none."""
    live = [each for each in api.declarations_about(participant) if each.state in BILLABLE and each.type == "started"]
    return live[0].id if live else _start(api, participant, calendar)


def _require_training(api: Api, participant: Participant, _calendar: Calendar) -> None:
    """Raise PreparationRefusedError unless the participant has been in training since before today."""
    current = api.participant(participant)
    if current.training_status != "active":
        raise PreparationRefusedError(f"the participant is {current.training_status} until tomorrow")
    now = api.client.server_date.now or api.client.server_time
    if now is not None and current.updated_at.date() >= now.date():
        raise PreparationRefusedError("the participant was updated today, so that the training may have begun today")


def _allows_evidence(attributes: Mapping[str, Any], participant: Participant, calendar: Calendar) -> bool:
    """Return whether a declaration has the evidence that the cohort, the course and the type need, and no other."""
    kind = str(attributes.get("declaration_type"))
    listed = calendar.evidence(participant.cohort_year or 0, participant.course, kind).values
    given = attributes.get("evidence_held")
    return given in listed if listed else given is None


def _names_needed_partner(attributes: Mapping[str, Any], participant: Participant, _calendar: Calendar) -> bool:
    """Return whether a declaration names a delivery partner if, and only if, it needs one."""
    return ("delivery_partner_id" in attributes) is bool(participant.delivery_partners)


# By programme, the operations that change data, in editions 2024-12 and 2025-04.
_CHANGES: Mapping[str, Mapping[str, OperationSubject]] = {
    "ecf": {
        "defer_ecf_participant": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations", _resume, accepts=True),
        "resume_ecf_participant": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations", _defer, accepts=True),
        "withdraw_ecf_participant": OperationSubject(Subject.PARTICIPANT, "ect.started", _resume, accepts=True),
        "change_ecf_participant_schedule": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations"),
        "create_participant_declaration": OperationSubject(
            Subject.NONE, "ect.no-declarations", _void_all, accepts=True
        ),
        "void_participant_declaration": OperationSubject(
            Subject.DECLARATION, "ect.no-declarations", _start, accepts=True
        ),
        "legacy_defer_participant": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations", _resume, accepts=True),
        "legacy_resume_participant": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations", _defer, accepts=True),
        "legacy_withdraw_participant": OperationSubject(Subject.PARTICIPANT, "ect.started", _resume, accepts=True),
        "legacy_change_participant_schedule": OperationSubject(Subject.PARTICIPANT, "ect.no-declarations"),
        "create_ecf_partnership": OperationSubject(Subject.SCHOOL, "ect.started", accepts_once=True),
        "update_ecf_partnership": OperationSubject(Subject.LISTED, "ect.started"),
    },
    "npq": {
        "defer_npq_participant": OperationSubject(Subject.PARTICIPANT, "npq.started", _resume, accepts=True),
        "resume_npq_participant": OperationSubject(Subject.PARTICIPANT, "npq.started", _defer, accepts=True),
        "withdraw_npq_participant": OperationSubject(Subject.PARTICIPANT, "npq.started", _resume, accepts=True),
        "change_npq_participant_schedule": OperationSubject(Subject.PARTICIPANT, "npq.no-declarations"),
        "create_npq_participant_outcome": OperationSubject(Subject.PARTICIPANT, "npq.started"),
        "accept_npq_application": OperationSubject(Subject.APPLICATION, "application.pending"),
        "reject_npq_application": OperationSubject(Subject.APPLICATION, "application.pending"),
        "change_npq_application_funded_place": OperationSubject(
            Subject.APPLICATION, "application.accepted", accepts=True
        ),
        "create_participant_declaration": OperationSubject(
            Subject.NONE, "npq.no-declarations", _void_all, accepts=True
        ),
        "void_participant_declaration": OperationSubject(
            Subject.DECLARATION, "npq.no-declarations", _start, accepts=True
        ),
    },
}
# A participant whose training has stopped: valid requests are not sent, and all others are.
_STOPPED = ("ect.withdrawn-before-a-window",)
# The same in the services of edition 2026-08.
_CHANGES_IN_SUCCESSORS: Mapping[str, Mapping[str, OperationSubject]] = {
    "ecf": {
        "defer_ecf_participant": OperationSubject(
            Subject.PARTICIPANT, "ect.in-training", _require_training, accepts_once=True, spares=_STOPPED
        ),
        "resume_ecf_participant": OperationSubject(Subject.PARTICIPANT, "ect.in-training", spares=_STOPPED),
        "withdraw_ecf_participant": OperationSubject(
            Subject.PARTICIPANT,
            "mentor.in-training",
            _require_training,
            accepts_once=True,
            spares=("ect.in-training", *_STOPPED),
        ),
        "change_ecf_participant_schedule": OperationSubject(
            Subject.PARTICIPANT, "ect.no-declarations", spares=("ect.undecided",)
        ),
        "create_participant_declaration": OperationSubject(
            Subject.NONE,
            "ect.no-declarations",
            _void_all,
            accepts=True,
            allows=_allows_evidence,
            spares=("ect.undecided",),
        ),
        "void_participant_declaration": OperationSubject(
            Subject.DECLARATION, "ect.no-declarations", _start, accepts=True, spares=("ect.undecided",)
        ),
        "create_ecf_partnership": OperationSubject(Subject.SCHOOL, "ect.started", accepts_once=True),
        "update_ecf_partnership": OperationSubject(Subject.LISTED, "ect.started"),
    },
    "npq": {
        **_CHANGES["npq"],
        "create_participant_declaration": OperationSubject(
            Subject.NONE,
            "npq.no-declarations",
            _void_all,
            accepts=True,
            allows=_names_needed_partner,
            names_partner=True,
        ),
        "change_participant_declaration_delivery_partner": OperationSubject(
            Subject.DECLARATION, "npq.no-declarations", _start_once, names_partner=True
        ),
    },
}
# The state of the records that the other operations only read.
_READ_STATES = {"ecf": "ect.started", "npq": "npq.started"}


def subject_of(edition: str, programme: str, operation: Operation) -> OperationSubject:
    """Return the subject of an operation in an edition and programme. Raise KeyError if it has none."""
    if operation.method == "GET":
        return OperationSubject(_subject_in(operation.path), _READ_STATES[programme])
    return _changes(edition, programme)[operation.id]


def has_subject(edition: str, programme: str, operation: Operation) -> bool:
    """Return whether an operation belongs to a programme and has a subject in it."""
    is_known = operation.method == "GET" or operation.id in _changes(edition, programme)
    return programme in operation.programmes and is_known


def _changes(edition: str, programme: str) -> Mapping[str, OperationSubject]:
    return (_CHANGES_IN_SUCCESSORS if edition >= SUCCESSORS else _CHANGES)[programme]


def _subject_in(path: str) -> Subject:
    if "{" not in path:
        return Subject.NONE
    if "/participant-declarations/" in path:
        return Subject.DECLARATION
    return Subject.PARTICIPANT if "/participants/" in path and "/transfers" not in path else Subject.LISTED
