"""Voiding a declaration of the ECT service, which claws a paid one back."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.declaration_rules import CONTRACT_ENDED
from lead_provider_sandbox.domain.ect.training import is_frozen
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.domain.models import Declaration, Statement
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.parts import part

DECLARATION_ID = "participant_declaration_id"

RULES: Rules[Declaration] = Rules()


@RULES.rule("ect-void.not-voided")
def not_voided(_: Context, declaration: Declaration) -> Iterator[Problem]:
    """The declaration is not voided."""
    if declaration.state == "voided":
        yield Problem(DECLARATION_ID, "The declaration has already been voided.")


@RULES.rule("ect-void.not-clawed-back")
def not_clawed_back(_: Context, declaration: Declaration) -> Iterator[Problem]:
    """The declaration is neither awaiting clawback nor clawed back."""
    if declaration.state in ("awaiting-clawback", "clawed-back"):
        yield Problem(DECLARATION_ID, "The declaration will or has been refunded.")


@RULES.rule("ect-void.cohort-open")
def cohort_open(context: Context, declaration: Declaration) -> Iterator[Problem]:
    """The cohort is not closed."""
    if DECLARATION.after(declaration.state, "void") and is_frozen(context, declaration.cohort):
        yield Problem(DECLARATION_ID, CONTRACT_ENDED.format(cohort=declaration.cohort))


@RULES.rule("ect-void.clawback-has-statement")
def clawback_has_statement(context: Context, declaration: Declaration) -> Iterator[Problem]:
    """A statement to come claws a paid declaration back."""
    if declaration.state != "paid" or is_frozen(context, declaration.cohort):
        return
    if _next_statement(context, declaration) is None:
        yield Problem(DECLARATION_ID, CONTRACT_ENDED.format(cohort=declaration.cohort))


def _next_statement(context: Context, declaration: Declaration) -> Statement | None:
    return context.store.declarations.next_statement(
        declaration.provider_id, declaration.programme, declaration.cohort, context.today
    )


@part("ect-void.effect")
def apply_void(context: Context, declaration: Declaration) -> None:
    """Move the declaration to its next state; only one that is clawed back keeps its statement."""
    next_state = DECLARATION.after(declaration.state, "void") or "voided"
    changes: dict[str, str | None] = {"state": next_state}
    if next_state == "awaiting-clawback":
        statement = _next_statement(context, declaration)
        changes["clawback_statement_id"] = statement.id if statement else None
    else:
        changes["statement_id"] = None
    context.store.declarations.update(declaration.id, change_time(context, declaration.updated_at), changes)
    if declaration.declaration_type == "completed" and declaration.course_identifier == "ecf-mentor":
        fund_mentor_again(context, declaration)


@part("ect-void.fund-mentor-again")
def fund_mentor_again(context: Context, declaration: Declaration) -> None:
    """Remove the end of the mentor's funding."""
    funded = {"mentor_funding_end_date": None, "mentor_ineligible_reason": None}
    for each in context.store.people.enrolments(declaration.person_id, declaration.provider_id):
        if each.training_record_id == declaration.training_id:
            context.store.people.update_training_record(each, context.now, funded)


def void_declaration(context: Context, declaration: Declaration) -> None:
    """Check the rules and void a declaration."""
    RULES.check(context, declaration)
    apply_void(context, declaration)
