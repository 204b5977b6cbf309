"""NPQ applications, contracts and outcomes: look-ups and changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, insert, or_, select, update

from lead_provider_sandbox.domain.records import COACHING_COURSES, Application, Contract, Outcome, Person
from lead_provider_sandbox.store.people import PERSON_COLUMNS, Trained, page_of_people, people_in, touch_person
from lead_provider_sandbox.store.query import COMBINATIONS, Conditions, Order, Wanted, page_of, paged, rows_of
from lead_provider_sandbox.store.tables import applications, contracts, outcomes, people
from lead_provider_sandbox.store.updates import change

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


_IN_ORDER = (applications.c.created_at, applications.c.id)
_ACCEPTED = and_(applications.c.provider_id == bindparam("provider_id"), applications.c.status == "accepted")
_APPLICATIONS = select(*_COLUMNS, *_PERSON).join_from(applications, people, applications.c.person_id == people.c.id)
_PARTICIPANTS = (
    select(*PERSON_COLUMNS, *_COLUMNS)
    .join_from(people, applications, applications.c.person_id == people.c.id)
    .where(_ACCEPTED)
)
_PARTICIPANT = _PARTICIPANTS.where(people.c.id == bindparam("person_id")).order_by(*_IN_ORDER)
_ACCEPTED_WITH = (
    select(*_COLUMNS).where(_ACCEPTED, applications.c.person_id == bindparam("person_id")).order_by(*_IN_ORDER)
)
_ELSEWHERE = (
    select(applications.c.id)
    .join_from(applications, people, applications.c.person_id == people.c.id)
    .where(
        # Nobody has the TRN that is null.
        or_(people.c.id == bindparam("person_id"), people.c.trn == bindparam("trn")),
        applications.c.id != bindparam("application_id"),
        applications.c.course_identifier.in_(bindparam("courses", expanding=True)),
        applications.c.status == "accepted",
    )
    .limit(1)
)
_REJECT_RIVALS = (
    update(applications)
    .where(
        applications.c.person_id == bindparam("applicant"),
        applications.c.id != bindparam("application"),
        applications.c.course_identifier == bindparam("course"),
        applications.c.cohort == bindparam("year"),
        applications.c.status == "pending",
    )
    .values(status="rejected", updated_at=bindparam("moment"))
)
_CONTRACT_FOR = select(*_CONTRACT).where(
    contracts.c.provider_id == bindparam("provider_id"),
    contracts.c.cohort == bindparam("cohort"),
    contracts.c.course_identifier == bindparam("course_identifier"),
)
_LATEST_OUTCOME = (
    select(*_OUTCOME)
    .where(outcomes.c.declaration_id == bindparam("declaration_id"))
    .order_by(outcomes.c.created_at.desc(), outcomes.c.id.desc())
    .limit(1)
)


def accepted_with(connection: Connection, person_id: str, provider_id: str) -> list[Application]:
    """The NPQs that a person trains, or trained, in with a provider."""
    rows = rows_of(connection, _ACCEPTED_WITH, {"person_id": person_id, "provider_id": provider_id})
    return [Application(*row) for row in rows]


def listed_applications(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[tuple[Application, Person]]:
    """A page of the applications that satisfy all conditions, each with the applicant."""
    width = len(_COLUMNS)
    rows = page_of(connection, _applications(wanted.conditions, order), wanted, limit, offset)
    return [(Application(*row[:width]), Person(*row[width:])) for row in rows]


@lru_cache(COMBINATIONS)
def _applications(conditions: Conditions, order: Order) -> Select[Any]:
    return paged(_APPLICATIONS.where(*conditions).order_by(*order))


def participant(connection: Connection, person_id: str, provider_id: str) -> Trained[Application] | None:
    """A person with the NPQs they take with a provider; None when there are none."""
    rows = rows_of(connection, _PARTICIPANT, {"person_id": person_id, "provider_id": provider_id})
    return next(iter(people_in(connection, rows, Application)), None)


def listed_participants(
    connection: Connection, wanted: Wanted, order: Order, limit: int, offset: int
) -> list[Trained[Application]]:
    """A page of the people with an application that a provider has accepted (behaviour PNPQ-LIST)."""
    rows = page_of(connection, _people(wanted.conditions, order), wanted, limit, offset)
    return people_in(connection, rows, Application)


@lru_cache(COMBINATIONS)
def _people(conditions: Conditions, order: Order) -> Select[Any]:
    accepted = exists().where(applications.c.person_id == people.c.id, _ACCEPTED, *conditions)
    return page_of_people(accepted, order, _PARTICIPANTS, _IN_ORDER)


def change_application(
    connection: Connection, application: Application, moment: str, values: Mapping[str, Any]
) -> None:
    """Change an application and move its change time and the applicant's."""
    change(connection, applications, application.id, {**values, "updated_at": moment})
    touch_person(connection, application.person_id, moment)


def reject_rivals(connection: Connection, application: Application, moment: str) -> None:
    """Reject the applicant's other pending applications for the course and cohort.

    Behaviour NAPP-ACCEPT-REJECTS-OTHERS.
    """
    connection.execute(
        _REJECT_RIVALS,
        {
            "applicant": application.person_id,
            "application": application.id,
            "course": application.course_identifier,
            "year": application.cohort,
            "moment": moment,
        },
    )


def accepted_elsewhere(connection: Connection, application: Application, person: Person) -> bool:
    """Whether the person, or another record with their TRN, has an accepted application for the course."""
    course = application.course_identifier
    found = connection.execute(
        _ELSEWHERE,
        {
            "person_id": person.id,
            "trn": person.trn,
            "application_id": application.id,
            "courses": COACHING_COURSES if course in COACHING_COURSES else (course,),
        },
    )
    return found.first() is not None


def contract(connection: Connection, provider_id: str, cohort: int, course_identifier: str) -> Contract | None:
    """What a provider is contracted for in a cohort and course, if it is."""
    row = connection.execute(
        _CONTRACT_FOR, {"provider_id": provider_id, "cohort": cohort, "course_identifier": course_identifier}
    ).first()
    return None if row is None else Contract(*row)


def listed_outcomes(connection: Connection, wanted: Wanted, limit: int, offset: int) -> list[Outcome]:
    """A page of the outcomes that satisfy all conditions, oldest first."""
    return [Outcome(*row) for row in page_of(connection, _outcomes(wanted.conditions), wanted, limit, offset)]


@lru_cache(COMBINATIONS)
def _outcomes(conditions: Conditions) -> Select[Any]:
    return paged(select(*_OUTCOME).where(*conditions).order_by(outcomes.c.created_at, outcomes.c.id))


def latest_outcome(connection: Connection, declaration_id: str) -> Outcome | None:
    """The outcome that was last reported with a declaration."""
    row = connection.execute(_LATEST_OUTCOME, {"declaration_id": declaration_id}).first()
    return None if row is None else Outcome(*row)


def add_outcome(connection: Connection, outcome: Outcome) -> None:
    """Put in a new outcome."""
    connection.execute(insert(outcomes), {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__})
