"""Serialize partnerships, schools and delivery partners for version 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.school_models import DeliveryPartner, Partnership, School
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.resource import resource

_PROGRAMMES_SINCE_2025 = {
    "core_induction_programme": "school_led",
    "design_our_own": "school_led",
    "full_induction_programme": "provider_led",
    "school_funded_fip": "provider_led",
}
"""The names of a school's programme in later editions (behaviour SCH-PROGRAMME-VALUES-B)."""


@part("partnership")
def partnership(_: Context, record: Partnership) -> dict[str, Any]:
    """Return a partnership (behaviours PART-ATTRIBUTES, PART-STATUS, HDR-TIMESTAMP-CHALLENGED-AT)."""
    return resource(
        record.id,
        "partnership",
        cohort=str(record.cohort),
        urn=record.urn,
        school_id=record.school_id,
        delivery_partner_id=record.delivery_partner_id,
        delivery_partner_name=record.delivery_partner_name,
        status="active" if record.challenged_at is None else "challenged",
        challenged_reason=record.challenged_reason,
        challenged_at=None if record.challenged_at is None else f"{record.challenged_at[:23]}Z",
        induction_tutor_name=record.tutor_name,
        induction_tutor_email=record.contact_email,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.shown_updated_at),
    )


@part("school")
def school(
    context: Context, cohort: int, record: School, in_partnership: bool, programme: str | None, updated_at: str
) -> dict[str, Any]:
    """Return a school in a cohort (behaviours SCH-ATTRIBUTES, SCH-PROGRAMME-DEFAULT, SCH-COHORT-ECHO)."""
    chosen = programme or "not_yet_known"
    if context.calendar.edition != context.calendar.editions[0]:
        chosen = _PROGRAMMES_SINCE_2025.get(chosen, chosen)
    return resource(
        record.id,
        "school",
        name=record.name,
        urn=record.urn,
        cohort=str(cohort),
        in_partnership=in_partnership,
        induction_programme_choice=chosen,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(updated_at),
    )


@part("delivery-partner")
def delivery_partner(_: Context, partner: DeliveryPartner, cohorts: Sequence[int]) -> dict[str, Any]:
    """Return a delivery partner with its cohorts with the provider.

    Behaviours DPART-ATTRIBUTES, DPART-COHORTS.
    """
    return resource(
        partner.id,
        "delivery-partner",
        name=partner.name,
        created_at=format_instant(partner.created_at),
        updated_at=format_instant(partner.updated_at),
        cohort=[str(cohort) for cohort in cohorts],
    )
