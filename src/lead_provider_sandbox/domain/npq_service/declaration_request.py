"""A request to post a declaration in the NPQ service, with the records that the rules need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.declaration_request import DeclarationRequest, read_date
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import IdChange
from lead_provider_sandbox.domain.npq_service.delivery_partners import Partners, read_partners
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication
from lead_provider_sandbox.domain.npq_service.training_actions import latest_first
from lead_provider_sandbox.parts import part


@dataclass(frozen=True, slots=True)
class NpqDeclarationRequest(DeclarationRequest):
    """A request to post a declaration; `former_id` is the change of the participant's id if it is no longer used."""

    application: NpqApplication | None
    former_id: IdChange | None
    partners: Partners


def read_declaration(context: Context, attributes: Attributes) -> NpqDeclarationRequest:
    """Return a request with the participant's latest application for the course."""
    participant_id = (text(attributes, "participant_id") or "").lower()
    course, declaration_type = text(attributes, "course_identifier"), text(attributes, "declaration_type")
    written_date = text(attributes, "declaration_date")
    person, accepted = _participant(context, participant_id)
    application = next((each for each in latest_first(accepted) if each.course_identifier == course), None)
    window, statement = None, None
    if application is not None:
        cohort, suffix = application.cohort, application.cohort_suffix
        window = context.calendar.window(application.schedule_identifier, cohort, declaration_type, suffix)
        statement = context.store.npq_service.next_statement(context.provider.id, cohort, suffix, context.today)
    declared = context.store.declarations.of_training(application.id) if application else []
    return NpqDeclarationRequest(
        attributes=attributes,
        person=person,
        trains_with_caller=person is not None,
        training=application,
        course=course,
        declaration_type=declaration_type,
        written_date=written_date,
        date=read_date(context, written_date) if written_date else None,
        window=window,
        live=[each for each in declared if each.declaration_type == declaration_type and each.state in LIVE],
        statement=statement,
        application=application,
        former_id=None if person else former_id(context, participant_id),
        partners=read_partners(context, attributes, application),
    )


def _participant(context: Context, participant_id: str) -> tuple[Applicant | None, Sequence[NpqApplication]]:
    participant = context.store.npq_service.participant(participant_id, context.provider.id)
    return (None, []) if participant is None else participant[:2]


@part("npq-service.former-id")
def former_id(context: Context, participant_id: str) -> IdChange | None:
    """Return the change of an id that one of the provider's participants had before, or None."""
    change = context.store.npq_service.id_change(participant_id)
    if change is None or context.store.npq_service.participant(change.to_id, context.provider.id) is None:
        return None
    return change
