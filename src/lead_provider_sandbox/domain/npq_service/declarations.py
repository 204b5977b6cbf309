"""The rules of the NPQ service for posting a declaration, and recording it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from lead_provider_sandbox.domain import declaration_rules as shared
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.declaration_request import DeclarationRequest
from lead_provider_sandbox.domain.npq_service.declaration_request import NpqDeclarationRequest
from lead_provider_sandbox.domain.npq_service.delivery_partners import RULES as PARTNER_RULES
from lead_provider_sandbox.domain.npq_service.models import NpqApplication
from lead_provider_sandbox.domain.outcomes import record_outcome
from lead_provider_sandbox.domain.rules import Problem, RefusedError, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_PARTICIPANT
from lead_provider_sandbox.parts import part

TYPES = ("started", "retained-1", "retained-2", "completed")

EARLIER_RULES: Rules[DeclarationRequest] = Rules(
    [
        shared.not_after_withdrawal,
        shared.course_recognised,
        shared.date_given,
        shared.date_well_formed,
        shared.not_in_future,
        shared.not_before_window,
        shared.type_given,
        shared.has_passed_given,
        shared.contract_open,
        shared.slot_free,
    ]
)
"""The rules of the earlier editions that the service keeps."""

RULES: Rules[NpqDeclarationRequest] = Rules()


@RULES.rule("npq-service.declaration.participant-recognised")
def participant_recognised(_: Context, request: NpqDeclarationRequest) -> Iterator[Problem]:
    """The participant is the provider's."""
    if not request.trains_with_caller and request.former_id is None:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@RULES.rule("npq-service.declaration.participant-id-current")
def participant_id_current(_: Context, request: NpqDeclarationRequest) -> Iterator[Problem]:
    """The participant's id has not been replaced by another one."""
    if request.former_id is not None:
        yield Problem(
            "participant_id",
            f"The participant_id '{request.former_id.from_id}' has been replaced with '{request.former_id.to_id}'. "
            "Enter the new '#/participant_id'.",
        )


@RULES.rule("npq-service.declaration.type-known")
def type_known(_: Context, request: NpqDeclarationRequest) -> Iterator[Problem]:
    """The declaration type exists, and the schedule has a milestone of it."""
    declared = request.declaration_type
    if declared is not None and declared not in TYPES:
        yield Problem("declaration_type", "The entered '#/declaration_type' is not recognised.")
    elif declared is not None and request.training is not None and request.window is None:
        yield Problem("declaration_type", "The property '#/declaration_type' does not exist for this schedule.")


@RULES.rule("npq-service.declaration.contract-exists")
def contract_exists(context: Context, request: NpqDeclarationRequest) -> Iterator[Problem]:
    """The provider has a contract for the cohort and course."""
    application = request.application
    if application is None:
        return
    cohort, suffix, course = application.cohort, application.cohort_suffix, application.course_identifier
    if not context.store.npq_service.has_contract(context.provider.id, cohort, suffix, course):
        yield Problem("cohort", shared.NO_CONTRACT)


def submit_declaration(context: Context, request: NpqDeclarationRequest) -> str:
    """Check the rules, record a declaration and return its id."""
    problems = [problem for rule in RULES for problem in rule(context, request)]
    problems += [problem for rule in EARLIER_RULES for problem in rule(context, request)]
    problems += [problem for rule in PARTNER_RULES for problem in rule(context, request.partners)]
    if problems:
        raise RefusedError(problems)
    application, day, declaration_type = request.application, request.date, request.declaration_type
    if application is None or day is None or declaration_type is None:
        raise RuntimeError("a declaration without application, date or type has passed the rules")
    declaration_id = str(uuid.uuid4())
    state = _initial_state(context, request, application)
    context.store.declarations.add(
        {
            "id": declaration_id,
            "person_id": application.person_id,
            "provider_id": context.provider.id,
            "programme": "npq",
            "training_id": application.id,
            "cohort": application.cohort,
            "cohort_suffix": application.cohort_suffix,
            "course_identifier": application.course_identifier,
            "declaration_type": declaration_type,
            "declaration_date": day,
            "state": state,
            "evidence_held": None,
            "has_passed": request.has_passed,
            "uplift": application.uplift and declaration_type == "started",
            "ineligible_reason": "duplicate_declaration" if state == "ineligible" else None,
            "mentor_id": None,
            "delivery_partner_id": request.partners.first.id,
            "secondary_delivery_partner_id": request.partners.secondary.id,
            "statement_id": request.statement.id if state == "eligible" and request.statement else None,
            "clawback_statement_id": None,
            "created_at": context.now,
            "updated_at": context.now,
        },
    )
    recorded = context.store.declarations.get(declaration_id)
    if request.has_passed is not None and recorded is not None:
        record_outcome(context, recorded, "passed" if request.has_passed else "failed", day[:10])
    return declaration_id


@part("npq-service.declaration.first-state")
def _initial_state(context: Context, request: NpqDeclarationRequest, application: NpqApplication) -> str:
    """Return `ineligible` for a duplicate, `eligible` if the training is funded, or `submitted`."""
    if request.person is not None and context.store.declarations.exists_with_same_trn(
        request.person, application.course_identifier, request.declaration_type or ""
    ):
        return "ineligible"
    return "eligible" if application.fundable else "submitted"
