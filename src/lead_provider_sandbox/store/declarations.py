"""Declarations and the statements that pay for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, insert, or_, select

from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Declaration, Person, Statement
from lead_provider_sandbox.store.people import LISTED
from lead_provider_sandbox.store.query import (
    WHOLE_LIST,
    Filters,
    Page,
    columns_of,
    fetch,
    fetch_first,
    one_of,
    search,
    update_row,
)
from lead_provider_sandbox.store.tables import declarations, enrolments, people, providers, statements

_IS_LIVE = one_of(declarations.c.state, LIVE)
_DECLARATIONS: Select[Any] = select(*columns_of(Declaration, declarations), providers.c.name).join_from(
    declarations, providers, declarations.c.provider_id == providers.c.id
)
_OLDEST_FIRST = (declarations.c.created_at, declarations.c.id)
_DECLARATION_BY_ID = _DECLARATIONS.where(declarations.c.id == bindparam("declaration_id"))
_OF_TRAINING = _DECLARATIONS.where(declarations.c.training_id == bindparam("training_id")).order_by(*_OLDEST_FIRST)
_LIVE_EVENT = (
    declarations.c.course_identifier == bindparam("course"),
    declarations.c.declaration_type == bindparam("type"),
    _IS_LIVE,
)
_LIVE_OF_EVENT = _DECLARATIONS.where(declarations.c.person_id == bindparam("person_id"), *_LIVE_EVENT).order_by(
    *_OLDEST_FIRST
)
_LIVE_WITH_SAME_TRN = (
    select(declarations.c.id)
    .join_from(declarations, people, declarations.c.person_id == people.c.id)
    .where(people.c.trn == bindparam("trn"), people.c.id != bindparam("person_id"), *_LIVE_EVENT)
    .limit(1)
)
_NEXT_STATEMENT = (
    select(*columns_of(Statement, statements))
    .where(
        statements.c.provider_id == bindparam("provider_id"),
        statements.c.programme == bindparam("programme"),
        statements.c.cohort == bindparam("cohort"),
        statements.c.cut_off_date >= bindparam("today"),
        statements.c.output_fee,
    )
    .order_by(statements.c.cut_off_date, statements.c.id)
    .limit(1)
)


@cache
def visible_in(programmes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for a provider's own declarations, and live ones of participants it trains today.

    `programmes` are those that the provider offers. The parameters are `provider_id` and `today`.
    Behaviours DECL-LIST-PREVIOUS-PROVIDER and DECL-LIST-PREVIOUS-PROVIDER-STATES.
    """
    trained_today = exists().where(
        enrolments.c.person_id == declarations.c.person_id,
        enrolments.c.provider_id == bindparam("provider_id"),
        one_of(enrolments.c.induction_status, ("active", "completed")),
        or_(enrolments.c.end_date.is_(None), enrolments.c.end_date > bindparam("today")),
        LISTED,
    )
    return and_(
        or_(
            declarations.c.provider_id == bindparam("provider_id"),
            and_(declarations.c.programme == "ecf", _IS_LIVE, trained_today),
        ),
        one_of(declarations.c.programme, programmes),
    )


class Declarations:
    """Queries and updates of declarations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, declaration_id: str) -> Declaration | None:
        """Return the declaration with an id, or None."""
        return fetch_first(self._connection, _DECLARATION_BY_ID, Declaration, values={"declaration_id": declaration_id})

    def of_training(self, training_id: str) -> list[Declaration]:
        """Return the declarations of a training record or NPQ application, oldest first."""
        return fetch(self._connection, _OF_TRAINING, Declaration, values={"training_id": training_id})

    def live_of_event(self, person_id: str, course: str, declaration_type: str) -> list[Declaration]:
        """Return every provider's live declarations of one event in a person's training."""
        values = {"person_id": person_id, "course": course, "type": declaration_type}
        return fetch(self._connection, _LIVE_OF_EVENT, Declaration, values=values)

    def exists_with_same_trn(self, person: Person, course: str, declaration_type: str) -> bool:
        """Return whether another record of a person with this TRN has a live declaration of the event."""
        if person.trn is None:
            return False
        values = {"trn": person.trn, "person_id": person.id, "course": course, "type": declaration_type}
        return self._connection.execute(_LIVE_WITH_SAME_TRN, values).first() is not None

    def next_statement(self, provider_id: str, programme: str, cohort: int, today: str) -> Statement | None:
        """Return the provider's next statement that pays for a cohort; None once its contract has ended."""
        values = {"provider_id": provider_id, "programme": programme, "cohort": cohort, "today": today}
        return fetch_first(self._connection, _NEXT_STATEMENT, Statement, values=values)

    def search(self, filters: Filters, page: Page = WHOLE_LIST) -> list[Declaration]:
        """Return the declarations that pass the filters, or a page of them, oldest first."""
        return search(self._connection, _DECLARATIONS, Declaration, filters, _OLDEST_FIRST, page)

    def add(self, values: Mapping[str, Any]) -> None:
        """Insert a declaration."""
        self._connection.execute(insert(declarations), dict(values))

    def update(self, declaration_id: str, moment: str, values: Mapping[str, Any]) -> None:
        """Update a declaration and its change time."""
        update_row(self._connection, declarations, declaration_id, {**values, "updated_at": moment})
