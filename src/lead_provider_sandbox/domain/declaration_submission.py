"""Checking and recording a declaration, with its effects on outcomes and mentor funding."""

from __future__ import annotations

import uuid

from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.declaration_request import DeclarationRequest
from lead_provider_sandbox.domain.declaration_rules import RULES, earlier_copy, recorded_evidence
from lead_provider_sandbox.domain.models import Enrolment, Training
from lead_provider_sandbox.domain.outcomes import record_outcome
from lead_provider_sandbox.parts import part


def submit_declaration(context: Context, request: DeclarationRequest) -> str:
    """Record a declaration and return its id, or return the id of a live exact copy."""
    existing = earlier_copy(context, request)
    if existing is not None:
        return existing.id
    RULES.check(context, request)
    training, date, declaration_type = request.training, request.date, request.declaration_type
    if training is None or date is None or declaration_type is None:
        raise RuntimeError("a declaration without participant, date or type has passed the rules")
    declaration_id = str(uuid.uuid4())
    state = _initial_state(context, request, training, declaration_type)
    context.store.declarations.add(
        {
            "id": declaration_id,
            "person_id": training.person_id,
            "provider_id": context.provider.id,
            "programme": training.programme,
            "training_id": training.training_id,
            "cohort": training.cohort,
            "course_identifier": training.course_identifier,
            "declaration_type": declaration_type,
            "declaration_date": date,
            "state": state,
            "evidence_held": recorded_evidence(context, request),
            "has_passed": request.has_passed,
            "uplift": training.uplift and declaration_type == "started",
            "ineligible_reason": "duplicate_declaration" if state == "ineligible" else None,
            "mentor_id": training.mentor_id,
            "delivery_partner_id": training.delivery_partner_id,
            "statement_id": request.statement.id if state == "eligible" and request.statement else None,
            "clawback_statement_id": None,
            "created_at": context.now,
            "updated_at": context.now,
        },
    )
    if request.has_passed is not None:
        recorded = context.store.declarations.get(declaration_id)
        if recorded is not None:
            record_outcome(context, recorded, "passed" if request.has_passed else "failed", date[:10])
    if isinstance(training, Enrolment) and training.participant_type == "mentor" and declaration_type == "completed":
        context.store.people.update_training_record(
            training,
            context.now,
            {"mentor_funding_end_date": date[:10], "mentor_ineligible_reason": "completed_declaration_received"},
        )
    return declaration_id


@part("declaration.first-state")
def _initial_state(context: Context, request: DeclarationRequest, training: Training, declaration_type: str) -> str:
    """Return the first state (behaviours DECL-POST-STATE-SUBMITTED, DECL-POST-STATE-ELIGIBLE, DECL-DUPLICATE-TRN)."""
    if request.person is not None and context.store.declarations.exists_with_same_trn(
        request.person, training.course_identifier, declaration_type
    ):
        return "ineligible"
    return "eligible" if training.fundable else "submitted"
