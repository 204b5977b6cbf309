"""Serialize statements, transfers and unfunded mentors for version 3."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Any

from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Person, Statement
from lead_provider_sandbox.domain.school_models import Transfer
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.resource import resource


@part("statement")
def statement(_: Context, record: Statement) -> dict[str, Any]:
    """Return a statement (behaviours STMT-ATTRIBUTES, STMT-VALUES)."""
    return resource(
        record.id,
        "statement",
        month=calendar.month_name[record.month],
        year=str(record.year),
        type=record.programme,
        cohort=str(record.cohort),
        cut_off_date=record.cut_off_date,
        payment_date=record.payment_date,
        paid=record.paid,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.updated_at),
    )


@part("transfer")
def transfer(context: Context, person: Person, moves: Sequence[Transfer]) -> dict[str, Any]:
    """Return a person's transfers from or to the provider (behaviours TRAN-ATTRIBUTES, TRAN-UPDATED-AT)."""
    return resource(
        person.id,
        "participant-transfer",
        updated_at=format_instant(max(move.updated_at for move in moves)),
        transfers=[_move(move, context.today) for move in moves],
    )


def _move(move: Transfer, today: str) -> dict[str, Any]:
    last = max(move.leaving_date, move.joining_date or move.leaving_date)
    joining = None
    if move.joining_urn is not None:
        joining = {"school_urn": move.joining_urn, "provider": move.joining_provider, "date": move.joining_date}
    return {
        "training_record_id": move.training_record_id,
        "transfer_type": _type(move),
        "status": "incomplete" if last > today else "complete",
        "created_at": format_instant(move.created_at),
        "leaving": {
            "school_urn": move.leaving_urn,
            "provider": move.leaving_provider,
            "date": move.leaving_date,
        },
        "joining": joining,
    }


def _type(move: Transfer) -> str:
    """Return the transfer type (behaviours TRAN-TYPE, TRAN-JOINING-NULL)."""
    if move.joining_urn is None:
        return "unknown"
    return "new_school" if move.leaving_provider_id == move.joining_provider_id else "new_provider"


@part("unfunded-mentor")
def unfunded_mentor(_: Context, mentor: Person) -> dict[str, Any]:
    """Return a mentor not trained by the provider (behaviours UNF-ATTRIBUTES, UNF-TRN)."""
    return resource(
        mentor.id,
        "unfunded-mentor",
        full_name=mentor.full_name,
        email=mentor.email,
        teacher_reference_number=mentor.trn or mentor.claimed_trn,
        created_at=format_instant(mentor.created_at),
        updated_at=format_instant(mentor.updated_at),
    )
