"""A request to post a declaration, with the records that the rules need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.calendar import MilestoneWindow
from lead_provider_sandbox.domain.clock import RFC_3339, Instant, parse_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import COACHING_COURSES, Declaration, Person, Statement, Training
from lead_provider_sandbox.parts import part


@dataclass(frozen=True, slots=True)
class DeclarationRequest:
    """A request to post a declaration, with the records that the rules need."""

    attributes: Attributes
    person: Person | None
    trains_with_caller: bool
    training: Training | None
    course: str | None
    declaration_type: str | None
    written_date: str | None
    date: Instant | None
    window: MilestoneWindow | None
    live: Sequence[Declaration]
    statement: Statement | None

    @property
    def has_passed(self) -> bool | None:
        """`has_passed`, ignored unless the declaration has an outcome (behaviour DECL-HAS-PASSED-IGNORED)."""
        if not self.has_outcome:
            return None
        return {"true": True, "false": False}.get(text(self.attributes, "has_passed") or "")

    @property
    def has_outcome(self) -> bool:
        """Whether the declaration creates an outcome: a completed NPQ that is not coaching."""
        return (
            self.training is not None
            and self.training.programme == "npq"
            and self.declaration_type == "completed"
            and self.course not in COACHING_COURSES
        )


def read_declaration(context: Context, attributes: Attributes) -> DeclarationRequest:
    """Read a request and look up the records that the rules need."""
    participant_id = text(attributes, "participant_id")
    course = text(attributes, "course_identifier")
    declaration_type = text(attributes, "declaration_type")
    written_date = text(attributes, "declaration_date")
    person = context.store.people.find(participant_id) if participant_id else None
    training, known = None, False
    if person is not None:
        training, known = context.store.trainings.in_course(person, context.provider.id, course)
    window, statement = None, None
    live: Sequence[Declaration] = ()
    if training is not None:
        window = context.calendar.window(training.schedule_identifier, training.cohort, declaration_type)
        live = context.store.declarations.live_of_event(
            training.person_id, training.course_identifier, declaration_type or ""
        )
        statement = context.store.declarations.next_statement(
            context.provider.id, training.programme, training.cohort, context.today
        )
    return DeclarationRequest(
        attributes=attributes,
        person=person,
        trains_with_caller=known,
        training=training,
        course=course,
        declaration_type=declaration_type,
        written_date=written_date,
        date=read_date(context, written_date) if written_date else None,
        window=window,
        live=live,
        statement=statement,
    )


@part("declaration.date")
def read_date(_: Context, written: str) -> Instant | None:
    """Return the instant of an RFC 3339 date-time, which has an offset from UTC; None for any other text."""
    match = RFC_3339.fullmatch(written)
    return parse_instant(written) if match and match["zone"] else None
