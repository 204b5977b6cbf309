"""The subject of each operation: the record that generated requests to it need, and how to prepare it.

Operations without a subject get no generated requests: scenarios and rules test them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import BILLABLE, Participant
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import require_success

Prepare = Callable[[Api, Participant, Calendar], str | None]


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
    rule out every other reason to refuse it. With `accepts_once`, only the first valid request is accepted.
    """

    subject: Subject
    state: str
    prepare: Prepare | None = None
    accepts: bool = False
    accepts_once: bool = False


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


# By programme, the operations that change data.
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
        "change_participant_declaration_delivery_partner": OperationSubject(
            Subject.DECLARATION, "npq.no-declarations", _start_once, accepts=True
        ),
    },
}
# The same for actions of the ECT service. It resumes nobody on the day of a deferral, and defers nobody whose training
# has changed today: a rule may refuse any valid request.
_ACTIONS_OF_ECT_SERVICE: Mapping[str, OperationSubject] = {
    f"{action}_ecf_participant": OperationSubject(Subject.PARTICIPANT, "ect.in-training")
    for action in ("defer", "resume", "withdraw")
}
# The state of the records that the other operations only read.
_READ_STATES = {"ecf": "ect.started", "npq": "npq.started"}


def subject_of(programme: str, operation: Operation) -> OperationSubject:
    """Return the subject of an operation in a programme. Raise KeyError if it has none."""
    if operation.method == "GET":
        return OperationSubject(_subject_in(operation.path), _READ_STATES[programme])
    if operation.id in _ACTIONS_OF_ECT_SERVICE and "/ecf/" not in operation.path:
        return _ACTIONS_OF_ECT_SERVICE[operation.id]
    return _CHANGES[programme][operation.id]


def has_subject(programme: str, operation: Operation) -> bool:
    """Return whether an operation belongs to a programme and has a subject in it."""
    return programme in operation.programmes and (operation.method == "GET" or operation.id in _CHANGES[programme])


def _subject_in(path: str) -> Subject:
    if "{" not in path:
        return Subject.NONE
    if "/participant-declarations/" in path:
        return Subject.DECLARATION
    return Subject.PARTICIPANT if "/participants/" in path and "/transfers" not in path else Subject.LISTED
