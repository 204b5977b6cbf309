"""People and their ECF enrolments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Exists, Select, and_, bindparam, exists, select

from lead_provider_sandbox.domain.models import Enrolment, IdChange, Person
from lead_provider_sandbox.store.query import (
    Filters,
    Order,
    Page,
    Values,
    columns_of,
    fetch,
    fetch_first,
    page_values,
    paged,
    search,
    update_row,
)
from lead_provider_sandbox.store.tables import enrolments, id_changes, partnerships, people, training_records

T = TypeVar("T")

Participant = tuple[Person, list[T], list[IdChange]]
"""A person with their trainings with a provider and the changes of their id."""

PERSON_COLUMNS = (*columns_of(Person, people), exists().where(id_changes.c.to_id == people.c.id))
"""A person, and whether other records were merged into theirs: the first columns of a row for `group_by_person`."""

_ENROLMENT = columns_of(Enrolment, enrolments, training_records)
_ENROLMENTS = select(*_ENROLMENT).join_from(
    enrolments, training_records, enrolments.c.training_record_id == training_records.c.id
)
_ENROLLED = (
    select(*PERSON_COLUMNS, *_ENROLMENT)
    .join_from(people, enrolments, enrolments.c.person_id == people.c.id)
    .join(training_records, enrolments.c.training_record_id == training_records.c.id)
)
# An ECT's record comes before a mentor's: v1 and v2 show the first one (behaviour PECF-V12-DUAL-PROFILE).
_ENROLMENT_ORDER = (training_records.c.participant_type, enrolments.c.created_at, enrolments.c.id)

LISTED = and_(
    enrolments.c.cohort > 2020,
    ~exists().where(partnerships.c.id == enrolments.c.partnership_id, partnerships.c.challenged_at.is_not(None)),
)
"""Condition on enrolments that the API shows: not NQT+1, and not through a challenged partnership
(behaviours PECF-NQT1-HIDDEN, PECF-CHALLENGED-PARTNERSHIP-HIDDEN)."""

_WITH_PROVIDER = and_(enrolments.c.provider_id == bindparam("provider_id"), LISTED)
_IS_ENROLLED = exists().where(enrolments.c.person_id == people.c.id, _WITH_PROVIDER)
_OF_PERSON = enrolments.c.person_id == bindparam("person_id")
_PERSON_BY_ID = select(*columns_of(Person, people)).where(people.c.id == bindparam("person_id"))
_MERGED_INTO = select(id_changes.c.to_id).where(id_changes.c.from_id == bindparam("former_id"))
_ENROLMENTS_OF_PERSON = _ENROLMENTS.where(_OF_PERSON, _WITH_PROVIDER).order_by(*_ENROLMENT_ORDER)
_OF_RECORD = _ENROLMENTS.where(enrolments.c.training_record_id == bindparam("training_record_id"))
_ENROLLED_WITH_PROVIDER = _ENROLLED.where(_WITH_PROVIDER)
_PARTICIPANT = _ENROLLED_WITH_PROVIDER.where(people.c.id == bindparam("person_id"), _OF_PERSON).order_by(
    *_ENROLMENT_ORDER
)
_ID_CHANGES = (
    select(*columns_of(IdChange, id_changes))
    .where(id_changes.c.to_id.in_(bindparam("ids", expanding=True)))
    .order_by(id_changes.c.changed_at.desc(), id_changes.c.id)
)


def merged_from(former_ids: Any) -> ColumnElement[bool]:
    """Return the condition on people that one of these ids, a list or a parameter, became theirs."""
    return people.c.id.in_(select(id_changes.c.to_id).where(id_changes.c.from_id.in_(former_ids)))


def page_of_people(filters: Filters, order: Order, having: Exists, rows: Select[Any], rows_order: Order) -> Select[Any]:
    """Return the query for all rows of a page of people, in the order of people and then `rows_order`.

    The page has the people for whom a row exists as `having` says, and passes the filters.
    """
    return _page_of_people(filters.conditions, tuple(order), having, rows, rows_order)


@lru_cache(256)
def _page_of_people(
    conditions: Sequence[ColumnElement[bool]], order: Order, having: Exists, rows: Select[Any], rows_order: Order
) -> Select[Any]:
    ids = paged(select(people.c.id).where(having.where(*conditions)).order_by(*order)).subquery()
    return rows.where(people.c.id.in_(select(ids.c.id))).order_by(*order, *rows_order)


def group_by_person(
    connection: Connection, query: Select[Any], training: Callable[..., T], values: Values = None
) -> list[Participant[T]]:
    """Group the rows of a query for `PERSON_COLUMNS` and the columns of a `training` by person."""
    rows, width = connection.execute(query, values).all(), len(PERSON_COLUMNS)
    merged = {row[0] for row in rows if row[width - 1]}
    changes = _id_changes(connection, merged) if merged else {}
    participants: dict[str, Participant[T]] = {}
    for row in rows:
        person_id = row[0]
        if person_id not in participants:
            participants[person_id] = (Person(*row[: width - 1]), [], changes.get(person_id, []))
        participants[person_id][1].append(training(*row[width:]))
    return list(participants.values())


def _id_changes(connection: Connection, person_ids: Iterable[str]) -> dict[str, list[IdChange]]:
    changes: dict[str, list[IdChange]] = {}
    for change in fetch(connection, _ID_CHANGES, IdChange, values={"ids": list(person_ids)}):
        changes.setdefault(change.to_id, []).append(change)
    return changes


def _person_with_enrolment(*row: Any) -> tuple[Person, Enrolment]:
    width = len(PERSON_COLUMNS)
    return Person(*row[: width - 1]), Enrolment(*row[width:])


class People:
    """Queries and updates of people and their ECF enrolments."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: str) -> Person | None:
        """Return the person with an id, or None."""
        return fetch_first(self._connection, _PERSON_BY_ID, Person, values={"person_id": person_id})

    def find(self, participant_id: str) -> Person | None:
        """Return the person with an id or a former id, or None (behaviour ACT-EXTERNAL-ID)."""
        person = self.get(participant_id)
        if person is None:
            merged_into = self._connection.execute(_MERGED_INTO, {"former_id": participant_id}).scalar()
            person = self.get(merged_into) if merged_into else None
        return person

    def enrolments(self, person_id: str, provider_id: str) -> list[Enrolment]:
        """Return a person's enrolments with a provider, an ECT's record before a mentor's."""
        values = {"person_id": person_id, "provider_id": provider_id}
        return fetch(self._connection, _ENROLMENTS_OF_PERSON, Enrolment, values=values)

    def enrolments_of_record(self, training_record_id: str) -> list[Enrolment]:
        """Return the enrolments of a training record with every provider."""
        return fetch(self._connection, _OF_RECORD, Enrolment, values={"training_record_id": training_record_id})

    def participant(self, person_id: str, provider_id: str) -> Participant[Enrolment] | None:
        """Return a person with their enrolments with a provider; None if there are none."""
        values = {"person_id": person_id, "provider_id": provider_id}
        return next(iter(group_by_person(self._connection, _PARTICIPANT, Enrolment, values=values)), None)

    def search(self, provider_id: str, filters: Filters, order: Order, page: Page) -> list[Participant[Enrolment]]:
        """Return a page of a provider's participants; filters are on people and enrolments."""
        query = page_of_people(filters, order, _IS_ENROLLED, _ENROLLED_WITH_PROVIDER, _ENROLMENT_ORDER)
        values = page_values(filters, page, provider_id=provider_id)
        return group_by_person(self._connection, query, Enrolment, values=values)

    def search_enrolments(
        self, provider_id: str, filters: Filters, order: ColumnElement[Any], page: Page
    ) -> list[tuple[Person, Enrolment]]:
        """Return a page of a provider's enrolments, ordered by a column of people."""
        whole_order = (order, people.c.id, training_records.c.participant_type, enrolments.c.id)
        return search(
            self._connection,
            _ENROLLED_WITH_PROVIDER,
            _person_with_enrolment,
            filters,
            whole_order,
            page,
            provider_id=provider_id,
        )

    def touch(self, person_id: str, moment: str) -> None:
        """Set the person's change time, which `filter[updated_since]` compares."""
        update_row(self._connection, people, person_id, {"updated_at": moment})

    def update_enrolment(self, enrolment: Enrolment, moment: str, values: Mapping[str, Any]) -> None:
        """Update an enrolment, its change time and the person's."""
        update_row(self._connection, enrolments, enrolment.id, {**values, "updated_at": moment})
        self.touch(enrolment.person_id, moment)

    def update_training_record(self, enrolment: Enrolment, moment: str, values: Mapping[str, Any]) -> None:
        """Update the training record of an enrolment, and the person's change time."""
        update_row(self._connection, training_records, enrolment.training_record_id, values)
        self.touch(enrolment.person_id, moment)
