"""Declarations and the statements that pay for them: look-ups and changes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, insert, or_, select

from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.records import Declaration, Person, Statement
from lead_provider_sandbox.store.people import LISTED
from lead_provider_sandbox.store.query import COMBINATIONS, Conditions, Wanted, page_of, paged, rows_of
from lead_provider_sandbox.store.tables import declarations, enrolments, people, providers, statements
from lead_provider_sandbox.store.updates import change

IS_LIVE = or_(*(declarations.c.state == state for state in LIVE))
"""Condition: the declaration takes the one place there is for its event. Spelt out, for IN is expanded each time."""

_TRAINED_NOW = exists().where(
    enrolments.c.person_id == declarations.c.person_id,
    enrolments.c.provider_id == bindparam("provider_id"),
    or_(enrolments.c.induction_status == "active", enrolments.c.induction_status == "completed"),
    or_(enrolments.c.end_date.is_(None), enrolments.c.end_date > bindparam("today")),
    LISTED,
)
VISIBLE = or_(
    declarations.c.provider_id == bindparam("provider_id"),
    and_(declarations.c.programme == "ecf", IS_LIVE, _TRAINED_NOW),
)
"""Condition: made by the provider, or live and of somebody whom the provider trains today.

Behaviours DECL-LIST-PREVIOUS-PROVIDER and DECL-LIST-PREVIOUS-PROVIDER-STATES.
"""

_STATEMENT = [statements.c[name] for name in Statement.__dataclass_fields__]
_ROWS = select(
    *(declarations.c[name] for name in Declaration.__dataclass_fields__ if name != "provider_name"),
    providers.c.name,
).join_from(declarations, providers, declarations.c.provider_id == providers.c.id)

_OF_EVENT = _ROWS.where(
    declarations.c.person_id == bindparam("person_id"),
    declarations.c.course_identifier == bindparam("course_identifier"),
    declarations.c.declaration_type == bindparam("declaration_type"),
    IS_LIVE,
).order_by(declarations.c.created_at, declarations.c.id)
_OF_TRAINING = _ROWS.where(declarations.c.training_id == bindparam("training_id")).order_by(
    declarations.c.created_at, declarations.c.id
)
_BY_ID = _ROWS.where(declarations.c.id == bindparam("id"))
_NEXT_STATEMENT = (
    select(*_STATEMENT)
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
_UNDER_SAME_TRN = (
    select(declarations.c.id)
    .join_from(declarations, people, declarations.c.person_id == people.c.id)
    .where(
        people.c.trn == bindparam("trn"),
        people.c.id != bindparam("person_id"),
        declarations.c.course_identifier == bindparam("course_identifier"),
        declarations.c.declaration_type == bindparam("declaration_type"),
        IS_LIVE,
    )
    .limit(1)
)
_INSERT = insert(declarations)


def declaration(connection: Connection, declaration_id: str) -> Declaration | None:
    """The declaration with an id, or None."""
    row = connection.execute(_BY_ID, {"id": declaration_id}).first()
    return None if row is None else _made(row)


def live_of_event(
    connection: Connection, person_id: str, course_identifier: str, declaration_type: str
) -> list[Declaration]:
    """The live declarations, whoever made them, of one event in one person's training."""
    event = {
        "person_id": person_id,
        "course_identifier": course_identifier,
        "declaration_type": declaration_type,
    }
    return [_made(row) for row in rows_of(connection, _OF_EVENT, event)]


def of_training(connection: Connection, training_id: str) -> list[Declaration]:
    """Every declaration of a training record or NPQ application, oldest first."""
    return [_made(row) for row in rows_of(connection, _OF_TRAINING, {"training_id": training_id})]


def live_under_same_trn(connection: Connection, person: Person, course_identifier: str, declaration_type: str) -> bool:
    """Whether another record of a person with this TRN has a live declaration of the event."""
    if person.trn is None:
        return False
    event = {
        "trn": person.trn,
        "person_id": person.id,
        "course_identifier": course_identifier,
        "declaration_type": declaration_type,
    }
    return connection.execute(_UNDER_SAME_TRN, event).first() is not None


def next_output_fee_statement(
    connection: Connection, provider_id: str, programme: str, cohort: int, today: str
) -> Statement | None:
    """The provider's next statement that pays for declarations of a cohort; None when its contract has ended."""
    row = connection.execute(
        _NEXT_STATEMENT,
        {"provider_id": provider_id, "programme": programme, "cohort": cohort, "today": today},
    ).first()
    return None if row is None else Statement(*row)


def listed_declarations(connection: Connection, wanted: Wanted, limit: int, offset: int) -> list[Declaration]:
    """A page of the declarations that satisfy all conditions, oldest first."""
    return [_made(row) for row in page_of(connection, _listing(wanted.conditions), wanted, limit, offset)]


@lru_cache(COMBINATIONS)
def _listing(conditions: Conditions) -> Select[Any]:
    return paged(_ROWS.where(*conditions).order_by(declarations.c.created_at, declarations.c.id))


def add_declaration(connection: Connection, values: dict[str, Any]) -> None:
    """Put in a new declaration."""
    connection.execute(_INSERT, values)


def change_declaration(connection: Connection, declaration_id: str, moment: str, values: dict[str, Any]) -> None:
    """Change a declaration and move its change time."""
    change(connection, declarations, declaration_id, {**values, "updated_at": moment})


def _made(row: Any) -> Declaration:
    return Declaration(*row)
