"""Voiding a declaration in the NPQ service, which claws a paid one back."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.declaration_rules import CONTRACT_ENDED
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.domain.models import Statement
from lead_provider_sandbox.domain.npq_service.models import NpqDeclaration
from lead_provider_sandbox.domain.outcomes import void_outcome
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.parts import part

RULES: Rules[NpqDeclaration] = Rules()


@RULES.rule("npq-service.void.not-already-voided")
def not_already_voided(_: Context, declaration: NpqDeclaration) -> Iterator[Problem]:
    """The declaration is not already voided."""
    if declaration.state == "voided":
        yield Problem("declaration", "This declaration has already been voided.")


@RULES.rule("npq-service.void.not-clawed-back")
def not_clawed_back(_: Context, declaration: NpqDeclaration) -> Iterator[Problem]:
    """The declaration is not awaiting clawback or clawed back."""
    if declaration.state in ("awaiting-clawback", "clawed-back"):
        yield Problem("declaration", "The declaration must be paid before it can be clawed back.")


@RULES.rule("npq-service.void.clawback-has-statement")
def clawback_has_statement(context: Context, declaration: NpqDeclaration) -> Iterator[Problem]:
    """A paid declaration has a future statement that can claw it back."""
    if declaration.state == "paid" and _clawback_statement(context, declaration) is None:
        yield Problem("declaration", CONTRACT_ENDED.format(cohort=declaration.cohort))


def _clawback_statement(context: Context, declaration: NpqDeclaration) -> Statement | None:
    return context.store.npq_service.next_statement(
        declaration.provider_id, declaration.cohort, declaration.cohort_suffix, context.today
    )


@part("npq-service.void.effect")
def apply_void(context: Context, declaration: NpqDeclaration) -> None:
    """Move the declaration to its next state and update its statements and outcome."""
    next_state = DECLARATION.after(declaration.state, "void") or "voided"
    changes: dict[str, str | None] = {"state": next_state}
    if next_state == "awaiting-clawback":
        statement = _clawback_statement(context, declaration)
        changes["clawback_statement_id"] = statement.id if statement else None
    else:
        changes["statement_id"] = None
    context.store.declarations.update(declaration.id, change_time(context, declaration.updated_at), changes)
    if declaration.declaration_type == "completed":
        void_outcome(context, declaration)


def void_declaration(context: Context, declaration: NpqDeclaration) -> None:
    """Check the rules and void a declaration."""
    RULES.check(context, declaration)
    apply_void(context, declaration)
