"""Serialize the records of the NPQ service."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import IdChange, NpqOutcome, Statement
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication, NpqDeclaration
from lead_provider_sandbox.domain.school_models import DeliveryPartner
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ecf_participants import id_change
from lead_provider_sandbox.serializers.resource import resource

_IN_CATCHMENT = ("GBR", "JEY", "GGY", "IMN")
"""The United Kingdom and the crown dependencies."""

_UPLIFT_PAID_IN = ("paid", "awaiting-clawback", "clawed-back")


@part("npq-service.application")
def application(_: Context, applied: NpqApplication, person: Applicant) -> dict[str, Any]:
    """Return an application."""
    return resource(
        applied.id,
        "npq_application",
        course_identifier=applied.course_identifier,
        email=person.email,
        email_validated=True,
        employer_name=applied.employer_name,
        employment_role=applied.employment_role,
        full_name=person.full_name,
        funding_choice=applied.funding_choice,
        headteacher_status=applied.headteacher_status,
        ineligible_for_funding_reason=_ineligible_reason(applied),
        participant_id=applied.person_id,
        private_childcare_provider_urn=applied.private_childcare_provider_urn,
        teacher_reference_number=person.trn,
        teacher_reference_number_validated=person.trn is not None,
        school_urn=applied.school_urn,
        school_ukprn=applied.school_ukprn,
        status=applied.status,
        reason_for_rejection=applied.reason_for_rejection,
        works_in_school=applied.works_in_school,
        cohort=str(applied.cohort),
        cohort_suffix=applied.cohort_suffix,
        eligible_for_funding=applied.eligible_for_funding,
        targeted_delivery_funding_eligibility=applied.targeted_delivery_funding,
        teacher_catchment=applied.catchment_iso_code in _IN_CATCHMENT,
        teacher_catchment_country=applied.catchment_country,
        teacher_catchment_iso_country_code=applied.catchment_iso_code,
        itt_provider=applied.itt_provider,
        lead_mentor=applied.lead_mentor,
        funded_place=applied.funded_place,
        created_at=format_instant(applied.created_at),
        updated_at=format_instant(applied.updated_at),
        schedule_identifier=applied.written_schedule,
        works_as_senco=applied.works_as_senco,
        senco_start_date=applied.senco_start_date,
    )


def _ineligible_reason(applied: NpqApplication) -> str | None:
    if applied.eligible_for_funding:
        return None
    return "previously-funded" if applied.previously_funded else "establishment-ineligible"


@part("npq-service.participant")
def participant(
    _: Context, person: Applicant, accepted: Sequence[NpqApplication], id_changes: Sequence[IdChange]
) -> dict[str, Any]:
    """Return a person with the NPQs taken with the provider."""
    return resource(
        person.id,
        "npq-participant",
        full_name=person.full_name,
        previous_names=person.previous_names,
        teacher_reference_number=person.trn,
        updated_at=format_instant(person.updated_at),
        npq_enrolments=[_enrolment(person, each) for each in accepted],
        participant_id_changes=[id_change(each) for each in id_changes],
    )


def _enrolment(person: Applicant, accepted: NpqApplication) -> dict[str, Any]:
    return {
        "email": person.email,
        "course_identifier": accepted.course_identifier,
        "schedule_identifier": accepted.written_schedule,
        "cohort": str(accepted.cohort),
        "cohort_suffix": accepted.cohort_suffix,
        "npq_application_id": accepted.id,
        "eligible_for_funding": accepted.eligible_for_funding,
        "training_status": accepted.training_status,
        "school_urn": accepted.school_urn,
        "targeted_delivery_funding_eligibility": accepted.targeted_delivery_funding,
        "withdrawal": _since(accepted, "withdrawn"),
        "deferral": _since(accepted, "deferred"),
        "created_at": format_instant(accepted.accepted_at),
        "funded_place": accepted.funded_place,
    }


def _since(accepted: NpqApplication, status: str) -> dict[str, Any] | None:
    if accepted.training_status != status:
        return None
    return {"reason": accepted.status_reason, "date": format_instant(accepted.status_at)}


@part("npq-service.declaration")
def declaration(_: Context, declared: NpqDeclaration) -> dict[str, Any]:
    """Return a declaration with its application and its delivery partners."""
    return resource(
        declared.id,
        "participant-declaration",
        participant_id=declared.person_id,
        declaration_type=declared.declaration_type,
        course_identifier=declared.course_identifier,
        declaration_date=format_instant(declared.declaration_date),
        state=declared.state,
        has_passed=declared.has_passed,
        delivery_partner_id=declared.delivery_partner_id,
        delivery_partner_name=declared.delivery_partner_name,
        secondary_delivery_partner_id=declared.secondary_delivery_partner_id,
        secondary_delivery_partner_name=declared.secondary_delivery_partner_name,
        statement_id=declared.statement_id,
        application_id=declared.training_id,
        clawback_statement_id=declared.clawback_statement_id,
        uplift_paid=declared.uplift and declared.state in _UPLIFT_PAID_IN,
        lead_provider_name=declared.provider_name,
        ineligible_for_funding_reason=declared.ineligible_reason,
        created_at=format_instant(declared.created_at),
        updated_at=format_instant(declared.updated_at),
    )


@part("npq-service.outcome")
def outcome(_: Context, reported: NpqOutcome) -> dict[str, Any]:
    """Return an outcome; its date is the midnight that begins the day."""
    return resource(
        reported.id,
        "participant-outcome",
        state=reported.state,
        completion_date=f"{reported.completion_date}T00:00:00+00:00",
        course_identifier=reported.course_identifier,
        participant_id=reported.person_id,
        created_at=format_instant(reported.created_at),
        updated_at=format_instant(reported.updated_at),
    )


@part("npq-service.delivery-partner")
def delivery_partner(_: Context, partner: DeliveryPartner, years: Sequence[int]) -> dict[str, Any]:
    """Return a delivery partner with the start years of its cohorts with the provider, each once."""
    return resource(
        partner.id,
        "delivery-partner",
        name=partner.name,
        cohort=sorted(set(years)),
        created_at=format_instant(partner.created_at),
        updated_at=format_instant(partner.updated_at),
    )


@part("npq-service.statement")
def statement(_: Context, record: Statement) -> dict[str, Any]:
    """Return a statement, which has no type: every one is of the one programme."""
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
