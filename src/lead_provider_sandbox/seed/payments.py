"""The declarations of the seed, with the statements that pay for them or claw them back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lead_provider_sandbox.domain.clock import to_datetime
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder

_WITHOUT_STATEMENT = ("submitted", "voided", "ineligible")
_PAID = ("paid", "awaiting-clawback", "clawed-back")
_CLAWBACK = ("awaiting-clawback", "clawed-back")


class NoStatementError(Exception):
    """A declaration cannot be in a state, because no statement of its cohort fits."""


def _paying_statement(data: ProviderData, programme: str, cohort: int, state: str, created: str) -> str | None:
    """Return the id of the statement that pays a declaration, if its state has one (behaviour DECL-STATEMENT-IDS)."""
    if state in _WITHOUT_STATEMENT:
        return None
    for each in _statements(data, programme, cohort, paid=state in _PAID):
        if each["cut_off_date"] >= created[:10]:
            return str(each["id"])
    raise NoStatementError(f"no statement of cohort {cohort} makes a declaration of {created[:10]} {state}")


def _clawback_statement(data: ProviderData, programme: str, cohort: int, state: str) -> str | None:
    if state not in _CLAWBACK:
        return None
    settled = state == "clawed-back"
    fitting = _statements(data, programme, cohort, paid=settled)
    return str(fitting[-1 if settled else 0]["id"])


def add_declaration(builder: RowBuilder, data: ProviderData, *, created: str, day: date, **values: Any) -> Row:
    """Add and return a declaration of a day with the statements of its state; `values` override the defaults."""
    programme, cohort, state = values["programme"], values["cohort"], values["state"]
    defaults = {
        "evidence_held": None,
        "has_passed": None,
        "ineligible_reason": "duplicate_declaration" if state == "ineligible" else None,
        "mentor_id": None,
        "delivery_partner_id": None,
    }
    is_decided = state not in ("submitted", "eligible")
    return builder.add(
        "declarations",
        **{**defaults, **values},
        provider_id=data.provider["id"],
        declaration_date=f"{day}T10:00:00.000000Z",
        statement_id=_paying_statement(data, programme, cohort, state, created),
        clawback_statement_id=_clawback_statement(data, programme, cohort, state),
        created_at=created,
        updated_at=builder.moment(to_datetime(created).date() + timedelta(days=20), 40) if is_decided else created,
    )


def _statements(data: ProviderData, programme: str, cohort: int, *, paid: bool) -> list[Row]:
    return [
        each
        for each in data.statements
        if (each["programme"], each["cohort"], each["paid"]) == (programme, cohort, paid) and each["output_fee"]
    ]
