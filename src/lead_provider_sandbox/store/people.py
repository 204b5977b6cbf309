"""People and their ECF enrolments: look-ups and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, or_, select, update

from lead_provider_sandbox.domain.records import Enrolment, IdChange, Person
from lead_provider_sandbox.store.tables import enrolments, id_changes, partnerships, people, training_records

_PERSON = [people.c[name] for name in Person.__dataclass_fields__]
_ENROLMENT = [
    enrolments.c[name] if name in enrolments.c else training_records.c[name] for name in Enrolment.__dataclass_fields__
]
_ENROLMENT_ROWS = select(*_ENROLMENT).join_from(
    enrolments, training_records, enrolments.c.training_record_id == training_records.c.id
)

LISTED = and_(
    enrolments.c.cohort > 2020,
    ~exists().where(partnerships.c.id == enrolments.c.partnership_id, partnerships.c.challenged_at.is_not(None)),
)
"""Enrolments that the API shows at all: not NQT+1, and not through a partnership that the school has challenged
(behaviours PECF-NQT1-HIDDEN, PECF-CHALLENGED-PARTNERSHIP-HIDDEN)."""

_HAS_CHANGED_ID = exists().where(id_changes.c.to_id == people.c.id)
_PERSON_WITH_ENROLMENTS = (
    select(*_PERSON, _HAS_CHANGED_ID, *_ENROLMENT)
    .join_from(people, enrolments, enrolments.c.person_id == people.c.id)
    .join(training_records, enrolments.c.training_record_id == training_records.c.id)
    .where(
        people.c.id == bindparam("person_id"),
        enrolments.c.person_id == bindparam("person_id"),
        enrolments.c.provider_id == bindparam("provider_id"),
        LISTED,
    )
    .order_by(training_records.c.participant_type, enrolments.c.created_at, enrolments.c.id)
)
_PERSON_BY_ID = select(*_PERSON).where(people.c.id == bindparam("id"))
_ENROLMENTS_WITH_PROVIDER = (
    _ENROLMENT_ROWS.where(
        enrolments.c.person_id == bindparam("person_id"),
        enrolments.c.provider_id == bindparam("provider_id"),
        LISTED,
    )
    # An ECT's record comes before a mentor's: v1 and v2 show the first one (behaviour PECF-V12-DUAL-PROFILE).
    .order_by(training_records.c.participant_type, enrolments.c.created_at, enrolments.c.id)
)
_MERGED_INTO = select(id_changes.c.to_id).where(id_changes.c.from_id == bindparam("id"))
_ID_CHANGES = (
    select(id_changes.c.from_id, id_changes.c.to_id, id_changes.c.changed_at)
    .where(id_changes.c.to_id == bindparam("id"))
    .order_by(id_changes.c.changed_at.desc(), id_changes.c.id)
)


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


def enrolled_person(
    connection: Connection, person_id: str, provider_id: str
) -> tuple[Person, list[Enrolment], list[IdChange]] | None:
    """A person with what they train, or trained, in with a provider; None when that is nothing."""
    rows = connection.execute(_PERSON_WITH_ENROLMENTS, {"person_id": person_id, "provider_id": provider_id}).all()
    if not rows:
        return None
    width = len(_PERSON)
    changes = id_changes_of(connection, person_id) if rows[0][width] else []
    return Person(*rows[0][:width]), [Enrolment(*row[width + 1 :]) for row in rows], changes


def enrolments_with(connection: Connection, person_id: str, provider_id: str) -> list[Enrolment]:
    """What a person trains, or trained, in with a provider, an ECT's record before a mentor's."""
    rows = connection.execute(_ENROLMENTS_WITH_PROVIDER, {"person_id": person_id, "provider_id": provider_id})
    return [Enrolment(*row) for row in rows]


def id_changes_of(connection: Connection, person_id: str) -> list[IdChange]:
    """How a person came by their id, newest change first."""
    return [IdChange(*row) for row in connection.execute(_ID_CHANGES, {"id": person_id})]


def listed_people(
    provider_id: str, conditions: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    """The people whom a provider sees, one row each, who satisfy all conditions on people and enrolments."""
    theirs = (
        select(enrolments.c.person_id)
        .join_from(enrolments, people, enrolments.c.person_id == people.c.id)
        .where(enrolments.c.provider_id == provider_id, LISTED, *conditions)
    )
    return select(*_PERSON).where(people.c.id.in_(theirs)).order_by(*order)


def page_of_people(connection: Connection, listing: Select[Any], limit: int | None, offset: int) -> list[Person]:
    """One page of a listing."""
    return [Person(*row) for row in connection.execute(listing.limit(limit).offset(offset))]


def enrolments_of_page(
    connection: Connection, provider_id: str, listing: Select[Any], limit: int | None, offset: int
) -> dict[str, list[Enrolment]]:
    """The enrolments with a provider of everybody on a page, by person."""
    page = listing.with_only_columns(people.c.id).limit(limit).offset(offset).subquery()
    found: dict[str, list[Enrolment]] = {}
    rows = connection.execute(
        _ENROLMENT_ROWS.where(
            enrolments.c.provider_id == provider_id, enrolments.c.person_id.in_(select(page.c.id)), LISTED
        ).order_by(training_records.c.participant_type, enrolments.c.created_at, enrolments.c.id)
    )
    for row in rows:
        enrolment = Enrolment(*row)
        found.setdefault(enrolment.person_id, []).append(enrolment)
    return found


def page_of_enrolments(
    connection: Connection,
    provider_id: str,
    conditions: Sequence[ColumnElement[bool]],
    by: ColumnElement[Any],
    limit: int | None,
    offset: int,
) -> list[tuple[Person, Enrolment]]:
    """A page of enrolments with a provider, in the order of a column of people's."""
    width = len(_PERSON)
    rows = connection.execute(
        select(*_PERSON, *_ENROLMENT)
        .join_from(people, enrolments, enrolments.c.person_id == people.c.id)
        .join(training_records, enrolments.c.training_record_id == training_records.c.id)
        .where(enrolments.c.provider_id == provider_id, LISTED, *conditions)
        .order_by(by, people.c.id, training_records.c.participant_type, enrolments.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [(Person(*row[:width]), Enrolment(*row[width:])) for row in rows]


def id_changes_of_page(
    connection: Connection, listing: Select[Any], limit: int | None, offset: int
) -> dict[str, list[IdChange]]:
    """The id changes of everybody on a page, by person, newest first."""
    page = listing.with_only_columns(people.c.id).limit(limit).offset(offset).subquery()
    found: dict[str, list[IdChange]] = {}
    rows = connection.execute(
        select(id_changes.c.from_id, id_changes.c.to_id, id_changes.c.changed_at)
        .where(id_changes.c.to_id.in_(select(page.c.id)))
        .order_by(id_changes.c.changed_at.desc(), id_changes.c.id)
    )
    for row in rows:
        change = IdChange(*row)
        found.setdefault(change.to_id, []).append(change)
    return found


def merged_from(any_of: Sequence[str]) -> ColumnElement[bool]:
    """Condition on people: one of these ids became theirs."""
    return people.c.id.in_(select(id_changes.c.to_id).where(id_changes.c.from_id.in_(any_of)))


def touch_person(connection: Connection, person_id: str, moment: str) -> None:
    """Move the person's change time, which is what `updated_since` looks at."""
    connection.execute(_TOUCH, {"person": person_id, "moment": moment})


def change_enrolment(connection: Connection, enrolment: Enrolment, moment: str, values: Mapping[str, Any]) -> None:
    """Change an enrolment and move its change time and the person's."""
    connection.execute(update(enrolments).where(enrolments.c.id == enrolment.id).values(**values, updated_at=moment))
    touch_person(connection, enrolment.person_id, moment)


def change_training_record(
    connection: Connection, enrolment: Enrolment, moment: str, values: Mapping[str, Any]
) -> None:
    """Change the training record that an enrolment belongs to and move the person's change time."""
    record = training_records.c.id == enrolment.training_record_id
    connection.execute(update(training_records).where(record).values(**values))
    touch_person(connection, enrolment.person_id, moment)


def trained_now_by(provider_id: str, today: str) -> Select[Any]:
    """The ids of people whose ECF training is with a provider on a day."""
    return select(enrolments.c.person_id).where(
        enrolments.c.provider_id == provider_id,
        enrolments.c.induction_status.in_(("active", "completed")),
        or_(enrolments.c.end_date.is_(None), enrolments.c.end_date > today),
        LISTED,
    )


_TOUCH = update(people).where(people.c.id == bindparam("person")).values(updated_at=bindparam("moment"))
