"""Events of the NPQ service that others decide: a rival about applications, DfE about funding, payments, outcomes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.events.npq_changes import applications_of, row_of, touch
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.npq_service.applications import accept, read_decision
from lead_provider_sandbox.domain.outcomes import record_outcome, same_as_latest, void_outcome
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.seed.row_builder import Row
from lead_provider_sandbox.store.query import ONE_RECORD, Filters
from lead_provider_sandbox.store.tables import applications, declarations, people, statements

_STATES_BEFORE: Mapping[str, tuple[str, ...]] = {
    "eligible": ("submitted",),
    "payable": ("submitted", "eligible"),
    "paid": ("submitted", "eligible", "payable"),
    "ineligible": ("submitted", "eligible", "payable"),
    "voided": ("submitted", "eligible", "payable", "ineligible"),
    "awaiting-clawback": ("paid",),
    "clawed-back": ("paid", "awaiting-clawback"),
}
"""The states from which DfE moves a declaration to a state."""

_NOT_PAID = ("ineligible", "voided")


def application_appeared(context: EventContext, *, application_id: str) -> Facts:
    """Return the facts of an application that has just been created."""
    with context.store.writing() as connection:
        return _facts(row_of(connection, applications, application_id))


def rival_accepted(context: EventContext, *, application_id: str) -> Facts:
    """Let the other provider accept the person's application for the same course and cohort; it rejects this one."""
    with context.store.writing() as connection:
        own = row_of(connection, applications, application_id)
        if own["status"] != "pending":
            raise EventError(f"the application {application_id} is {own['status']}; a rival accepts a pending one")
        rival_id = _rival_application(context, connection, own)
        store = context.store
        application, applicant = store.npq_service.search(Filters((applications.c.id == rival_id,)), ONE_RECORD)[0]
        funding = context.calendar.funding(application.cohort, application.cohort_suffix)
        place = funding == "capped" and application.eligible_for_funding
        domain = _domain(context, context.rival)
        try:
            accept(
                domain,
                read_decision(domain, application, applicant, {} if funding == "full" else {"funded_place": place}),
            )
        except RefusedError as error:
            raise EventError(f"the rival cannot accept the application: {error}") from error
        return _facts(row_of(connection, applications, application_id))


def eligible(
    context: EventContext,
    *,
    participant_id: str | None = None,
    application_id: str | None = None,
    eligible: bool = True,
) -> Facts:
    """Let DfE decide on the funding of an application, or of each one of a participant.

    Submitted declarations of a funded training become eligible. A funded place stays as it is.
    """
    with context.store.writing() as connection:
        if application_id is not None:
            rows = [row_of(connection, applications, application_id)]
        else:
            rows = applications_of(connection, participant_id or "")
        if not rows:
            raise EventError(f"the participant {participant_id} has no applications")
        declared: list[str] = []
        for row in rows:
            moment = touch(context, connection, applications, row["id"], eligible_for_funding=eligible)
            touch(context, connection, people, row["person_id"])
            if eligible and row["status"] == "accepted" and row["funded_place"] is not False:
                declared += _made_eligible(context, connection, row)
    return {
        "participant_id": rows[0]["person_id"],
        "application_ids": [row["id"] for row in rows],
        "eligible": eligible,
        "declaration_ids": declared,
        "updated_at": format_instant(moment),
    }


def declaration_state(context: EventContext, *, declaration_id: str, state: str) -> Facts:
    """Let DfE move a declaration to a state. A voided one of a completed course takes its outcome with it."""
    with context.store.writing() as connection:
        row = row_of(connection, declarations, declaration_id)
        if row["state"] not in _STATES_BEFORE.get(state, ()):
            raise EventError(f"a declaration that is {row['state']} cannot become {state}")
        changes = {"state": state, **_statements(context, connection, row, state)}
        if state == "ineligible":
            changes["ineligible_reason"] = "duplicate_declaration"
        moment = touch(context, connection, declarations, declaration_id, **changes)
        declaration = context.store.declarations.get(declaration_id)
        if declaration is not None and state in _NOT_PAID and row["declaration_type"] == "completed":
            void_outcome(_domain(context, context.provider), declaration)
    return {
        "declaration_id": declaration_id,
        "participant_id": row["person_id"],
        "from_state": row["state"],
        "state": state,
        "updated_at": format_instant(moment),
    }


