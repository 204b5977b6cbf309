"""People and their ECF enrolments: look-ups and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, select

from lead_provider_sandbox.domain.records import Enrolment, IdChange, Person
from lead_provider_sandbox.store.query import COMBINATIONS, Conditions, Order, Wanted, page_of, paged, rows_of
from lead_provider_sandbox.store.tables import enrolments, id_changes, partnerships, people, training_records
from lead_provider_sandbox.store.updates import change

T = TypeVar("T")

Trained = tuple[Person, list[T], list[IdChange]]
"""A person with all that they train, or trained, in with a provider, and how they came by their id."""

_PERSON = [people.c[name] for name in Person.__dataclass_fields__]
_ENROLMENT = [
    enrolments.c[name] if name in enrolments.c else training_records.c[name] for name in Enrolment.__dataclass_fields__
]

LISTED = and_(
    enrolments.c.cohort > 2020,
    ~exists().where(partnerships.c.id == enrolments.c.partnership_id, partnerships.c.challenged_at.is_not(None)),
)
"""Enrolments that the API shows at all: not NQT+1, and not through a partnership that the school has challenged
(behaviours PECF-NQT1-HIDDEN, PECF-CHALLENGED-PARTNERSHIP-HIDDEN)."""

_WITH_PROVIDER = and_(enrolments.c.provider_id == bindparam("provider_id"), LISTED)
# An ECT's record comes before a mentor's: v1 and v2 show the first one (behaviour PECF-V12-DUAL-PROFILE).
_IN_ORDER = (training_records.c.participant_type, enrolments.c.created_at, enrolments.c.id)

PERSON_COLUMNS = (*_PERSON, exists().where(id_changes.c.to_id == people.c.id))
"""A person, and whether records were merged into theirs: what the rows for `people_in` begin with."""

_ENROLLED = (
    select(*PERSON_COLUMNS, *_ENROLMENT)
    .join_from(people, enrolments, enrolments.c.person_id == people.c.id)
    .join(training_records, enrolments.c.training_record_id == training_records.c.id)
    .where(_WITH_PROVIDER)
)
_ENROLLED_PERSON = _ENROLLED.where(
    people.c.id == bindparam("person_id"), enrolments.c.person_id == bindparam("person_id")
).order_by(*_IN_ORDER)
_PERSON_BY_ID = select(*_PERSON).where(people.c.id == bindparam("id"))
_ENROLMENTS_WITH_PROVIDER = (
    select(*_ENROLMENT)
    .join_from(enrolments, training_records, enrolments.c.training_record_id == training_records.c.id)
    .where(enrolments.c.person_id == bindparam("person_id"), _WITH_PROVIDER)
    .order_by(*_IN_ORDER)
)
_MERGED_INTO = select(id_changes.c.to_id).where(id_changes.c.from_id == bindparam("id"))
_ID_CHANGES = (
    select(id_changes.c.from_id, id_changes.c.to_id, id_changes.c.changed_at)
    .where(id_changes.c.to_id.in_(bindparam("ids", expanding=True)))
    .order_by(id_changes.c.changed_at.desc(), id_changes.c.id)
)

MERGED_FROM = people.c.id.in_(
    select(id_changes.c.to_id).where(id_changes.c.from_id.in_(bindparam("former_ids", expanding=True)))
)
"""Condition on people: one of these ids became theirs."""


def person(connection: Connection, person_id: str) -> Person | None:
    """The person with an id, or None."""
    row = connection.execute(_PERSON_BY_ID, {"id": person_id}).first()
    return None if row is None else Person(*row)


def person_known_as(connection: Connection, any_id: str) -> Person | None:
    """The person with an id, or with one that was theirs before records were merged (behaviour ACT-EXTERNAL-ID)."""
    found = person(connection, any_id)
    if found is None:
        merged_into = connection.execute(_MERGED_INTO, {"id": any_id}).scalar()
        found = person(connection, merged_into) if merged_into else None
    return found


def enrolled_person(connection: Connection, person_id: str, provider_id: str) -> Trained[Enrolment] | None:
    """A person with what they train, or trained, in with a provider; None when that is nothing."""
    rows = rows_of(connection, _ENROLLED_PERSON, {"person_id": person_id, "provider_id": provider_id})
    return next(iter(people_in(connection, rows, Enrolment)), None)


def enrolments_with(connection: Connection, person_id: str, provider_id: str) -> list[Enrolment]:
    """What a person trains, or trained, in with a provider, an ECT's record before a mentor's."""
    rows = rows_of(connection, _ENROLMENTS_WITH_PROVIDER, {"person_id": person_id, "provider_id": provider_id})
    return [Enrolment(*row) for row in rows]


def id_changes_of(connection: Connection, ids: Iterable[str]) -> dict[str, list[IdChange]]:
    """How people came by their ids, by person, newest change first."""
    found: dict[str, list[IdChange]] = {}
    for row in rows_of(connection, _ID_CHANGES, {"ids": list(ids)}):
        merged = IdChange(*row)
        found.setdefault(merged.to_id, []).append(merged)
    return found


def listed_people(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[Trained[Enrolment]]:
    """A page of the people whom a provider sees, who satisfy all conditions on people and enrolments."""
    rows = page_of(connection, _people(wanted.conditions, order), wanted, limit, offset)
    return people_in(connection, rows, Enrolment)


@lru_cache(COMBINATIONS)
def _people(conditions: Conditions, order: Order) -> Select[Any]:
    enrolled = exists().where(enrolments.c.person_id == people.c.id, _WITH_PROVIDER, *conditions)
    return page_of_people(enrolled, order, _ENROLLED, _IN_ORDER)


def page_of_people(having: ColumnElement[bool], order: Order, rows: Select[Any], of_one: Order) -> Select[Any]:
    """The statement for a page of the people of whom something holds, with all their rows, in the order `of_one`."""
    page = paged(select(people.c.id).where(having).order_by(*order)).subquery()
    return rows.where(people.c.id.in_(select(page.c.id))).order_by(*order, *of_one)


def people_in(connection: Connection, rows: Sequence[Any], made: Callable[..., T]) -> list[Trained[T]]:
    """The people in rows that begin with `PERSON_COLUMNS`; what follows in each row is made into a training."""
    width = len(PERSON_COLUMNS)
    changed = {row[0] for row in rows if row[width - 1]}
    changes = id_changes_of(connection, changed) if changed else {}
    found: dict[str, Trained[T]] = {}
    for row in rows:
        person_id = row[0]
        if person_id not in found:
            found[person_id] = (Person(*row[: width - 1]), [], changes.get(person_id, []))
        found[person_id][1].append(made(*row[width:]))
    return list(found.values())


def listed_enrolments(
    connection: Connection, wanted: Wanted, by: ColumnElement[Any], limit: int, offset: int
) -> list[tuple[Person, Enrolment]]:
    """A page of the enrolments with a provider, in the order of a column of people's."""
    width = len(PERSON_COLUMNS)
    rows = page_of(connection, _enrolments(wanted.conditions, by), wanted, limit, offset)
    return [(Person(*row[: width - 1]), Enrolment(*row[width:])) for row in rows]


@lru_cache(COMBINATIONS)
def _enrolments(conditions: Conditions, by: ColumnElement[Any]) -> Select[Any]:
    order = (by, people.c.id, training_records.c.participant_type, enrolments.c.id)
    return paged(_ENROLLED.where(*conditions).order_by(*order))


def touch_person(connection: Connection, person_id: str, moment: str) -> None:
    """Move the person's change time, which is what `updated_since` looks at."""
    change(connection, people, person_id, {"updated_at": moment})


def change_enrolment(connection: Connection, enrolment: Enrolment, moment: str, values: Mapping[str, Any]) -> None:
    """Change an enrolment and move its change time and the person's."""
    change(connection, enrolments, enrolment.id, {**values, "updated_at": moment})
    touch_person(connection, enrolment.person_id, moment)


def change_training_record(
    connection: Connection, enrolment: Enrolment, moment: str, values: Mapping[str, Any]
) -> None:
    """Change the training record that an enrolment belongs to and move the person's change time."""
    change(connection, training_records, enrolment.training_record_id, values)
    touch_person(connection, enrolment.person_id, moment)
