"""Schools, delivery partners and partnerships: look-ups and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, exists, func, insert, literal, or_, select, update

from lead_provider_sandbox.domain.places import DeliveryPartner, Partnership, School
from lead_provider_sandbox.store.tables import (
    delivery_partner_links,
    delivery_partners,
    partnerships,
    school_choices,
    schools,
)

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


def _partnership(row: Any) -> Partnership:
    return Partnership(*row)


def listed_partnerships(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Partnership]:
    """A page of the partnerships that satisfy all conditions."""
    rows = connection.execute(_PARTNERSHIPS.where(*conditions).order_by(*order).limit(limit).offset(offset))
    return [_partnership(row) for row in rows]


def with_school(connection: Connection, provider_id: str, urn: str, cohort: int) -> Partnership | None:
    """A provider's unchallenged partnership with a school in a cohort, relationships left out."""
    found = listed_partnerships(
        connection,
        [
            partnerships.c.provider_id == provider_id,
            schools.c.urn == urn,
            partnerships.c.cohort == cohort,
            partnerships.c.challenged_at.is_(None),
            ~partnerships.c.relationship,
        ],
    )
    return found[0] if found else None


def of_school(connection: Connection, school_id: str, cohort: int) -> list[Partnership]:
    """Every partnership of a school in a cohort, whoever has it, relationships left out."""
    return listed_partnerships(
        connection,
        [partnerships.c.school_id == school_id, partnerships.c.cohort == cohort, ~partnerships.c.relationship],
    )


def relationships(connection: Connection, provider_id: str, school_id: str, cohort: int) -> list[Partnership]:
    """A provider's additional partnerships with a school in a cohort, made by a change of circumstance."""
    return listed_partnerships(
        connection,
        [
            partnerships.c.provider_id == provider_id,
            partnerships.c.school_id == school_id,
            partnerships.c.cohort == cohort,
            partnerships.c.relationship,
        ],
    )


def add_partnership(connection: Connection, values: Mapping[str, Any]) -> None:
    """Put in a new partnership."""
    connection.execute(insert(partnerships), dict(values))


def change_partnership(connection: Connection, partnership_id: str, moment: str, values: Mapping[str, Any]) -> None:
    """Change a partnership and move its change time."""
    connection.execute(
        update(partnerships).where(partnerships.c.id == partnership_id).values(**values, updated_at=moment)
    )


def school(connection: Connection, school_id: str) -> School | None:
    """The school with an id, or None."""
    row = connection.execute(select(*_SCHOOL).where(schools.c.id == school_id)).first()
    return None if row is None else School(*row)


def listed_schools(
    connection: Connection,
    cohort: int,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
    offset: int,
) -> list[tuple[School, bool, str | None, str]]:
    """A page of the schools that can be partners in a cohort.

    Each with whether it is in a partnership, the programme it has chosen and when it last changed to a client's eyes
    (behaviours SCH-LIST, SCH-INELIGIBLE-WITH-PARTNERSHIP, SCH-IN-PARTNERSHIP).
    """
    partnered = _partnered(cohort)
    of_this_cohort = (_CHOICE.c.school_id == schools.c.id) & (_CHOICE.c.cohort == literal(cohort))
    statement = (
        select(*_SCHOOL, partnered, _CHOICE.c.programme, SCHOOL_SHOWN_UPDATED_AT)
        .select_from(schools.outerjoin(_CHOICE, of_this_cohort))
        .where(schools.c.standing != "cip-only", or_(schools.c.standing == "open", partnered), *conditions)
    )
    rows = connection.execute(statement.order_by(*order).limit(limit).offset(offset))
    return [(School(*row[: len(_SCHOOL)]), bool(row[-3]), row[-2], row[-1]) for row in rows]


def school_changed_since(cohort: int, since: str) -> ColumnElement[bool]:
    """Condition: the school, or what it has chosen for a cohort, changed at an instant or later."""
    chosen = exists().where(
        school_choices.c.school_id == schools.c.id,
        school_choices.c.cohort == cohort,
        school_choices.c.updated_at >= since,
    )
    return or_(schools.c.updated_at >= since, chosen)


def _partnered(cohort: int) -> ColumnElement[bool]:
    return exists().where(
        partnerships.c.school_id == schools.c.id,
        partnerships.c.cohort == cohort,
        partnerships.c.challenged_at.is_(None),
        ~partnerships.c.relationship,
    )


def choice(connection: Connection, school_id: str, cohort: int) -> str | None:
    """The programme that a school has chosen for a cohort, if it has."""
    found = connection.execute(
        select(school_choices.c.programme).where(
            school_choices.c.school_id == school_id, school_choices.c.cohort == cohort
        )
    ).scalar()
    return None if found is None else str(found)


def choose(connection: Connection, choice_id: str, school_id: str, cohort: int, programme: str, moment: str) -> None:
    """Record which programme a school has chosen for a cohort."""
    mine = (school_choices.c.school_id == school_id, school_choices.c.cohort == cohort)
    changed = connection.execute(update(school_choices).where(*mine).values(programme=programme, updated_at=moment))
    if changed.rowcount == 0:
        connection.execute(
            insert(school_choices),
            {
                "id": choice_id,
                "school_id": school_id,
                "cohort": cohort,
                "programme": programme,
                "updated_at": moment,
            },
        )


def delivery_partner(connection: Connection, partner_id: str) -> DeliveryPartner | None:
    """The delivery partner with an id, or None."""
    row = connection.execute(select(*_DELIVERY_PARTNER).where(delivery_partners.c.id == partner_id)).first()
    return None if row is None else DeliveryPartner(*row)


def linked_cohorts(connection: Connection, provider_id: str, partner_id: str) -> list[int]:
    """The cohorts in which a delivery partner works with a provider."""
    found = connection.execute(
        select(delivery_partner_links.c.cohort)
        .where(
            delivery_partner_links.c.provider_id == provider_id,
            delivery_partner_links.c.delivery_partner_id == partner_id,
        )
        .order_by(delivery_partner_links.c.cohort)
    )
    return [int(cohort) for cohort in found.scalars()]


def listed_delivery_partners(
    connection: Connection,
    provider_id: str,
    cohorts: Sequence[int] | None,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
    offset: int,
) -> list[DeliveryPartner]:
    """A page of the delivery partners linked to a provider, in any of some cohorts or in any at all."""
    linked = [
        delivery_partner_links.c.provider_id == provider_id,
        delivery_partner_links.c.delivery_partner_id == delivery_partners.c.id,
    ]
    if cohorts is not None:
        linked.append(delivery_partner_links.c.cohort.in_(cohorts))
    rows = connection.execute(
        select(*_DELIVERY_PARTNER)
        .where(exists().where(*linked), *conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [DeliveryPartner(*row) for row in rows]
