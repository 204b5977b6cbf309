"""Schools, delivery partners and partnerships: look-ups and changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, exists, func, insert, or_, select, update

from lead_provider_sandbox.domain.places import DeliveryPartner, Partnership, School
from lead_provider_sandbox.store.query import COMBINATIONS, Conditions, Order, Wanted, page_of, paged, rows_of
from lead_provider_sandbox.store.tables import (
    delivery_partner_links,
    delivery_partners,
    partnerships,
    school_choices,
    schools,
)
from lead_provider_sandbox.store.updates import change

_SCHOOL = [schools.c[name] for name in School.__dataclass_fields__]
_DELIVERY_PARTNER = [delivery_partners.c[name] for name in DeliveryPartner.__dataclass_fields__]


def latest_of(first: ColumnElement[str], *others: ColumnElement[str]) -> ColumnElement[str]:
    """The latest of several instants, in the SQL that every database has."""
    latest = first
    for other in others:
        latest = case((other > latest, other), else_=latest)
    return latest


SHOWN_UPDATED_AT = latest_of(partnerships.c.updated_at, schools.c.updated_at, delivery_partners.c.updated_at)
"""When a partnership last changed to a client's eyes (behaviour PART-UPDATED-AT)."""

_CHOICE = school_choices.alias("choice")
SCHOOL_SHOWN_UPDATED_AT = latest_of(schools.c.updated_at, func.coalesce(_CHOICE.c.updated_at, schools.c.updated_at))
"""When a school, or what it has chosen for the cohort that is listed, last changed."""

_PARTNERSHIPS = (
    select(
        *(partnerships.c[name] for name in list(Partnership.__dataclass_fields__)[:10]),
        schools.c.urn,
        schools.c.tutor_name,
        schools.c.contact_email,
        delivery_partners.c.name,
        SHOWN_UPDATED_AT,
    )
    .join_from(partnerships, schools, partnerships.c.school_id == schools.c.id)
    .join(delivery_partners, partnerships.c.delivery_partner_id == delivery_partners.c.id)
)


_IN_COHORT = partnerships.c.cohort == bindparam("cohort")
_OF_PROVIDER = partnerships.c.provider_id == bindparam("provider_id")
_OF_SCHOOL = partnerships.c.school_id == bindparam("school_id")
_WITH_SCHOOL = _PARTNERSHIPS.where(
    _OF_PROVIDER,
    schools.c.urn == bindparam("urn"),
    _IN_COHORT,
    partnerships.c.challenged_at.is_(None),
    ~partnerships.c.relationship,
)
_ALL_OF_SCHOOL = _PARTNERSHIPS.where(_OF_SCHOOL, _IN_COHORT, ~partnerships.c.relationship)
_RELATIONSHIPS = _PARTNERSHIPS.where(_OF_PROVIDER, _OF_SCHOOL, _IN_COHORT, partnerships.c.relationship)

_PARTNERED = exists().where(
    partnerships.c.school_id == schools.c.id,
    _IN_COHORT,
    partnerships.c.challenged_at.is_(None),
    ~partnerships.c.relationship,
)
_SCHOOLS = (
    select(*_SCHOOL, _PARTNERED, _CHOICE.c.programme, SCHOOL_SHOWN_UPDATED_AT)
    .select_from(
        schools.outerjoin(_CHOICE, (_CHOICE.c.school_id == schools.c.id) & (_CHOICE.c.cohort == bindparam("cohort")))
    )
    .where(schools.c.standing != "cip-only", or_(schools.c.standing == "open", _PARTNERED))
)
SCHOOL_CHANGED_SINCE = bindparam("since") <= SCHOOL_SHOWN_UPDATED_AT
"""Condition on a school: it, or what it has chosen for the cohort that is listed, changed at an instant or later."""

_SCHOOL_BY_ID = select(*_SCHOOL).where(schools.c.id == bindparam("id"))
_CHOSEN = (school_choices.c.school_id == bindparam("school"), school_choices.c.cohort == bindparam("year"))
_CHOICE_OF_SCHOOL = select(school_choices.c.programme).where(*_CHOSEN)
_CHOOSE = update(school_choices).where(*_CHOSEN)

_PARTNERS = select(*_DELIVERY_PARTNER)
_PARTNER_BY_ID = _PARTNERS.where(delivery_partners.c.id == bindparam("id"))
_LINKS = (
    select(delivery_partner_links.c.delivery_partner_id, delivery_partner_links.c.cohort)
    .where(delivery_partner_links.c.provider_id == bindparam("provider_id"))
    .order_by(delivery_partner_links.c.cohort)
)
_LINKS_OF_PARTNER = _LINKS.where(delivery_partner_links.c.delivery_partner_id == bindparam("partner_id"))
_LINKED = (
    delivery_partner_links.c.provider_id == bindparam("provider_id"),
    delivery_partner_links.c.delivery_partner_id == delivery_partners.c.id,
)
LINKED = exists().where(*_LINKED)
"""Condition on a delivery partner: it works with the provider."""

LINKED_IN_COHORTS = exists().where(*_LINKED, delivery_partner_links.c.cohort.in_(bindparam("years", expanding=True)))
"""Condition on a delivery partner: it works with the provider in one of some cohorts."""


