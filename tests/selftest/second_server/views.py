"""What the events come to: people with their training, and declarations. Computed anew for every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .event_log import Event, EventLog, named

# What becomes of a declaration that is voided, by its state. From any other state it cannot be.
VOIDED = {
    "submitted": "voided",
    "eligible": "voided",
    "payable": "voided",
    "ineligible": "voided",
    "paid": "awaiting-clawback",
}
LIVE = ("submitted", "eligible", "payable", "paid")
# What becomes of training, by what is told of it: from which statuses, and to which.
TRAINING = {
    "defer": (("active",), "deferred"),
    "resume": (("deferred", "withdrawn"), "active"),
    "withdraw": (("active", "deferred"), "withdrawn"),
}


def written(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Training:
    """One person's training on one course: what was registered, and how it goes."""

    registered: Mapping[str, Any]
    created_at: datetime
    status: str = "active"
    reason: str = ""
    since: datetime | None = None

    def note(self, status: str) -> dict[str, str] | None:
        """Why and since when the training has that status, if it has."""
        return {"reason": self.reason, "date": written(self.since)} if self.since and self.status == status else None


@dataclass
class Person:
    """Somebody whom a lead provider trains."""

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
    """What was declared, by whom, and what has become of it."""

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
        """Whether it is about that person's training on that course."""
        return (self.declared["participant_id"], self.declared["course_identifier"]) == (person, course)


class World:
    """Everybody and everything, as the events so far have left them."""

    def __init__(self, log: EventLog) -> None:
        self.people: dict[str, Person] = {}
        self.declarations: dict[str, Declaration] = {}
        for event in log:
            self._take(event)

    def _take(self, event: Event) -> None:
        told = event.details
        match event.kind:
            case "registered":
                person = Person(event.subject, told["name"], told["number"], told["provider"], event.at, event.at)
                person = self.people.setdefault(event.subject, person)
                person.training[event.course] = Training(told, event.at)
                person.updated_at = event.at
            case "known-as":
                self.people[event.subject].known_as.insert(0, (told["before"], event.at))
            case "declared":
                training = self.people[told["participant_id"]].training[told["course_identifier"]].registered
                state = "eligible" if training["eligible"] else "submitted"
                self.declarations[event.subject] = Declaration(
                    event.subject,
                    told["provider"],
                    told,
                    told["date"],
                    state,
                    training["cohort"],
                    training["mentor"],
                    training["partner"],
                    training["uplift"],
                    event.at,
                    event.at,
                )
            case "settled" | "voided":
                declaration = self.declarations[event.subject]
                declaration.state = told["state"] if event.kind == "settled" else VOIDED[declaration.state]
                declaration.updated_at = event.at
            case action:
                person = self.people[event.subject]
                training = person.training[event.course]
                training.status, training.since = TRAINING[action][1], event.at
                training.reason = told.get("reason", "")
                person.updated_at = event.at

    def about(self, person: str, course: str) -> list[Declaration]:
        """The declarations about somebody's training."""
        return [each for each in self.declarations.values() if each.is_about(person, course)]

    def shown(self, person: Person) -> dict[str, Any]:
        """A participant as the contract's EcfParticipantV3."""
        return {
            "id": person.id,
            "type": "participant",
            "attributes": {
                "full_name": person.name,
                "teacher_reference_number": person.number,
                "updated_at": written(person.updated_at),
                "ecf_enrolments": [self._enrolment(person, course) for course in person.training],
                "participant_id_changes": [
                    {"from_participant_id": before, "to_participant_id": person.id, "changed_at": written(at)}
                    for before, at in person.known_as
                ],
            },
        }

    def _enrolment(self, person: Person, course: str) -> dict[str, Any]:
        training = person.training[course]
        known = training.registered
        completed = [
            each.date.date().isoformat()
            for each in self.about(person.id, course)
            if course == "ecf-mentor" and each.declared["declaration_type"] == "completed" and each.state in LIVE
        ]
        return {
            "training_record_id": named(person.id, course),
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
            "withdrawal": training.note("withdrawn"),
            "deferral": training.note("deferred"),
            "created_at": written(training.created_at),
            "induction_end_date": None,
            "mentor_funding_end_date": completed[0] if completed else None,
            "cohort_changed_after_payments_frozen": False,
            "mentor_ineligible_for_funding_reason": "completed_declaration_received" if completed else None,
        }


def declaration(of: Declaration) -> dict[str, Any]:
    """A declaration as the contract's DeclarationV3."""
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
            "declaration_date": written(of.date),
            "mentor_id": of.mentor,
            "state": of.state,
            "updated_at": written(of.updated_at),
            "delivery_partner_id": of.partner,
            "statement_id": named("statement", of.provider, of.cohort) if billed else None,
            "clawback_statement_id": named("clawback", of.provider, of.cohort) if clawed_back else None,
            "ineligible_for_funding_reason": "duplicate_declaration" if of.state == "ineligible" else None,
            "uplift_paid": started and paid and of.uplift,
            "evidence_held": of.declared.get("evidence_held"),
            "has_passed": None,
            "lead_provider_name": of.provider,
        },
    }
