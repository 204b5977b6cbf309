"""Serialize declarations for each version."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.resource import resource

TYPE = "participant-declaration"

_UPLIFT_PAID_IN = ("paid", "awaiting-clawback", "clawed-back")
_IN_V1_ONLY = ("eligible_for_payment", "voided")


@part("declaration.v1")
def v1(_: Context, declaration: Declaration) -> dict[str, Any]:
    """Return a declaration for version 1 (behaviour DECL-POST-V1-ATTRIBUTES)."""
    return resource(declaration.id, TYPE, **_v1_attributes(declaration))


@part("declaration.v2")
def v2(_: Context, declaration: Declaration) -> dict[str, Any]:
    """Return a declaration for version 2 (behaviour DECL-POST-V2-ATTRIBUTES)."""
    attributes = {name: value for name, value in _v1_attributes(declaration).items() if name not in _IN_V1_ONLY}
    return resource(declaration.id, TYPE, **attributes)


@part("declaration.v3")
def v3(_: Context, declaration: Declaration) -> dict[str, Any]:
    """Return a declaration for version 3 (behaviour DECL-POST-V3-ATTRIBUTES)."""
    return resource(
        declaration.id,
        TYPE,
        participant_id=declaration.person_id,
        declaration_type=declaration.declaration_type,
        course_identifier=declaration.course_identifier,
        declaration_date=format_instant(declaration.declaration_date),
        mentor_id=declaration.mentor_id,
        state=declaration.state,
        updated_at=format_instant(declaration.updated_at),
        created_at=format_instant(declaration.created_at),
        delivery_partner_id=declaration.delivery_partner_id,
        statement_id=declaration.statement_id,
        clawback_statement_id=declaration.clawback_statement_id,
        ineligible_for_funding_reason=declaration.ineligible_reason,
        uplift_paid=declaration.uplift and declaration.state in _UPLIFT_PAID_IN,
        evidence_held=declaration.evidence_held,
        has_passed=declaration.has_passed,
        lead_provider_name=declaration.provider_name,
    )


SERIALIZERS = {"v1": v1, "v2": v2, "v3": v3}


def serialize(context: Context, declaration: Declaration) -> dict[str, Any]:
    """Return a declaration for the version of the request."""
    return SERIALIZERS[context.version](context, declaration)


def _v1_attributes(declaration: Declaration) -> dict[str, Any]:
    return {
        "participant_id": declaration.person_id,
        "declaration_type": declaration.declaration_type,
        "course_identifier": declaration.course_identifier,
        "eligible_for_payment": declaration.state in ("eligible", "payable"),
        "declaration_date": format_instant(declaration.declaration_date),
        "updated_at": format_instant(declaration.updated_at),
        "voided": declaration.state == "voided",
        "state": declaration.state,
        "has_passed": declaration.has_passed,
    }