def listed_partnerships(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[Partnership]:
    """A page of the partnerships that satisfy all conditions."""
    rows = page_of(connection, _partnerships(wanted.conditions, order), wanted, limit, offset)
    return [Partnership(*row) for row in rows]


@lru_cache(COMBINATIONS)
def _partnerships(conditions: Conditions, order: Order) -> Select[Any]:
    return paged(_PARTNERSHIPS.where(*conditions).order_by(*order))


def with_school(connection: Connection, provider_id: str, urn: str, cohort: int) -> Partnership | None:
    """A provider's unchallenged partnership with a school in a cohort, relationships left out."""
    found = rows_of(connection, _WITH_SCHOOL, {"provider_id": provider_id, "urn": urn, "cohort": cohort})
    return Partnership(*found[0]) if found else None


def of_school(connection: Connection, school_id: str, cohort: int) -> list[Partnership]:
    """Every partnership of a school in a cohort, whoever has it, relationships left out."""
    rows = rows_of(connection, _ALL_OF_SCHOOL, {"school_id": school_id, "cohort": cohort})
    return [Partnership(*row) for row in rows]


def relationships(connection: Connection, provider_id: str, school_id: str, cohort: int) -> list[Partnership]:
    """A provider's additional partnerships with a school in a cohort, made by a change of circumstance."""
    asked = {"provider_id": provider_id, "school_id": school_id, "cohort": cohort}
    return [Partnership(*row) for row in rows_of(connection, _RELATIONSHIPS, asked)]


def add_partnership(connection: Connection, values: Mapping[str, Any]) -> None:
    """Put in a new partnership."""
    connection.execute(insert(partnerships), dict(values))


def change_partnership(connection: Connection, partnership_id: str, moment: str, values: Mapping[str, Any]) -> None:
    """Change a partnership and move its change time."""
    change(connection, partnerships, partnership_id, {**values, "updated_at": moment})


def school(connection: Connection, school_id: str) -> School | None:
    """The school with an id, or None."""
    row = connection.execute(_SCHOOL_BY_ID, {"id": school_id}).first()
    return None if row is None else School(*row)


def listed_schools(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[tuple[School, bool, str | None, str]]:
    """A page of the schools that can be partners in a cohort.

    Each with whether it is in a partnership, the programme it has chosen and when it last changed to a client's eyes
    (behaviours SCH-LIST, SCH-INELIGIBLE-WITH-PARTNERSHIP, SCH-IN-PARTNERSHIP).
    """
    rows = page_of(connection, _schools(wanted.conditions, order), wanted, limit, offset)
    return [(School(*row[: len(_SCHOOL)]), bool(row[-3]), row[-2], row[-1]) for row in rows]


@lru_cache(COMBINATIONS)
def _schools(conditions: Conditions, order: Order) -> Select[Any]:
    return paged(_SCHOOLS.where(*conditions).order_by(*order))


def choice(connection: Connection, school_id: str, cohort: int) -> str | None:
    """The programme that a school has chosen for a cohort, if it has."""
    found = connection.execute(_CHOICE_OF_SCHOOL, {"school": school_id, "year": cohort}).scalar()
    return None if found is None else str(found)


def choose(connection: Connection, choice_id: str, school_id: str, cohort: int, programme: str, moment: str) -> None:
    """Record which programme a school has chosen for a cohort."""
    chosen = {"programme": programme, "updated_at": moment}
    changed = connection.execute(_CHOOSE, {"school": school_id, "year": cohort, **chosen})
    if changed.rowcount == 0:
        made = {"id": choice_id, "school_id": school_id, "cohort": cohort, **chosen}
        connection.execute(insert(school_choices), made)


def delivery_partner(connection: Connection, partner_id: str) -> DeliveryPartner | None:
    """The delivery partner with an id, or None."""
    row = connection.execute(_PARTNER_BY_ID, {"id": partner_id}).first()
    return None if row is None else DeliveryPartner(*row)


def linked_cohorts(connection: Connection, provider_id: str, partner_id: str) -> list[int]:
    """The cohorts in which a delivery partner works with a provider."""
    rows = rows_of(connection, _LINKS_OF_PARTNER, {"provider_id": provider_id, "partner_id": partner_id})
    return [row.cohort for row in rows]


def cohorts_of_partners(connection: Connection, provider_id: str) -> dict[str, list[int]]:
    """The cohorts in which each delivery partner works with a provider."""
    found: dict[str, list[int]] = {}
    for partner_id, cohort in rows_of(connection, _LINKS, {"provider_id": provider_id}):
        found.setdefault(partner_id, []).append(cohort)
    return found


def listed_delivery_partners(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[DeliveryPartner]:
    """A page of the delivery partners that satisfy all conditions."""
    return [
        DeliveryPartner(*row)
        for row in page_of(connection, _delivery_partners(wanted.conditions, order), wanted, limit, offset)
    ]


@lru_cache(COMBINATIONS)
def _delivery_partners(conditions: Conditions, order: Order) -> Select[Any]:
    return paged(_PARTNERS.where(*conditions).order_by(*order))
