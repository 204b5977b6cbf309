"""Serialize NPQ applications, participants and outcomes for each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Application, IdChange, NpqOutcome, Person
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ecf_participants import id_change
from lead_provider_sandbox.serializers.resource import resource

_UNITED_KINGDOM = ("GBR", "GB")


@part("npq-application")
def application(context: Context, applied: Application, person: Person) -> dict[str, Any]:
    """Return an application (behaviours NAPP-ATTRIBUTES-V12, NAPP-ATTRIBUTES-V3)."""
    schedule = {"schedule_identifier": applied.written_schedule} if context.version == "v3" else {}
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
        teacher_reference_number=person.trn or person.claimed_trn,
        teacher_reference_number_validated=person.trn is not None,
        school_urn=applied.school_urn,
        school_ukprn=applied.school_ukprn,
        status=applied.status,
        works_in_school=applied.works_in_school,
        funded_place=applied.funded_place,
        created_at=format_instant(applied.created_at),
        updated_at=format_instant(applied.updated_at),
        cohort=str(applied.cohort),
        eligible_for_funding=applied.eligible_for_funding,
        targeted_delivery_funding_eligibility=applied.targeted_delivery_funding,
        teacher_catchment=applied.catchment_iso_code in _UNITED_KINGDOM,
        teacher_catchment_iso_country_code=applied.catchment_iso_code,
        teacher_catchment_country=applied.catchment_country,
        itt_provider=applied.itt_provider,
        lead_mentor=applied.lead_mentor,
        **schedule,
    )


def _ineligible_reason(applied: Application) -> str | None:
    """Return the reason, if any (behaviours NAPP-ELIGIBLE-PREVIOUSLY-FUNDED, NAPP-INELIGIBLE-REASON)."""
    if applied.eligible_for_funding:
        return None
    return "previously-funded" if applied.previously_funded else "establishment-ineligible"


@part("npq-participant")
def participant(
    context: Context, person: Person, accepted: Sequence[Application], id_changes: Sequence[IdChange]
) -> dict[str, Any]:
    """Return a person with the NPQs taken with the provider.

    Behaviours PNPQ-V1-ATTRIBUTES, PNPQ-V2-ATTRIBUTES, PNPQ-V3-ATTRIBUTES.
    """
    attributes = {"v1": _v1, "v2": _v2, "v3": _v3}[context.version](person, accepted, id_changes)
    return resource(person.id, "npq-participant", **attributes)


def _v1(person: Person, accepted: Sequence[Application], _: Sequence[IdChange]) -> dict[str, Any]:
    return {
        "participant_id": person.id,
        "email": person.email,
        "full_name": person.full_name,
        "npq_courses": [each.course_identifier for each in accepted],
        "funded_places": [
            {
                "npq_course": each.course_identifier,
                "funded_place": each.funded_place,
                "npq_application_id": each.id,
            }
            for each in accepted
        ],
        "teacher_reference_number": person.trn,
        "updated_at": format_instant(person.updated_at),
    }


def _v2(person: Person, accepted: Sequence[Application], _: Sequence[IdChange]) -> dict[str, Any]:
    return {
        "email": person.email,
        "full_name": person.full_name,
        "teacher_reference_number": person.trn,
        "updated_at": format_instant(person.updated_at),
        "npq_enrolments": [{**enrolment(each), "funded_place": each.funded_place} for each in accepted],
    }


def _v3(person: Person, accepted: Sequence[Application], id_changes: Sequence[IdChange]) -> dict[str, Any]:
    return {
        "full_name": person.full_name,
        "teacher_reference_number": person.trn,
        "updated_at": format_instant(person.updated_at),
        "npq_enrolments": [
            {
                "email": person.email,
                **enrolment(each),
                "withdrawal": _since(each, "withdrawn"),
                "deferral": _since(each, "deferred"),
                "created_at": format_instant(each.accepted_at),
                "funded_place": each.funded_place,
            }
            for each in accepted
        ],
        "participant_id_changes": [id_change(each) for each in id_changes],
    }


def enrolment(accepted: Application) -> dict[str, Any]:
    """Return the training in one NPQ; part of every representation of a participant since version 2."""
    return {
        "course_identifier": accepted.course_identifier,
        "schedule_identifier": accepted.schedule_identifier,
        "cohort": str(accepted.cohort),
        "npq_application_id": accepted.id,
        "eligible_for_funding": accepted.eligible_for_funding,
        "training_status": accepted.training_status,
        "school_urn": accepted.school_urn,
        "targeted_delivery_funding_eligibility": accepted.targeted_delivery_funding,
    }


def _since(accepted: Application, status: str) -> dict[str, Any] | None:
    if accepted.training_status != status:
        return None
    return {"reason": accepted.status_reason, "date": format_instant(accepted.status_at)}


@part("npq-outcome")
def outcome(context: Context, reported: NpqOutcome) -> dict[str, Any]:
    """Return an outcome (behaviours OUTC-ATTRIBUTES-V12, OUTC-ATTRIBUTES-V3, OUTC-COMPLETION-DATE-FORMAT)."""
    updated = {"updated_at": format_instant(reported.updated_at)} if context.version == "v3" else {}
    return resource(
        reported.id,
        "participant-outcome",
        state=reported.state,
        completion_date=f"{reported.completion_date}T00:00:00+00:00",
        course_identifier=reported.course_identifier,
        participant_id=reported.person_id,
        created_at=format_instant(reported.created_at),
        **updated,
    )
