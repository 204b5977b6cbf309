"""NPQ applications, contracts and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from lead_provider_sandbox.domain.models import COACHING_COURSES, Application, Contract, NpqOutcome, Person
from lead_provider_sandbox.store.people import PERSON_COLUMNS, Participant, group_by_person, page_of_people
from lead_provider_sandbox.store.query import Conditions, Order, Page, columns_of, update_row
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
_APPLICATIONS = select(*_COLUMNS, *columns_of(people, Person)).join_from(
    applications, people, applications.c.person_id == people.c.id
)
_PARTICIPANTS = select(*PERSON_COLUMNS, *_COLUMNS).join_from(
    people, applications, applications.c.person_id == people.c.id
)
_OUTCOMES = select(*columns_of(outcomes, NpqOutcome))
_OLDEST_FIRST = (applications.c.created_at, applications.c.id)


def _accepted_by(provider_id: str) -> ColumnElement[bool]:
    return and_(applications.c.provider_id == provider_id, applications.c.status == "accepted")


class Applications:
    """Queries and updates of NPQ applications, contracts and outcomes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accepted(self, person_id: str, provider_id: str) -> list[Application]:
        """Return a person's accepted applications to a provider."""
        query = select(*_COLUMNS).where(_accepted_by(provider_id), applications.c.person_id == person_id)
        return [Application(*row) for row in self._connection.execute(query.order_by(*_OLDEST_FIRST))]

    def search(
        self, conditions: Conditions, page: Page, order: Order = _OLDEST_FIRST
    ) -> list[tuple[Application, Person]]:
        """Return a page of the applications that satisfy all conditions, each with its applicant."""
        query = _APPLICATIONS.where(*conditions).order_by(*order).limit(page.limit).offset(page.offset)
        width = len(_COLUMNS)
        rows = self._connection.execute(query)
        return [(Application(*row[:width]), Person(*row[width:])) for row in rows]

    def participant(self, person_id: str, provider_id: str) -> Participant[Application] | None:
        """Return a person with their accepted applications to a provider; None if there are none."""
        query = _PARTICIPANTS.where(_accepted_by(provider_id), people.c.id == person_id).order_by(*_OLDEST_FIRST)
        rows = self._connection.execute(query).all()
        return next(iter(group_by_person(self._connection, rows, Application)), None)

    def search_participants(
        self, provider_id: str, conditions: Conditions, order: Order, page: Page
    ) -> list[Participant[Application]]:
        """Return a page of the people with an accepted application to a provider (behaviour PNPQ-LIST)."""
        accepted = _accepted_by(provider_id)
        condition = exists().where(applications.c.person_id == people.c.id, accepted, *conditions)
        query = page_of_people(condition, order, page, _PARTICIPANTS.where(accepted), _OLDEST_FIRST)
        return group_by_person(self._connection, self._connection.execute(query).all(), Application)

    def update(self, application: Application, moment: str, values: Mapping[str, Any]) -> None:
        """Update an application, its change time and the applicant's."""
        update_row(self._connection, applications, application.id, {**values, "updated_at": moment})
        update_row(self._connection, people, application.person_id, {"updated_at": moment})

    def reject_rivals(self, application: Application, moment: str) -> None:
        """Reject the applicant's other pending applications for the course and cohort.

        Behaviour NAPP-ACCEPT-REJECTS-OTHERS.
        """
        self._connection.execute(
            update(applications)
            .where(
                applications.c.person_id == application.person_id,
                applications.c.id != application.id,
                applications.c.course_identifier == application.course_identifier,
                applications.c.cohort == application.cohort,
                applications.c.status == "pending",
            )
            .values(status="rejected", updated_at=moment)
        )

    def accepted_in_another_application(self, application: Application, person: Person) -> bool:
        """Return whether the person, or a record with their TRN, has another accepted application for the course."""
        course = application.course_identifier
        query = (
            select(applications.c.id)
            .join_from(applications, people, applications.c.person_id == people.c.id)
            .where(
                or_(people.c.id == person.id, people.c.trn == person.trn) if person.trn else people.c.id == person.id,
                applications.c.id != application.id,
                applications.c.course_identifier.in_(COACHING_COURSES if course in COACHING_COURSES else (course,)),
                applications.c.status == "accepted",
            )
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def contract(self, provider_id: str, cohort: int, course: str) -> Contract | None:
        """Return a provider's contract for a cohort and course, or None."""
        query = select(*columns_of(contracts, Contract)).where(
            contracts.c.provider_id == provider_id,
            contracts.c.cohort == cohort,
            contracts.c.course_identifier == course,
        )
        row = self._connection.execute(query).first()
        return None if row is None else Contract(*row)

    def search_outcomes(self, conditions: Conditions, page: Page) -> list[NpqOutcome]:
        """Return a page of the outcomes that satisfy all conditions, oldest first."""
        query = _OUTCOMES.where(*conditions).order_by(outcomes.c.created_at, outcomes.c.id)
        return [NpqOutcome(*row) for row in self._connection.execute(query.limit(page.limit).offset(page.offset))]

    def latest_outcome(self, declaration_id: str) -> NpqOutcome | None:
        """Return the latest outcome of a declaration, or None."""
        query = _OUTCOMES.where(outcomes.c.declaration_id == declaration_id)
        query = query.order_by(outcomes.c.created_at.desc(), outcomes.c.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else NpqOutcome(*row)

    def add_outcome(self, outcome: NpqOutcome) -> None:
        """Insert an outcome."""
        values = {name: getattr(outcome, name) for name in NpqOutcome.__dataclass_fields__}
        self._connection.execute(insert(outcomes), values)
