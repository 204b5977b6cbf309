"""NPQ applications, contracts and outcomes: look-ups and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, insert, or_, select, update

from lead_provider_sandbox.domain.records import COACHING_COURSES, Application, Contract, Outcome, Person
from lead_provider_sandbox.store.people import touch_person
from lead_provider_sandbox.store.tables import applications, contracts, outcomes, people

_STORED_AS = {"written_schedule": "schedule_identifier", "eligible_on_paper": "eligible_for_funding"}
_OTHER = applications.alias("other")
_PREVIOUSLY_FUNDED = exists().where(
    _OTHER.c.person_id == applications.c.person_id,
    _OTHER.c.id != applications.c.id,
    _OTHER.c.course_identifier == applications.c.course_identifier,
    _OTHER.c.status == "accepted",
    _OTHER.c.eligible_for_funding,
    or_(_OTHER.c.funded_place.is_(None), _OTHER.c.funded_place),
)
_COLUMNS = [
    *(
        applications.c[_STORED_AS.get(name, name)]
        for name in Application.__dataclass_fields__
        if name != "previously_funded"
    ),
    and_(applications.c.status != "accepted", _PREVIOUSLY_FUNDED),
]
_PERSON = [people.c[name] for name in Person.__dataclass_fields__]
_CONTRACT = [contracts.c[name] for name in Contract.__dataclass_fields__]
_OUTCOME = [outcomes.c[name] for name in Outcome.__dataclass_fields__]


def _application(row: Any) -> Application:
    return Application(*row)


def accepted_with(connection: Connection, person_id: str, provider_id: str) -> list[Application]:
    """The NPQs that a person trains, or trained, in with a provider."""
    wanted = (
        applications.c.person_id == person_id,
        applications.c.provider_id == provider_id,
        applications.c.status == "accepted",
    )
    found = connection.execute(select(*_COLUMNS).where(*wanted).order_by(applications.c.created_at, applications.c.id))
    return [_application(row) for row in found]


def listed_applications(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
    offset: int,
) -> list[tuple[Application, Person]]:
    """A page of the applications that satisfy all conditions, each with the applicant."""
    width = len(_COLUMNS)
    rows = connection.execute(
        select(*_COLUMNS, *_PERSON)
        .join_from(applications, people, applications.c.person_id == people.c.id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [(_application(row[:width]), Person(*row[width:])) for row in rows]


def change_application(
    connection: Connection, application: Application, moment: str, values: Mapping[str, Any]
) -> None:
    """Change an application and move its change time and the applicant's."""
    changed = update(applications).where(applications.c.id == application.id)
    connection.execute(changed.values(**values, updated_at=moment))
    touch_person(connection, application.person_id, moment)


def reject_rivals(connection: Connection, application: Application, moment: str) -> None:
    """Reject the applicant's other pending applications for the course and cohort.

    Behaviour NAPP-ACCEPT-REJECTS-OTHERS.
    """
    rivals = (
        applications.c.person_id == application.person_id,
        applications.c.id != application.id,
        applications.c.course_identifier == application.course_identifier,
        applications.c.cohort == application.cohort,
        applications.c.status == "pending",
    )
    connection.execute(update(applications).where(*rivals).values(status="rejected", updated_at=moment))


def accepted_elsewhere(connection: Connection, application: Application, person: Person) -> bool:
    """Whether the person, or another record with their TRN, has an accepted application for the course."""
    course = application.course_identifier
    same_course = COACHING_COURSES if course in COACHING_COURSES else (course,)
    same_person = people.c.id == person.id
    if person.trn is not None:
        same_person = or_(same_person, people.c.trn == person.trn)
    found = connection.execute(
        select(applications.c.id)
        .join_from(applications, people, applications.c.person_id == people.c.id)
        .where(
            same_person,
            applications.c.id != application.id,
            applications.c.course_identifier.in_(same_course),
            applications.c.status == "accepted",
        )
        .limit(1)
    )
    return found.first() is not None


def npq_people(
    provider_id: str, conditions: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    """The people with an application that a provider has accepted, one row each (behaviour PNPQ-LIST)."""
    theirs = (
        select(applications.c.person_id)
        .join_from(applications, people, applications.c.person_id == people.c.id)
        .where(applications.c.provider_id == provider_id, applications.c.status == "accepted", *conditions)
    )
    return select(*_PERSON).where(people.c.id.in_(theirs)).order_by(*order)


def accepted_of_page(
    connection: Connection, provider_id: str, listing: Select[Any], limit: int | None, offset: int
) -> dict[str, list[Application]]:
    """The accepted applications, with a provider, of everybody on a page, by person."""
    page = listing.with_only_columns(people.c.id).limit(limit).offset(offset).subquery()
    found: dict[str, list[Application]] = {}
    rows = connection.execute(
        select(*_COLUMNS)
        .where(
            applications.c.provider_id == provider_id,
            applications.c.status == "accepted",
            applications.c.person_id.in_(select(page.c.id)),
        )
        .order_by(applications.c.created_at, applications.c.id)
    )
    for row in rows:
        application = _application(row)
        found.setdefault(application.person_id, []).append(application)
    return found


def contract(connection: Connection, provider_id: str, cohort: int, course_identifier: str) -> Contract | None:
    """What a provider is contracted for in a cohort and course, if it is."""
    row = connection.execute(
        select(*_CONTRACT).where(
            contracts.c.provider_id == provider_id,
            contracts.c.cohort == cohort,
            contracts.c.course_identifier == course_identifier,
        )
    ).first()
    return None if row is None else Contract(*row)


def listed_outcomes(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None, offset: int
) -> list[Outcome]:
    """A page of the outcomes that satisfy all conditions, oldest first."""
    rows = connection.execute(
        select(*_OUTCOME).where(*conditions).order_by(outcomes.c.created_at, outcomes.c.id).limit(limit).offset(offset)
    )
    return [Outcome(*row) for row in rows]


def latest_outcome(connection: Connection, declaration_id: str) -> Outcome | None:
    """The outcome that was last reported with a declaration."""
    row = connection.execute(
        select(*_OUTCOME)
        .where(outcomes.c.declaration_id == declaration_id)
        .order_by(outcomes.c.created_at.desc(), outcomes.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Outcome(*row)


def add_outcome(connection: Connection, outcome: Outcome) -> None:
    """Put in a new outcome."""
    connection.execute(insert(outcomes), {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__})
