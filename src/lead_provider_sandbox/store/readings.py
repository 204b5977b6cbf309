"""What providers only read: statements, transfers and unfunded mentors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from lead_provider_sandbox.domain.places import Transfer
from lead_provider_sandbox.domain.records import Person, Statement
from lead_provider_sandbox.store.people import LISTED
from lead_provider_sandbox.store.tables import enrolments, people, providers, statements, training_records, transfers

_STATEMENT = [statements.c[name] for name in Statement.__dataclass_fields__]
_PERSON = [people.c[name] for name in Person.__dataclass_fields__]


def listed_statements(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None, offset: int
) -> list[Statement]:
    """A page of the output fee statements that satisfy all conditions, by payment date."""
    rows = connection.execute(
        select(*_STATEMENT)
        .where(statements.c.output_fee, *conditions)
        .order_by(statements.c.payment_date, statements.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [Statement(*row) for row in rows]


def concerns(provider_id: str) -> ColumnElement[bool]:
    """Condition: a transfer from, or to, a provider (behaviour TRAN-NEW-PROVIDER-BOTH-SEE)."""
    return or_(transfers.c.leaving_provider_id == provider_id, transfers.c.joining_provider_id == provider_id)


def people_with_transfers(
    connection: Connection,
    provider_id: str,
    conditions: Sequence[ColumnElement[bool]],
    limit: int | None,
    offset: int,
) -> list[tuple[Person, list[Transfer]]]:
    """A page of the people with transfers that concern a provider, each with those transfers, oldest first."""
    moved = select(transfers.c.person_id).where(concerns(provider_id))
    found = [
        Person(*row)
        for row in connection.execute(
            select(*_PERSON)
            .where(people.c.id.in_(moved), *conditions)
            .order_by(people.c.created_at, people.c.id)
            .limit(limit)
            .offset(offset)
        )
    ]
    return [(each, _transfers_of(connection, each.id, provider_id)) for each in found]


def _transfers_of(connection: Connection, person_id: str, provider_id: str) -> list[Transfer]:
    left, joined = providers.alias("left"), providers.alias("joined")
    names = list(Transfer.__dataclass_fields__)
    rows = connection.execute(
        select(*(transfers.c[name] for name in names[:-2]), left.c.name, joined.c.name)
        .select_from(
            transfers.outerjoin(left, transfers.c.leaving_provider_id == left.c.id).outerjoin(
                joined, transfers.c.joining_provider_id == joined.c.id
            )
        )
        .where(transfers.c.person_id == person_id, concerns(provider_id))
        .order_by(transfers.c.created_at, transfers.c.id)
    )
    return [_transfer(row) for row in rows]


def _transfer(row: Any) -> Transfer:
    return Transfer(*row)


def unfunded_mentors(
    connection: Connection,
    provider_id: str,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
    offset: int,
) -> list[Person]:
    """A page of the mentors of a provider's early career teachers whom it does not train itself.

    Behaviour UNF-LIST.
    """
    mentors = select(enrolments.c.mentor_id).where(
        enrolments.c.provider_id == provider_id, enrolments.c.mentor_id.is_not(None), LISTED
    )
    theirs = enrolments.alias("theirs")
    trained = exists().where(
        theirs.c.person_id == people.c.id,
        theirs.c.provider_id == provider_id,
        theirs.c.training_record_id == training_records.c.id,
        training_records.c.participant_type == "mentor",
    )
    rows = connection.execute(
        select(*_PERSON)
        .where(people.c.id.in_(mentors), ~trained, *conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [Person(*row) for row in rows]
