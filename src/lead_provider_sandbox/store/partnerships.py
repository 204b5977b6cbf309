"""Schools, delivery partners and partnerships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from lead_provider_sandbox.domain.school_models import DeliveryPartner, Partnership, School
from lead_provider_sandbox.store.query import (
    Filters,
    Order,
    Page,
    columns_of,
    fetch,
    fetch_first,
    search,
    update_row,
)
from lead_provider_sandbox.store.tables import (
    delivery_partner_links,
    delivery_partners,
    enrolments,
    partnerships,
    people,
    school_choices,
    schools,
)


def _latest(first: ColumnElement[str], *others: ColumnElement[str]) -> ColumnElement[str]:
    """Return the latest of several instants, in SQL that both databases have."""
    latest = first
    for other in others:
        latest = case((other > latest, other), else_=latest)
    return latest


SHOWN_UPDATED_AT = _latest(partnerships.c.updated_at, schools.c.updated_at, delivery_partners.c.updated_at)
"""The `updated_at` that the API shows for a partnership (behaviour PART-UPDATED-AT)."""

SCHOOL_CHOICE = school_choices.alias("choice")
SCHOOL_SHOWN_UPDATED_AT = _latest(schools.c.updated_at, func.coalesce(SCHOOL_CHOICE.c.updated_at, schools.c.updated_at))
"""The `updated_at` that the API shows for a school: that of the school or of its choice for the listed cohort."""

_SCHOOL = columns_of(School, schools)
_DELIVERY_PARTNERS = select(*columns_of(DeliveryPartner, delivery_partners))
PARTNERSHIPS: Select[Any] = (
    select(*columns_of(Partnership, partnerships, schools), delivery_partners.c.name, SHOWN_UPDATED_AT)
    .join_from(partnerships, schools, partnerships.c.school_id == schools.c.id)
    .join(delivery_partners, partnerships.c.delivery_partner_id == delivery_partners.c.id)
)
_ACTIVE = and_(partnerships.c.challenged_at.is_(None), ~partnerships.c.relationship)
_HAS_PARTNERSHIP = exists().where(
    partnerships.c.school_id == schools.c.id, partnerships.c.cohort == bindparam("cohort"), _ACTIVE
)
_SCHOOLS = (
    select(*_SCHOOL, _HAS_PARTNERSHIP, SCHOOL_CHOICE.c.programme, SCHOOL_SHOWN_UPDATED_AT)
    .select_from(
        schools.outerjoin(
            SCHOOL_CHOICE, (SCHOOL_CHOICE.c.school_id == schools.c.id) & (SCHOOL_CHOICE.c.cohort == bindparam("cohort"))
        )
    )
    .where(schools.c.standing != "cip-only", or_(schools.c.standing == "open", _HAS_PARTNERSHIP))
)


_OF_SCHOOL = PARTNERSHIPS.where(
    partnerships.c.school_id == bindparam("school_id"), partnerships.c.cohort == bindparam("cohort")
)
_WITHOUT_RELATIONSHIPS = _OF_SCHOOL.where(~partnerships.c.relationship)
_RELATIONSHIPS = _OF_SCHOOL.where(partnerships.c.provider_id == bindparam("provider_id"), partnerships.c.relationship)
_WITH_SCHOOL = PARTNERSHIPS.where(
    partnerships.c.provider_id == bindparam("provider_id"),
    schools.c.urn == bindparam("urn"),
    partnerships.c.cohort == bindparam("cohort"),
    _ACTIVE,
)
_SCHOOL_BY_ID = select(*_SCHOOL).where(schools.c.id == bindparam("school_id"))
_IS_CHOICE = and_(
    school_choices.c.school_id == bindparam("of_school"), school_choices.c.cohort == bindparam("of_cohort")
)
_CHOSEN = select(school_choices.c.programme).where(_IS_CHOICE)
_CHOOSE = update(school_choices).where(_IS_CHOICE)
_DELIVERY_PARTNER = _DELIVERY_PARTNERS.where(delivery_partners.c.id == bindparam("partner_id"))
_LINKS = (
    select(delivery_partner_links.c.delivery_partner_id, delivery_partner_links.c.cohort)
    .where(delivery_partner_links.c.provider_id == bindparam("provider_id"))
    .order_by(delivery_partner_links.c.cohort)
)
LINKED = exists().where(
    delivery_partner_links.c.provider_id == bindparam("provider_id"),
    delivery_partner_links.c.delivery_partner_id == delivery_partners.c.id,
)
"""Condition that a delivery partner works with a provider, the parameter `provider_id`."""


def linked_in(cohorts: Any) -> ColumnElement[bool]:
    """Return the condition that a delivery partner works with a provider in cohorts, a list or a parameter."""
    return LINKED.where(delivery_partner_links.c.cohort.in_(cohorts))


def _listed_school(*row: Any) -> tuple[School, bool, str | None, str]:
    return School(*row[: len(_SCHOOL)]), bool(row[-3]), row[-2], row[-1]


class Partnerships:
    """Queries and updates of schools, delivery partners and partnerships."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(self, filters: Filters, page: Page, order: Order = (partnerships.c.id,)) -> list[Partnership]:
        """Return a page of the partnerships that pass the filters."""
        return search(self._connection, PARTNERSHIPS, Partnership, filters, order, page)

    def with_school(self, provider_id: str, urn: str, cohort: int) -> Partnership | None:
        """Return a provider's active partnership with a school in a cohort, relationships excluded."""
        values = {"provider_id": provider_id, "urn": urn, "cohort": cohort}
        return fetch_first(self._connection, _WITH_SCHOOL, Partnership, values=values)

    def of_school(self, school_id: str, cohort: int) -> list[Partnership]:
        """Return every provider's partnerships with a school in a cohort, relationships excluded."""
        values = {"school_id": school_id, "cohort": cohort}
        return fetch(self._connection, _WITHOUT_RELATIONSHIPS, Partnership, values=values)

    def relationships(self, provider_id: str, school_id: str, cohort: int) -> list[Partnership]:
        """Return a provider's additional partnerships with a school in a cohort, made by a change of school."""
        values = {"provider_id": provider_id, "school_id": school_id, "cohort": cohort}
        return fetch(self._connection, _RELATIONSHIPS, Partnership, values=values)

    def add(self, values: Mapping[str, Any]) -> None:
        """Insert a partnership."""
        self._connection.execute(insert(partnerships), dict(values))

    def update(self, partnership_id: str, moment: str, values: Mapping[str, Any]) -> None:
        """Update a partnership and its change time."""
        update_row(self._connection, partnerships, partnership_id, {**values, "updated_at": moment})

    def set_delivery_partner(self, partnership_id: str, partner_id: str, moment: str) -> None:
        """Set the delivery partner of the participants of a partnership, and their change times."""
        of_partnership = enrolments.c.partnership_id == partnership_id
        of_people = select(enrolments.c.person_id).where(of_partnership)
        values = {"delivery_partner_id": partner_id, "updated_at": moment}
        self._connection.execute(update(enrolments).where(of_partnership).values(**values))
        self._connection.execute(update(people).where(people.c.id.in_(of_people)).values(updated_at=moment))

    def school(self, school_id: str) -> School | None:
        """Return the school with an id, or None."""
        return fetch_first(self._connection, _SCHOOL_BY_ID, School, values={"school_id": school_id})

    def search_schools(
        self, cohort: int, filters: Filters, order: Order, page: Page
    ) -> list[tuple[School, bool, str | None, str]]:
        """Return a page of the schools that can be partners in a cohort.

        Each comes with whether it has a partnership, its chosen programme and its `updated_at` (behaviours SCH-LIST,
        SCH-INELIGIBLE-WITH-PARTNERSHIP, SCH-IN-PARTNERSHIP).
        """
        return search(self._connection, _SCHOOLS, _listed_school, filters, order, page, cohort=cohort)

    def programme_choice(self, school_id: str, cohort: int) -> str | None:
        """Return the programme that a school has chosen for a cohort, or None."""
        programme = self._connection.execute(_CHOSEN, {"of_school": school_id, "of_cohort": cohort}).scalar()
        return None if programme is None else str(programme)

    def choose_programme(self, choice_id: str, school_id: str, cohort: int, programme: str, moment: str) -> None:
        """Record a school's programme for a cohort; `choice_id` is the id of a new row."""
        values = {"programme": programme, "updated_at": moment}
        updated = self._connection.execute(_CHOOSE, {**values, "of_school": school_id, "of_cohort": cohort})
        if updated.rowcount == 0:
            row = {"id": choice_id, "school_id": school_id, "cohort": cohort, **values}
            self._connection.execute(insert(school_choices), row)

    def delivery_partner(self, partner_id: str) -> DeliveryPartner | None:
        """Return the delivery partner with an id, or None."""
        return fetch_first(self._connection, _DELIVERY_PARTNER, DeliveryPartner, values={"partner_id": partner_id})

    def search_delivery_partners(self, filters: Filters, order: Order, page: Page) -> list[DeliveryPartner]:
        """Return a page of the delivery partners that pass the filters."""
        return search(self._connection, _DELIVERY_PARTNERS, DeliveryPartner, filters, order, page)

    def linked_cohorts(self, provider_id: str, partner_id: str) -> Sequence[int]:
        """Return the cohorts in which a delivery partner works with a provider."""
        return self.cohorts_by_partner(provider_id).get(partner_id, [])

    def cohorts_by_partner(self, provider_id: str) -> Mapping[str, Sequence[int]]:
        """Return the cohorts in which each delivery partner works with a provider."""
        cohorts: dict[str, list[int]] = {}
        for partner_id, cohort in self._connection.execute(_LINKS, {"provider_id": provider_id}):
            cohorts.setdefault(partner_id, []).append(cohort)
        return cohorts
