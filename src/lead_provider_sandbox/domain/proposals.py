"""A declaration as a provider proposes it, with all that the rules need to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.calendar import Window
from lead_provider_sandbox.domain.clock import Instant, read_instant
from lead_provider_sandbox.domain.records import COACHING_COURSES, Declaration, Person, Statement, Training
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, text
from lead_provider_sandbox.store import declarations, training
from lead_provider_sandbox.store.people import person_known_as


@dataclass(frozen=True, slots=True)
class Proposal:
    """A declaration as a provider proposes it, and all that the rules need to know about it."""

    attributes: Attributes
    person: Person | None
    trains_with_caller: bool
    training: Training | None
    course: str | None
    declaration_type: str | None
    written_date: str | None
    date: Instant | None
    window: Window | None
    live: Sequence[Declaration]
    statement: Statement | None

    @property
    def has_passed(self) -> bool | None:
        """`has_passed` where it counts: on a completed NPQ that has an outcome (behaviour DECL-HAS-PASSED-IGNORED)."""
        if not self.wants_outcome:
            return None
        return {"true": True, "false": False}.get(text(self.attributes, "has_passed") or "")

    @property
    def wants_outcome(self) -> bool:
        """Whether the declaration comes with an outcome."""
        return (
            self.training is not None
            and self.training.programme == "npq"
            and self.declaration_type == "completed"
            and self.course not in COACHING_COURSES
        )


def proposed(call: Call, attributes: Attributes) -> Proposal:
    """Read a proposal and look up what the rules need."""
    participant_id = text(attributes, "participant_id")
    course = text(attributes, "course_identifier")
    declaration_type = text(attributes, "declaration_type")
    written_date = text(attributes, "declaration_date")
    person = person_known_as(call.connection, participant_id) if participant_id else None
    subject, known = training.of_course(call.connection, person, call.provider.id, course) if person else (None, False)
    window, live, statement = None, [], None
    if subject is not None:
        window = call.calendar.window(subject.schedule_identifier, subject.cohort, declaration_type)
        live = declarations.live_of_event(
            call.connection, subject.person_id, subject.course_identifier, declaration_type or ""
        )
        statement = declarations.next_output_fee_statement(
            call.connection, call.provider.id, subject.programme, subject.cohort, call.today
        )
    return Proposal(
        attributes=attributes,
        person=person,
        trains_with_caller=known,
        training=subject,
        course=course,
        declaration_type=declaration_type,
        written_date=written_date,
        date=read_instant(written_date) if written_date else None,
        window=window,
        live=live,
        statement=statement,
    )
