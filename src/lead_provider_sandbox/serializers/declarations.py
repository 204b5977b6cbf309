"""Declarations as each version shows them."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.parts import part

_UPLIFT_PAID_IN = ("paid", "awaiting-clawback", "clawed-back")
_IN_V1_ONLY = ("eligible_for_payment", "voided")


@part("declaration.v1")
def v1(_: Context, made: Declaration) -> dict[str, Any]:
    """A declaration in version 1 (behaviour DECL-POST-V1-ATTRIBUTES)."""
    return _resource(made, _v1_attributes(made))


@part("declaration.v2")
def v2(_: Context, made: Declaration) -> dict[str, Any]:
    """A declaration in version 2 (behaviour DECL-POST-V2-ATTRIBUTES)."""
    kept = {name: value for name, value in _v1_attributes(made).items() if name not in _IN_V1_ONLY}
    return _resource(made, kept)


@part("declaration.v3")
def v3(_: Context, made: Declaration) -> dict[str, Any]:
    """A declaration in version 3 (behaviour DECL-POST-V3-ATTRIBUTES)."""
    return _resource(
        made,
        {
            "participant_id": made.person_id,
            "declaration_type": made.declaration_type,
            "course_identifier": made.course_identifier,
            "declaration_date": format_instant(made.declaration_date),
            "mentor_id": made.mentor_id,
            "state": made.state,
            "updated_at": format_instant(made.updated_at),
            "created_at": format_instant(made.created_at),
            "delivery_partner_id": made.delivery_partner_id,
            "statement_id": made.statement_id,
            "clawback_statement_id": made.clawback_statement_id,
            "ineligible_for_funding_reason": made.ineligible_reason,
            "uplift_paid": made.uplift and made.state in _UPLIFT_PAID_IN,
            "evidence_held": made.evidence_held,
            "has_passed": made.has_passed,
            "lead_provider_name": made.provider_name,
        },
    )


SERIALIZERS = {"v1": v1, "v2": v2, "v3": v3}


def serialize(context: Context, made: Declaration) -> dict[str, Any]:
    """A declaration as the context's version shows it."""
    return SERIALIZERS[context.version](context, made)


def _resource(made: Declaration, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"id": made.id, "type": "participant-declaration", "attributes": attributes}


def _v1_attributes(made: Declaration) -> dict[str, Any]:
    return {
        "participant_id": made.person_id,
        "declaration_type": made.declaration_type,
        "course_identifier": made.course_identifier,
        "eligible_for_payment": made.state in ("eligible", "payable"),
        "declaration_date": format_instant(made.declaration_date),
        "updated_at": format_instant(made.updated_at),
        "voided": made.state == "voided",
        "state": made.state,
        "has_passed": made.has_passed,
    }
