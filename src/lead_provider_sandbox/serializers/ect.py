"""Serialize the records of the ECT service."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.ect.training import eligible_for_funding, participant_status, uplifts
from lead_provider_sandbox.domain.models import Declaration, Enrolment, IdChange, Person, Statement
from lead_provider_sandbox.domain.school_models import ListedSchool, Partnership, Transfer
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ecf_participants import id_change
from lead_provider_sandbox.serializers.resource import resource

_UPLIFT_PAID_IN = ("paid", "awaiting-clawback", "clawed-back")


@part("ect-participant")
def participant(
    context: Context, person: Person, enrolments: Sequence[Enrolment], id_changes: Sequence[IdChange]
) -> dict[str, Any]:
    """Return a person with enrolments; the TRN is null until it is checked."""
    return resource(
        person.id,
        "participant",
        full_name=person.full_name,
        teacher_reference_number=person.trn,
        updated_at=format_instant(person.updated_at),
        ecf_enrolments=[_enrolment(context, each) for each in enrolments],
        participant_id_changes=[id_change(each) for each in id_changes],
    )


def _enrolment(context: Context, enrolment: Enrolment) -> dict[str, Any]:
    pupil_premium, sparsity = uplifts(context, enrolment)
    return {
        "training_record_id": enrolment.training_record_id,
        "email": enrolment.email,
        "mentor_id": enrolment.mentor_id,
        "school_urn": enrolment.school_urn,
        "participant_type": enrolment.participant_type,
        "cohort": str(enrolment.cohort),
        "training_status": enrolment.training_status,
        "participant_status": participant_status(context, enrolment),
        "eligible_for_funding": eligible_for_funding(context, enrolment),
        "pupil_premium_uplift": pupil_premium,
        "sparsity_uplift": sparsity,
        "schedule_identifier": enrolment.schedule_identifier,
        "delivery_partner_id": enrolment.delivery_partner_id,
        "withdrawal": _since(enrolment, "withdrawn"),
        "deferral": _since(enrolment, "deferred"),
        "created_at": format_instant(enrolment.created_at),
        "induction_end_date": enrolment.induction_end_date,
        "most_recent_induction_period_end_date": enrolment.last_induction_end_date,
        "overall_induction_start_date": enrolment.induction_start_date,
        "mentor_funding_end_date": enrolment.mentor_funding_end_date,
        "cohort_changed_after_payments_frozen": enrolment.frozen_cohort_left is not None,
        "mentor_ineligible_for_funding_reason": enrolment.mentor_ineligible_reason,
        "working_pattern": enrolment.working_pattern,
    }


def _since(enrolment: Enrolment, status: str) -> dict[str, Any] | None:
    if enrolment.training_status != status:
        return None
    return {"reason": enrolment.status_reason, "date": format_instant(enrolment.status_at)}


@part("ect-declaration")
def declaration(_: Context, record: Declaration) -> dict[str, Any]:
    """Return a declaration; an uplift is paid with a paid started declaration, and stays paid when clawed back."""
    return resource(
        record.id,
        "participant-declaration",
        participant_id=record.person_id,
        declaration_type=record.declaration_type,
        declaration_date=format_instant(record.declaration_date),
        course_identifier=record.course_identifier,
        state=record.state,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.updated_at),
        delivery_partner_id=record.delivery_partner_id,
        statement_id=record.statement_id,
        clawback_statement_id=record.clawback_statement_id,
        ineligible_for_funding_reason=record.ineligible_reason,
        mentor_id=record.mentor_id,
        uplift_paid=record.uplift and record.state in _UPLIFT_PAID_IN,
        evidence_held=record.evidence_held,
        lead_provider_name=record.provider_name,
    )


@part("ect-partnership")
def partnership(_: Context, record: Partnership, participants: int) -> dict[str, Any]:
    """Return a partnership with the number of its participants in training."""
    return resource(
        record.id,
        "partnership",
        cohort=str(record.cohort),
        urn=record.urn,
        school_id=record.school_id,
        delivery_partner_id=record.delivery_partner_id,
        delivery_partner_name=record.delivery_partner_name,
        induction_tutor_name=record.tutor_name,
        induction_tutor_email=record.contact_email,
        participants_currently_training=participants,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.shown_updated_at),
    )


@part("ect-school")
def school(_: Context, cohort: int, listed: ListedSchool) -> dict[str, Any]:
    """Return a school in a cohort; a provider in whom it has shown no interest does not see its tutor."""
    record = listed.school
    return resource(
        record.id,
        "school",
        name=record.name,
        urn=record.urn,
        cohort=str(cohort),
        in_partnership=listed.in_partnership,
        induction_programme_choice=listed.programme,
        expression_of_interest=listed.interested,
        induction_tutor_name=record.tutor_name if listed.interested else None,
        induction_tutor_email=record.contact_email if listed.interested else None,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(listed.updated_at),
    )


@part("ect-statement")
def statement(_: Context, record: Statement) -> dict[str, Any]:
    """Return a statement."""
    return resource(
        record.id,
        "statement",
        month=calendar.month_name[record.month],
        year=str(record.year),
        cohort=str(record.cohort),
        cut_off_date=record.cut_off_date,
        payment_date=record.payment_date,
        paid=record.paid,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.updated_at),
    )


@part("ect-transfer")
def transfer(context: Context, person: Person, moves: Sequence[Transfer]) -> dict[str, Any]:
    """Return a person's transfers from or to the provider."""
    return resource(
        person.id,
        "participant-transfer",
        updated_at=format_instant(max(move.updated_at for move in moves)),
        transfers=[_move(move, context.today) for move in moves],
    )


def _move(move: Transfer, today: str) -> dict[str, Any]:
    """Return a move; nobody leaves after the day of joining."""
    leaving_date = min(move.leaving_date, move.joining_date or move.leaving_date)
    last = move.joining_date or leaving_date
    joining = None
    if move.joining_urn is not None:
        joining = {"school_urn": move.joining_urn, "provider": move.joining_provider, "date": move.joining_date}
    return {
        "training_record_id": move.training_record_id,
        "transfer_type": _type(move),
        "status": "incomplete" if last > today else "complete",
        "created_at": format_instant(move.created_at),
        "leaving": {"school_urn": move.leaving_urn, "provider": move.leaving_provider, "date": leaving_date},
        "joining": joining,
    }


def _type(move: Transfer) -> str:
    if move.joining_urn is None:
        return "unknown"
    return "new_school" if move.leaving_provider_id == move.joining_provider_id else "new_provider"