def outcome(
    context: EventContext,
    *,
    participant_id: str,
    state: str,
    completion_date: str | None = None,
    course_identifier: str | None = None,
) -> Facts:
    """Let DfE record an outcome of a participant's live completed declaration: `passed`, `failed` or `voided`."""
    day = completion_date or context.today
    with context.store.writing() as connection:
        completed = [
            row
            for row in stored_rows(connection, declarations, declarations.c.person_id == participant_id)
            if row["declaration_type"] == "completed"
            and row["state"] in LIVE
            and course_identifier in (None, row["course_identifier"])
        ]
        declaration = context.store.declarations.get(completed[-1]["id"]) if completed else None
        if declaration is None:
            raise EventError(f"the participant {participant_id} has no live completed declaration")
        domain = _domain(context, context.provider)
        if same_as_latest(domain, declaration, state, day):
            raise EventError(f"the participant {participant_id} has the outcome {state} on {day} already")
        recorded = record_outcome(domain, declaration, state, day)
    return {
        "outcome_id": recorded.id,
        "participant_id": participant_id,
        "declaration_id": declaration.id,
        "course_identifier": recorded.course_identifier,
        "state": state,
        "completion_date": day,
    }


def transferred_in(context: EventContext, *, participant_id: str) -> Facts:
    """Return the facts of a participant who has just come from another provider, with its declarations."""
    with context.store.writing() as connection:
        rows = stored_rows(
            connection,
            declarations,
            declarations.c.person_id == participant_id,
            declarations.c.provider_id != context.provider.id,
        )
        if not rows:
            raise EventError(f"the participant {participant_id} has no declarations of another provider")
    return {
        "participant_id": participant_id,
        "declaration_ids": [row["id"] for row in rows],
        "declaration_types": [row["declaration_type"] for row in rows],
    }


def _rival_application(context: EventContext, connection: Connection, own: Row) -> str:
    """Return the id of the person's pending application to the rival, a new copy if there is none."""
    same = ("course_identifier", "cohort", "cohort_suffix")
    for row in applications_of(connection, own["person_id"]):
        is_rival = row["provider_id"] == context.rival.id and row["status"] == "pending"
        if is_rival and all(row[name] == own[name] for name in same):
            return str(row["id"])
    copy = {**own, "id": str(uuid.uuid4()), "provider_id": context.rival.id}
    connection.execute(insert(applications), copy)
    return str(copy["id"])


def _made_eligible(context: EventContext, connection: Connection, application: Row) -> list[str]:
    """Make the submitted declarations of an application eligible, and return their ids."""
    rows = stored_rows(
        connection,
        declarations,
        declarations.c.training_id == application["id"],
        declarations.c.state == "submitted",
    )
    for row in rows:
        changes = _statements(context, connection, row, "eligible")
        touch(context, connection, declarations, row["id"], state="eligible", **changes)
    return [row["id"] for row in rows]


def _statements(context: EventContext, connection: Connection, row: Row, state: str) -> dict[str, Any]:
    """Return the changed statements of a declaration in a new state."""
    if state in _NOT_PAID:
        return {"statement_id": None}
    following = context.store.npq_service.next_statement(
        row["provider_id"], row["cohort"], row["cohort_suffix"], context.today
    )
    following_id = following.id if following else None
    if state == "awaiting-clawback":
        return {"clawback_statement_id": following_id}
    if state in ("paid", "clawed-back"):
        name = "statement_id" if state == "paid" else "clawback_statement_id"
        return {name: _paid_statement(context, connection, row, row[name] or following_id)}
    return {"statement_id": row["statement_id"] or following_id}


def _paid_statement(context: EventContext, connection: Connection, row: Row, otherwise: str | None) -> str | None:
    """Return the id of the last paid statement of a declaration's cohort, or pay another one and return its id."""
    paid = stored_rows(
        connection,
        statements,
        statements.c.provider_id == row["provider_id"],
        statements.c.cohort == row["cohort"],
        statements.c.cohort_suffix == row["cohort_suffix"],
        statements.c.paid,
        statements.c.output_fee,
    )
    if paid:
        return str(max(paid, key=lambda each: str(each["cut_off_date"]))["id"])
    if otherwise is not None:
        touch(context, connection, statements, otherwise, paid=True)
    return otherwise


def _domain(context: EventContext, provider: Provider) -> Context:
    """Return the context in which the service's rules judge a provider's request."""
    return Context(provider=provider, version="v3", now=context.now, calendar=context.calendar, store=context.store)


def _facts(application: Row) -> Facts:
    return {
        "application_id": application["id"],
        "participant_id": application["person_id"],
        "course_identifier": application["course_identifier"],
        "status": application["status"],
        "updated_at": format_instant(application["updated_at"]),
    }
