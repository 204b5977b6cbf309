"""Voiding a declaration, which claws a paid one back."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.declaration_rules import CONTRACT_ENDED
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.domain.models import Declaration, Statement
from lead_provider_sandbox.domain.outcomes import void_outcome
from lead_provider_sandbox.domain.rules import InvalidActionError, Problem, Rules
from lead_provider_sandbox.parts import part

INVALID_ACTION = "Invalid action"


RULES: Rules[Declaration] = Rules()


@RULES.rule("void.not-already-voided")
def not_already_voided(_: Context, declaration: Declaration) -> Iterator[Problem]:
    """The declaration is not already voided (behaviour VOID-ALREADY-VOIDED)."""
    if declaration.state == "voided":
        yield Problem(INVALID_ACTION, "This declaration has already been voided.")


@RULES.rule("void.not-clawed-back")
def not_clawed_back(context: Context, declaration: Declaration) -> Iterator[Problem]:
    """The declaration is not awaiting clawback or clawed back.

    Behaviours VOID-CLAWED-BACK-A, VOID-CLAWED-BACK-B.
    """
    if declaration.state in ("awaiting-clawback", "clawed-back"):
        first_edition = context.calendar.edition == context.calendar.editions[0]
        yield Problem(
            INVALID_ACTION,
            "This declaration cannot be voided. Contact the DfE if you have any questions about why you cannot void it."
            if first_edition
            else "This declaration has been clawed-back, so you can only view it.",
        )


@RULES.rule("void.clawback-has-statement")
def clawback_has_statement(context: Context, declaration: Declaration) -> Iterator[Problem]:
    """A paid declaration has a future statement that can claw it back (behaviour VOID-PAID-NO-STATEMENT)."""
    if declaration.state == "paid" and _clawback_statement(context, declaration) is None:
        ended = CONTRACT_ENDED.format(cohort=declaration.cohort)
        yield Problem(INVALID_ACTION, f"Participant declaration {ended}")


def _clawback_statement(context: Context, declaration: Declaration) -> Statement | None:
    return context.store.declarations.next_statement(
        declaration.provider_id, declaration.programme, declaration.cohort, context.today
    )


@part("void.effect")
def apply_void(context: Context, declaration: Declaration) -> None:
    """Move the declaration to its next state and update its statements (behaviour DECL-STATEMENT-IDS)."""
    next_state = DECLARATION.after(declaration.state, "void") or "voided"
    changes: dict[str, str | None] = {"state": next_state}
    if next_state == "awaiting-clawback":
        statement = _clawback_statement(context, declaration)
        changes["clawback_statement_id"] = statement.id if statement else None
    else:
        changes["statement_id"] = None
    moment = change_time(context, declaration.updated_at)
    context.store.declarations.update(declaration.id, moment, changes)
    if declaration.declaration_type != "completed":
        return
    void_outcome(context, declaration)
    if declaration.course_identifier == "ecf-mentor":
        _restore_mentor_funding(context, declaration)


@part("void.fund-mentor-again")
def _restore_mentor_funding(context: Context, declaration: Declaration) -> None:
    """Remove the end of the mentor's funding (behaviour VOID-MENTOR-COMPLETION)."""
    funded = {"mentor_funding_end_date": None, "mentor_ineligible_reason": None}
    for each in context.store.people.enrolments(declaration.person_id, declaration.provider_id):
        if each.training_record_id == declaration.training_id:
            context.store.people.update_training_record(each, context.now, funded)


def void_declaration(context: Context, declaration: Declaration) -> None:
    """Void a declaration. Raise `InvalidActionError` with the first problem, if there is one."""
    for each in RULES:
        for problem in each(context, declaration):
            raise InvalidActionError(problem.detail)
    apply_void(context, declaration)
