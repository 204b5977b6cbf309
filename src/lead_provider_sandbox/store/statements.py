"""What providers only read: statements, transfers and unfunded mentors."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, or_, select

from lead_provider_sandbox.domain.places import Transfer
from lead_provider_sandbox.domain.records import Person, Statement
from lead_provider_sandbox.store.people import LISTED
from lead_provider_sandbox.store.query import COMBINATIONS, Conditions, Order, Wanted, page_of, paged
from lead_provider_sandbox.store.tables import enrolments, people, providers, statements, training_records, transfers

_PERSON = [people.c[name] for name in Person.__dataclass_fields__]
_STATEMENTS = select(*(statements.c[name] for name in Statement.__dataclass_fields__)).where(statements.c.output_fee)

# A transfer from the provider, or to it (behaviour TRAN-NEW-PROVIDER-BOTH-SEE).
_CONCERNS = or_(
    transfers.c.leaving_provider_id == bindparam("provider_id"),
    transfers.c.joining_provider_id == bindparam("provider_id"),
)
_LEFT, _JOINED = providers.alias("left"), providers.alias("joined")
_MOVED = (
    select(
        *_PERSON,
        *(transfers.c[name] for name in list(Transfer.__dataclass_fields__)[:-2]),
        _LEFT.c.name,
        _JOINED.c.name,
    )
    .join_from(people, transfers, transfers.c.person_id == people.c.id)
    .outerjoin(_LEFT, transfers.c.leaving_provider_id == _LEFT.c.id)
    .outerjoin(_JOINED, transfers.c.joining_provider_id == _JOINED.c.id)
    .where(_CONCERNS)
)

_THEIRS = enrolments.alias("theirs")
_TRAINED = exists().where(
    _THEIRS.c.person_id == people.c.id,
    _THEIRS.c.provider_id == bindparam("provider_id"),
    _THEIRS.c.training_record_id == training_records.c.id,
    training_records.c.participant_type == "mentor",
)
_MENTORS = select(enrolments.c.mentor_id).where(
    enrolments.c.provider_id == bindparam("provider_id"), enrolments.c.mentor_id.is_not(None), LISTED
)


def listed_statements(connection: Connection, wanted: Wanted, limit: int, offset: int) -> list[Statement]:
    """A page of the output fee statements that satisfy all conditions, by payment date."""
    return [Statement(*row) for row in page_of(connection, _statements(wanted.conditions), wanted, limit, offset)]


@lru_cache(COMBINATIONS)
def _statements(conditions: Conditions) -> Select[Any]:
    return paged(_STATEMENTS.where(*conditions).order_by(statements.c.payment_date, statements.c.id))


def people_with_transfers(
    connection: Connection, wanted: Wanted, limit: int, offset: int
) -> list[tuple[Person, list[Transfer]]]:
    """A page of the people with transfers that concern a provider, each with those transfers, oldest first."""
    width = len(_PERSON)
    found: dict[str, tuple[Person, list[Transfer]]] = {}
    for row in page_of(connection, _people_moved(wanted.conditions), wanted, limit, offset):
        _, moves = found.setdefault(row[0], (Person(*row[:width]), []))
        moves.append(Transfer(*row[width:]))
    return list(found.values())


@lru_cache(COMBINATIONS)
def _people_moved(conditions: Conditions) -> Select[Any]:
    order = (people.c.created_at, people.c.id)
    moved = exists().where(transfers.c.person_id == people.c.id, _CONCERNS)
    page = paged(select(people.c.id).where(moved, *conditions).order_by(*order)).subquery()
    return _MOVED.where(people.c.id.in_(select(page.c.id))).order_by(*order, transfers.c.created_at, transfers.c.id)


def unfunded_mentors(connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int) -> list[Person]:
    """A page of the mentors of a provider's early career teachers whom it does not train itself.

    Behaviour UNF-LIST.
    """
    return [Person(*row) for row in page_of(connection, _mentors(wanted.conditions, order), wanted, limit, offset)]


@lru_cache(COMBINATIONS)
def _mentors(conditions: Conditions, order: Order) -> Select[Any]:
    return paged(select(*_PERSON).where(people.c.id.in_(_MENTORS), ~_TRAINED, *conditions).order_by(*order))
