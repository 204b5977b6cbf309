"""Events of declarations of the ECT service: DfE pays for them or voids them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import statements, training_records

_UNPAID = ("submitted", "eligible", "payable")
_FROM: Mapping[str, tuple[str, ...]] = {
    "eligible": ("submitted",),
    "payable": ("submitted", "eligible"),
    "paid": _UNPAID,
    "voided": _UNPAID,
    "awaiting-clawback": ("paid",),
    "clawed-back": ("awaiting-clawback",),
}
"""The states from which DfE takes a declaration to another one, at once or in several steps.

The API of this service has no state `ineligible`.
"""


def declaration_state(context: EventContext, *, declaration_id: str, state: str) -> Facts:
    """Take a declaration to a state, as DfE does; a paid one that is voided becomes `awaiting-clawback`.

    Only this declaration changes, not the others of its statement. The facts have the state that it has now.
    """
    context.shown("declarations", declaration_id)
    declaration = context.store.declarations.get(declaration_id)
    if declaration is None:
        raise EventError(f"there is no declaration {declaration_id}")
    if state == "voided" and declaration.state == "paid":
        state = "awaiting-clawback"
    if state not in _FROM:
        raise EventError(f"there is no event that makes a declaration {state!r}; the states are {', '.join(_FROM)}")
    if declaration.state not in _FROM[state]:
        raise EventError(f"the declaration {declaration_id} is {declaration.state}, and cannot become {state}")
    moment = context.change_time(declaration.updated_at)
    with context.store.writing() as connection:
        changes = {"state": state, **_statements(context, declaration, state)}
        context.store.declarations.update(declaration_id, moment, changes)
        is_completion = (declaration.course_identifier, declaration.declaration_type) == ("ecf-mentor", "completed")
        if is_completion and state in ("voided", "awaiting-clawback"):
            funded = {"mentor_funding_end_date": None, "mentor_ineligible_reason": None}
            update_row(connection, training_records, declaration.training_id, funded)
            context.store.people.touch(declaration.person_id, context.person_change_time(declaration.person_id))
    return {"declaration_id": declaration_id, "state": state}


def _statements(context: EventContext, declaration: Declaration, state: str) -> dict[str, Any]:
    """Return the statement that pays for a declaration, or claws it back, in a state."""
    upcoming = context.store.declarations.next_statement(
        declaration.provider_id, declaration.programme, declaration.cohort, context.today
    )
    next_id = upcoming.id if upcoming else None
    match state:
        case "voided":
            return {"statement_id": None}
        case "eligible" | "payable":
            return {"statement_id": declaration.statement_id or next_id}
        case "paid":
            return {"statement_id": _last_paid(context, declaration) or declaration.statement_id or next_id}
        case "awaiting-clawback":
            return {"clawback_statement_id": next_id}
    return {}


def _last_paid(context: EventContext, declaration: Declaration) -> str | None:
    """Return the last paid statement of the declaration's cohort, if there is one."""
    paid = stored_rows(
        context.store.connection,
        statements,
        statements.c.provider_id == declaration.provider_id,
        statements.c.programme == declaration.programme,
        statements.c.cohort == declaration.cohort,
        statements.c.paid,
        statements.c.output_fee,
    )
    return max(paid, key=lambda each: str(each["cut_off_date"]))["id"] if paid else None
