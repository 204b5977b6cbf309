"""Participants and declarations, computed from the events for every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .events import Event, EventLog, stable_id

# The state of a declaration after voiding, by its state before. Other states cannot be voided.
VOIDED = {
    "submitted": "voided",
    "eligible": "voided",
    "payable": "voided",
    "ineligible": "voided",
    "paid": "awaiting-clawback",
}
LIVE = ("submitted", "eligible", "payable", "paid")
# Each action with the statuses from which it is allowed, and the status after it.
TRAINING = {
    "defer": (("active",), "deferred"),
    "resume": (("deferred", "withdrawn"), "active"),
    "withdraw": (("active", "deferred"), "withdrawn"),
}


def format_time(time: datetime) -> str:
    """Return a time in the format of the API."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Training:
    """A participant's training on one course."""

    registered: Mapping[str, Any]
    created_at: datetime
    status: str = "active"
    reason: str = ""
    since: datetime | None = None

    def status_note(self, status: str) -> dict[str, str] | None:
        """Return the reason and the date of a status if the training has it."""
        return (
            {"reason": self.reason, "date": format_time(self.since)} if self.since and self.status == status else None
        )


@dataclass
class Person:
    """A participant."""

    id: str
    name: str
    number: str
    provider: str
    created_at: datetime
    updated_at: datetime
    training: dict[str, Training] = field(default_factory=dict)
    known_as: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass
class Declaration:
    """A declaration with its state."""

    id: str
    provider: str
    declared: Mapping[str, Any]
    date: datetime
    state: str
    cohort: str
    mentor: str | None
    partner: str
    uplift: bool
    created_at: datetime
    updated_at: datetime

    def is_about(self, person: str, course: str) -> bool:
        """Return whether it is about this participant and course."""
        return (self.declared["participant_id"], self.declared["course_identifier"]) == (person, course)


class Snapshot:
    """All participants and declarations after the events of a log."""

    def __init__(self, log: EventLog) -> None:
        self.people: dict[str, Person] = {}
        self.declarations: dict[str, Declaration] = {}
        for event in log:
            self._apply(event)

    def _apply(self, event: Event) -> None:
        details = event.details
        match event.kind:
            case "registered":
                person = Person(
                    event.subject, details["name"], details["number"], details["provider"], event.at, event.at
                )
                person = self.people.setdefault(event.subject, person)
                person.training[event.course] = Training(details, event.at)
                person.updated_at = event.at
            case "known-as":
                self.people[event.subject].known_as.insert(0, (details["before"], event.at))
            case "declared":
                training = self.people[details["participant_id"]].training[details["course_identifier"]].registered
                state = "eligible" if training["eligible"] else "submitted"
                self.declarations[event.subject] = Declaration(
                    event.subject,
                    details["provider"],
                    details,
                    details["date"],
                    state,
                    training["cohort"],
                    training["mentor"],
                    training["partner"],
                    training["uplift"],
                    event.at,
                    event.at,
                )
                self._change_mentor_funding(details, event.at)
            case "settled" | "voided":
                declaration = self.declarations[event.subject]
                declaration.state = details["state"] if event.kind == "settled" else VOIDED[declaration.state]
                declaration.updated_at = event.at
                self._change_mentor_funding(declaration.declared, event.at)
            case action:
                person = self.people[event.subject]
                training = person.training[event.course]
                training.status, training.since = TRAINING[action][1], event.at
                training.reason = details.get("reason", "")
                person.updated_at = event.at

    def _change_mentor_funding(self, declared: Any, at: datetime) -> None:
        """Note that a mentor's completed declaration changes the end of their funding, which the API shows."""
        if (declared["course_identifier"], declared["declaration_type"]) == ("ecf-mentor", "completed"):
            self.people[declared["participant_id"]].updated_at = at

    def declarations_of(self, person: str, course: str) -> list[Declaration]:
        """Return the declarations about a participant and course."""
        return [each for each in self.declarations.values() if each.is_about(person, course)]

    def participant(self, person: Person) -> dict[str, Any]:
        """Return a participant as EcfParticipantV3 of the contract."""
        return {
            "id": person.id,
            "type": "participant",
            "attributes": {
                "full_name": person.name,
                "teacher_reference_number": person.number,
                "updated_at": format_time(person.updated_at),
                "ecf_enrolments": [self._enrolment(person, course) for course in person.training],
                "participant_id_changes": [
                    {"from_participant_id": before, "to_participant_id": person.id, "changed_at": format_time(at)}
                    for before, at in person.known_as
                ],
            },
        }

    def _enrolment(self, person: Person, course: str) -> dict[str, Any]:
        training = person.training[course]
        known = training.registered
        completed = [
            each.date.date().isoformat()
            for each in self.declarations_of(person.id, course)
            if course == "ecf-mentor" and each.declared["declaration_type"] == "completed" and each.state in LIVE
        ]
        return {
            "training_record_id": stable_id(person.id, course),
            "email": f"{person.name.lower().replace(' ', '.')}@school.example",
            "mentor_id": known["mentor"],
            "school_urn": known["school"],
            "participant_type": "mentor" if course == "ecf-mentor" else "ect",
            "cohort": known["cohort"],
            "training_status": training.status,
            "participant_status": "active",
            "teacher_reference_number_validated": known["eligible"] is not None,
            "eligible_for_funding": known["eligible"],
            "pupil_premium_uplift": known["uplift"],
            "sparsity_uplift": False,
            "schedule_identifier": known["schedule"],
            "delivery_partner_id": known["partner"],
            "withdrawal": training.status_note("withdrawn"),
            "deferral": training.status_note("deferred"),
            "created_at": format_time(training.created_at),
            "induction_end_date": None,
            "mentor_funding_end_date": completed[0] if completed else None,
            "cohort_changed_after_payments_frozen": False,
            "mentor_ineligible_for_funding_reason": "completed_declaration_received" if completed else None,
        }


def declaration(of: Declaration) -> dict[str, Any]:
    """Return a declaration as DeclarationV3 of the contract."""
    clawed_back = of.state in ("awaiting-clawback", "clawed-back")
    billed = clawed_back or of.state in ("eligible", "payable", "paid")
    paid = clawed_back or of.state == "paid"
    started = (of.declared["declaration_type"], of.declared["course_identifier"]) == ("started", "ecf-induction")
    return {
        "id": of.id,
        "type": "participant-declaration",
        "attributes": {
            "participant_id": of.declared["participant_id"],
            "declaration_type": of.declared["declaration_type"],
            "course_identifier": of.declared["course_identifier"],
            "declaration_date": format_time(of.date),
            "mentor_id": of.mentor,
            "state": of.state,
            "updated_at": format_time(of.updated_at),
            "delivery_partner_id": of.partner,
            "statement_id": stable_id("statement", of.provider, of.cohort) if billed else None,
            "clawback_statement_id": stable_id("clawback", of.provider, of.cohort) if clawed_back else None,
            "ineligible_for_funding_reason": "duplicate_declaration" if of.state == "ineligible" else None,
            "uplift_paid": started and paid and of.uplift,
            "evidence_held": of.declared.get("evidence_held"),
            "has_passed": None,
            "lead_provider_name": of.provider,
        },
    }
