"""Queries of the ECT service: schools, partnerships, transfers and declarations as one provider sees them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
)

from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Person
from lead_provider_sandbox.domain.school_models import ListedSchool, Partnership, School, Transfer
from lead_provider_sandbox.store.partnerships import PARTNERSHIPS, SCHOOL_CHOICE, SCHOOL_SHOWN_UPDATED_AT
from lead_provider_sandbox.store.people import page_of_people
from lead_provider_sandbox.store.query import Conditions, Order, Page, columns_of
from lead_provider_sandbox.store.statements import TRANSFERS
from lead_provider_sandbox.store.tables import (
    declarations,
    enrolments,
    partnerships,
    people,
    schools,
    training_records,
    transfers,
)

_PERSON = columns_of(Person, people)
_SCHOOL = columns_of(School, schools)
_IN_COHORT = and_(partnerships.c.school_id == schools.c.id, partnerships.c.cohort == bindparam("cohort"))
_REGISTERED = and_(enrolments.c.school_urn == schools.c.urn, enrolments.c.cohort == bindparam("cohort"))
_IN_PARTNERSHIP = exists().where(_IN_COHORT)
_PROGRAMME = case(
    (exists().where(_REGISTERED), "provider_led"),
    else_=func.coalesce(SCHOOL_CHOICE.c.programme, "not_yet_known"),
)
_INTERESTED = or_(
    exists().where(_IN_COHORT, partnerships.c.provider_id == bindparam("provider_id")),
    exists().where(_REGISTERED, enrolments.c.provider_id == bindparam("provider_id")),
)
_SCHOOLS = (
    select(*_SCHOOL, _IN_PARTNERSHIP, _PROGRAMME, _INTERESTED, SCHOOL_SHOWN_UPDATED_AT)
    .select_from(
        schools.outerjoin(
            SCHOOL_CHOICE,
            (SCHOOL_CHOICE.c.school_id == schools.c.id) & (SCHOOL_CHOICE.c.cohort == bindparam("cohort")),
        )
    )
    .where(or_(schools.c.standing == "open", _IN_PARTNERSHIP))
)
_TRAINING_TODAY = (
    select(func.count())
    .select_from(
        enrolments.join(training_records, enrolments.c.training_record_id == training_records.c.id),
    )
    .where(
        enrolments.c.partnership_id == partnerships.c.id,
        enrolments.c.training_status == "active",
        enrolments.c.start_date <= bindparam("today"),
        or_(enrolments.c.end_date.is_(None), enrolments.c.end_date > bindparam("today")),
        training_records.c.induction_end_date.is_(None),
        training_records.c.mentor_funding_end_date.is_(None),
    )
    .scalar_subquery()
)
_COUNTED_PARTNERSHIPS: Select[Any] = PARTNERSHIPS.add_columns(_TRAINING_TODAY)


def visible_declarations(provider_id: str) -> ColumnElement[bool]:
    """Return the condition for a provider's own declarations, and live ones of its participants by others.

    Another provider's declaration must have a date before the end of the provider's own training of the same role.
    """
    declared_on = func.substr(declarations.c.declaration_date, 1, 10)
    trains = exists().where(
        enrolments.c.training_record_id == declarations.c.training_id,
        enrolments.c.provider_id == provider_id,
        or_(
            enrolments.c.end_date.is_(None),
            enrolments.c.end_date >= declared_on,
        ),
    )
    return or_(declarations.c.provider_id == provider_id, and_(declarations.c.state.in_(LIVE), trains))


def transferred_since(provider_id: str, moment: str) -> ColumnElement[bool]:
    """Return the condition on people that a transfer from or to a provider changed at or after a moment."""
    return _moved(provider_id, transfers.c.updated_at >= moment)


def last_transfer(provider_id: str) -> ColumnElement[Any]:
    """Return when the last of a person's transfers from or to a provider changed."""
    moves = transfers.alias("moves")
    changed = select(func.max(moves.c.updated_at)).where(
        moves.c.person_id == people.c.id,
        or_(moves.c.leaving_provider_id == provider_id, moves.c.joining_provider_id == provider_id),
    )
    return changed.correlate(people).scalar_subquery()


def _from_or_to(provider_id: str) -> ColumnElement[bool]:
    return or_(transfers.c.leaving_provider_id == provider_id, transfers.c.joining_provider_id == provider_id)


def _moved(provider_id: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(transfers.c.person_id == people.c.id, _from_or_to(provider_id), *conditions)


class EctRecords:
    """Queries of the ECT service."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search_schools(
        self, provider_id: str, cohort: int, conditions: Conditions, order: Order, page: Page
    ) -> list[ListedSchool]:
        """Return a page of the schools of a cohort: those eligible for funding, and those with a partnership."""
        query = _SCHOOLS.where(*conditions).order_by(*order).limit(page.limit).offset(page.offset)
        rows = self._connection.execute(query, {"provider_id": provider_id, "cohort": cohort})
        return [_listed_school(row) for row in rows]

    def school_programme(self, school_id: str, cohort: int) -> str | None:
        """Return the programme of an eligible school in a cohort, or None."""
        query = _SCHOOLS.where(schools.c.id == school_id)
        row = self._connection.execute(query, {"provider_id": "", "cohort": cohort}).first()
        return None if row is None else _listed_school(row).programme

    def search_partnerships(
        self, conditions: Conditions, today: str, page: Page, order: Order = (partnerships.c.id,)
    ) -> list[tuple[Partnership, int]]:
        """Return a page of partnerships, each with the number of its participants in training."""
        query = _COUNTED_PARTNERSHIPS.where(*conditions).order_by(*order).limit(page.limit).offset(page.offset)
        return [(Partnership(*row[:-1]), row[-1]) for row in self._connection.execute(query, {"today": today})]

    def search_transfers(
        self, provider_id: str, conditions: Conditions, order: Order, page: Page
    ) -> list[tuple[Person, list[Transfer]]]:
        """Return a page of people with their transfers from or to a provider, oldest transfer first."""
        condition = and_(_moved(provider_id), *conditions)
        rows = TRANSFERS.where(_from_or_to(provider_id))
        query = page_of_people(condition, order, page, rows, (transfers.c.created_at, transfers.c.id))
        moved: dict[str, tuple[Person, list[Transfer]]] = {}
        for row in self._connection.execute(query):
            _, moves = moved.setdefault(row[0], (Person(*row[: len(_PERSON)]), []))
            moves.append(Transfer(*row[len(_PERSON) :]))
        return list(moved.values())


NOTHING = false()
"""The condition that no record satisfies."""


def _listed_school(row: Any) -> ListedSchool:
    in_partnership, programme, interested, updated_at = row[len(_SCHOOL) :]
    return ListedSchool(School(*row[: len(_SCHOOL)]), bool(in_partnership), programme, bool(interested), updated_at)
