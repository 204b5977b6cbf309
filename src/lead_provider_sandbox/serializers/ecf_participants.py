"""Serialize ECF participants for each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Enrolment, IdChange, Person
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.resource import resource


@part("ecf-participant.v1-v2")
def v1_v2(_: Context, person: Person, enrolment: Enrolment) -> dict[str, Any]:
    """Return an enrolment for versions 1 and 2 (behaviours PECF-V12-ATTRIBUTES, PECF-V12-STATUS, PECF-TRN)."""
    return resource(
        person.id,
        "participant",
        email=enrolment.email,
        full_name=person.full_name,
        mentor_id=enrolment.mentor_id,
        school_urn=enrolment.school_urn,
        participant_type=enrolment.participant_type,
        cohort=str(enrolment.cohort),
        status="withdrawn" if enrolment.induction_status in ("withdrawn", "changed") else "active",
        teacher_reference_number=person.trn or person.claimed_trn,
        teacher_reference_number_validated=trn_validated(person, enrolment),
        eligible_for_funding=enrolment.eligible_for_funding,
        pupil_premium_uplift=enrolment.pupil_premium_uplift,
        sparsity_uplift=enrolment.sparsity_uplift,
        training_status=enrolment.training_status,
        training_record_id=enrolment.training_record_id,
        schedule_identifier=enrolment.schedule_identifier,
        updated_at=format_instant(person.updated_at),
    )


@part("ecf-participant.v3")
def v3(
    context: Context, person: Person, enrolments: Sequence[Enrolment], id_changes: Sequence[IdChange]
) -> dict[str, Any]:
    """Return a person with enrolments for version 3 (behaviours PECF-V3-ATTRIBUTES, PECF-V3-DUAL-PROFILE)."""
    return resource(
        person.id,
        "participant",
        full_name=person.full_name,
        teacher_reference_number=person.trn,
        updated_at=format_instant(person.updated_at),
        ecf_enrolments=[_enrolment(context, person, each) for each in enrolments],
        participant_id_changes=[id_change(each) for each in id_changes],
    )


def id_change(change: IdChange) -> dict[str, Any]:
    """Return one merge of records (behaviour PECF-V3-PARTICIPANT-ID-CHANGES)."""
    return {
        "from_participant_id": change.from_id,
        "to_participant_id": change.to_id,
        "changed_at": format_instant(change.changed_at),
    }


def _enrolment(context: Context, person: Person, enrolment: Enrolment) -> dict[str, Any]:
    return {
        "training_record_id": enrolment.training_record_id,
        "email": enrolment.email,
        "mentor_id": enrolment.mentor_id,
        "school_urn": enrolment.school_urn,
        "participant_type": enrolment.participant_type,
        "cohort": str(enrolment.cohort),
        "training_status": enrolment.training_status,
        "participant_status": participant_status(enrolment, context.today),
        "teacher_reference_number_validated": trn_validated(person, enrolment),
        "eligible_for_funding": enrolment.eligible_for_funding,
        "pupil_premium_uplift": enrolment.pupil_premium_uplift,
        "sparsity_uplift": enrolment.sparsity_uplift,
        "schedule_identifier": enrolment.schedule_identifier,
        "delivery_partner_id": enrolment.delivery_partner_id,
        "withdrawal": _since(context, enrolment, "withdrawn"),
        "deferral": _since(context, enrolment, "deferred"),
        "created_at": format_instant(enrolment.created_at),
        "induction_end_date": enrolment.induction_end_date,
        "mentor_funding_end_date": enrolment.mentor_funding_end_date,
        "cohort_changed_after_payments_frozen": enrolment.frozen_cohort_left is not None,
        "mentor_ineligible_for_funding_reason": enrolment.mentor_ineligible_reason,
    }


def _since(context: Context, enrolment: Enrolment, status: str) -> dict[str, Any] | None:
    if enrolment.training_status != status:
        return None
    reason = enrolment.status_reason
    if context.calendar.edition != context.calendar.editions[0] and reason == "school-left-fip":
        reason = "switched-to-school-led"  # behaviour WITHDRAW-REASON-MAPPED-IN-READ
    return {"reason": reason, "date": format_instant(enrolment.status_at)}


def participant_status(enrolment: Enrolment, today: str) -> str:
    """Return the participant's status at the school (behaviour PECF-V3-PARTICIPANT-STATUS)."""
    if enrolment.end_date is not None:
        return "leaving" if enrolment.end_date > today else "left"
    if enrolment.start_date > today:
        return "joining"
    return "withdrawn" if enrolment.induction_status in ("withdrawn", "changed") else "active"


def trn_validated(person: Person, enrolment: Enrolment) -> bool | None:
    """Return whether the TRN is validated; None without a TRN (behaviour PECF-TRN-VALIDATED)."""
    if person.trn is None and person.claimed_trn is None:
        return None
    return enrolment.eligibility is not None and enrolment.eligibility_reason != "different_trn"
