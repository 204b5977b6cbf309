"""A request to post a declaration to the ECT service, with the records that the rules need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.calendar import MilestoneWindow
from lead_provider_sandbox.domain.clock import Instant, parse_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Declaration, Enrolment, Statement
from lead_provider_sandbox.parts import part


@dataclass(frozen=True, slots=True)
class NewDeclaration:
    """A request to post a declaration, with the records that the rules need."""

    attributes: Attributes
    enrolments: Sequence[Enrolment]
    enrolment: Enrolment | None
    date: Instant | None
    window: MilestoneWindow | None
    duplicates: Sequence[Declaration]
    others: Sequence[Declaration]
    statement: Statement | None

    @property
    def type(self) -> str:
        """The declaration type; empty if it is missing."""
        return text(self.attributes, "declaration_type") or ""

    @property
    def course(self) -> str | None:
        """The course."""
        return text(self.attributes, "course_identifier")

    @property
    def evidence(self) -> str | None:
        """The evidence."""
        return text(self.attributes, "evidence_held")


def read_declaration(context: Context, attributes: Attributes) -> NewDeclaration:
    """Read a request and look up the records that the rules need."""
    store, provider_id = context.store, context.provider.id
    participant_id, course = text(attributes, "participant_id"), text(attributes, "course_identifier")
    declaration_type, written = text(attributes, "declaration_type") or "", text(attributes, "declaration_date")
    enrolments = store.people.enrolments(participant_id.lower(), provider_id) if participant_id else []
    enrolment = next((each for each in reversed(enrolments) if each.course_identifier == course), None)
    date = read_date(context, written) if written else None
    if enrolment is None:
        return NewDeclaration(attributes, enrolments, None, date, None, (), (), None)
    declared = store.declarations.of_training(enrolment.training_record_id)
    return NewDeclaration(
        attributes=attributes,
        enrolments=enrolments,
        enrolment=enrolment,
        date=date,
        window=context.calendar.window(enrolment.schedule_identifier, enrolment.cohort, declaration_type),
        duplicates=store.declarations.live_of_event(enrolment.person_id, enrolment.course_identifier, declaration_type),
        others=[each for each in declared if each.state in LIVE and each.declaration_type != declaration_type],
        statement=store.declarations.next_statement(provider_id, "ecf", enrolment.cohort, context.today),
    )


@part("ect-declaration.date")
def read_date(_: Context, written: str) -> Instant | None:
    """Return the instant of an RFC 3339 date-time in either case; no zone means UTC. None for any other text."""
    return parse_instant(written.upper())
