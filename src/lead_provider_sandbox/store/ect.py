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
from lead_provider_sandbox.domain.school_models import ListedSchool, Partnership, School
from lead_provider_sandbox.store.partnerships import PARTNERSHIPS, SCHOOL_CHOICE, SCHOOL_SHOWN_UPDATED_AT
from lead_provider_sandbox.store.query import Filters, Order, Page, columns_of, fetch_first, one_of, search
from lead_provider_sandbox.store.tables import (
    declarations,
    enrolments,
    partnerships,
    people,
    schools,
    training_records,
    transfers,
)

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
_SCHOOL_BY_ID = _SCHOOLS.where(schools.c.id == bindparam("school_id"))
_COUNTED_PARTNERSHIPS: Select[Any] = PARTNERSHIPS.add_columns(_TRAINING_TODAY)


_TRAINS = exists().where(
    enrolments.c.training_record_id == declarations.c.training_id,
    enrolments.c.provider_id == bindparam("provider_id"),
    or_(
        enrolments.c.end_date.is_(None),
        enrolments.c.end_date >= func.substr(declarations.c.declaration_date, 1, 10),
    ),
)
VISIBLE = or_(declarations.c.provider_id == bindparam("provider_id"), and_(one_of(declarations.c.state, LIVE), _TRAINS))
"""Condition for a provider's own declarations, and live ones of its participants by others.

Another provider's declaration must have a date before the end of the provider's own training of the same role.
"""

_MOVES = transfers.alias("moves")
LAST_TRANSFER: ColumnElement[Any] = (
    select(func.max(_MOVES.c.updated_at))
    .where(
        _MOVES.c.person_id == people.c.id,
        or_(
            _MOVES.c.leaving_provider_id == bindparam("provider_id"),
            _MOVES.c.joining_provider_id == bindparam("provider_id"),
        ),
    )
    .correlate(people)
    .scalar_subquery()
)
"""When the last of a person's transfers from or to a provider changed."""


class EctRecords:
    """Queries of the ECT service."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search_schools(
        self, provider_id: str, cohort: int, filters: Filters, order: Order, page: Page
    ) -> list[ListedSchool]:
        """Return a page of the schools of a cohort: those eligible for funding, and those with a partnership."""
        values = {"provider_id": provider_id, "cohort": cohort}
        return search(self._connection, _SCHOOLS, _listed_school, filters, order, page, **values)

    def school_programme(self, school_id: str, cohort: int) -> str | None:
        """Return the programme of an eligible school in a cohort, or None."""
        values = {"school_id": school_id, "provider_id": "", "cohort": cohort}
        school = fetch_first(self._connection, _SCHOOL_BY_ID, _listed_school, values=values)
        return None if school is None else school.programme

    def search_partnerships(
        self, filters: Filters, today: str, page: Page, order: Order = (partnerships.c.id,)
    ) -> list[tuple[Partnership, int]]:
        """Return a page of partnerships, each with the number of its participants in training."""
        return search(self._connection, _COUNTED_PARTNERSHIPS, _counted_partnership, filters, order, page, today=today)


NOTHING = false()
"""The condition that no record satisfies."""


def _counted_partnership(*row: Any) -> tuple[Partnership, int]:
    return Partnership(*row[:-1]), row[-1]


def _listed_school(*row: Any) -> ListedSchool:
    in_partnership, programme, interested, updated_at = row[len(_SCHOOL) :]
    return ListedSchool(School(*row[: len(_SCHOOL)]), bool(in_partnership), programme, bool(interested), updated_at)
