"""Voiding a declaration, which claws a paid one back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.declaring import CONTRACT_ENDED
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.domain.outcomes import void_outcome
from lead_provider_sandbox.domain.records import Declaration, Statement
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.responses import invalid_action
from lead_provider_sandbox.parts import Problem, Rule, part, rule
from lead_provider_sandbox.store import declarations, people

INVALID_ACTION = "Invalid action"


@dataclass(frozen=True, slots=True)
class Voiding:
    """A declaration that is to be voided, and the statement that would claw it back."""

    declaration: Declaration
    statement: Statement | None


def requested(call: Call, declaration: Declaration) -> Voiding:
    """A request to void a declaration."""
    statement = declarations.next_output_fee_statement(
        call.connection, declaration.provider_id, declaration.programme, declaration.cohort, call.today
    )
    return Voiding(declaration, statement)


@rule("void.not-already-voided")
def not_already_voided(_: Call, voiding: Voiding) -> Iterator[Problem]:
    """A voided declaration is not voided again (behaviour VOID-ALREADY-VOIDED)."""
    if voiding.declaration.state == "voided":
        yield Problem(INVALID_ACTION, "This declaration has already been voided.")


@rule("void.not-clawed-back")
def not_clawed_back(call: Call, voiding: Voiding) -> Iterator[Problem]:
    """A declaration that is being clawed back, or has been, stays so.

    Behaviours VOID-CLAWED-BACK-A, VOID-CLAWED-BACK-B.
    """
    if voiding.declaration.state in ("awaiting-clawback", "clawed-back"):
        first_edition = call.calendar.edition == call.calendar.editions[0]
        yield Problem(
            INVALID_ACTION,
            "This declaration cannot be voided. Contact the DfE if you have any questions about why you cannot void it."
            if first_edition
            else "This declaration has been clawed-back, so you can only view it.",
        )


@rule("void.clawback-has-statement")
def clawback_has_statement(_: Call, voiding: Voiding) -> Iterator[Problem]:
    """A paid declaration is clawed back only while there is a statement to come (behaviour VOID-PAID-NO-STATEMENT)."""
    if voiding.declaration.state == "paid" and voiding.statement is None:
        ended = CONTRACT_ENDED.format(cohort=voiding.declaration.cohort)
        yield Problem(INVALID_ACTION, f"Participant declaration {ended}")


RULES: tuple[Rule[Voiding], ...] = (not_already_voided, not_clawed_back, clawback_has_statement)


@part("void.effect")
def take_effect(call: Call, voiding: Voiding) -> None:
    """Move the declaration to the state that follows, and its statements with it (behaviour DECL-STATEMENT-IDS)."""
    made = voiding.declaration
    following = DECLARATION.after(made.state, "void") or "voided"
    changes: dict[str, str | None] = {"state": following}
    if following == "awaiting-clawback":
        changes["clawback_statement_id"] = voiding.statement.id if voiding.statement else None
    else:
        changes["statement_id"] = None
    moment = moment_of_change(call, made.updated_at)
    declarations.change_declaration(call.connection, made.id, moment, changes)
    if made.declaration_type != "completed":
        return
    void_outcome(call, made)
    if made.course_identifier == "ecf-mentor":
        _fund_mentor_again(call, made)


@part("void.fund-mentor-again")
def _fund_mentor_again(call: Call, made: Declaration) -> None:
    """Without the completed declaration there is no end to a mentor's funding (behaviour VOID-MENTOR-COMPLETION)."""
    enrolled = people.enrolments_with(call.connection, made.person_id, made.provider_id)
    for each in enrolled:
        if each.training_record_id == made.training_id:
            unfunded = {"mentor_funding_end_date": None, "mentor_ineligible_reason": None}
            people.change_training_record(call.connection, each, call.now, unfunded)


def void(call: Call, declaration: Declaration) -> None:
    """Apply the rules one after another, then void; raises the first problem, about the action as a whole."""
    voiding = requested(call, declaration)
    for each in RULES:
        for problem in each(call, voiding):
            raise invalid_action(problem.detail)
    take_effect(call, voiding)
