"""NPQ applications, contracts and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, insert, or_, select, update

from lead_provider_sandbox.domain.models import COACHING_COURSES, Application, Contract, NpqOutcome, Person
from lead_provider_sandbox.store.people import PERSON_COLUMNS, Participant, group_by_person, page_of_people
from lead_provider_sandbox.store.query import (
    Filters,
    Order,
    Page,
    columns_of,
    fetch,
    fetch_first,
    page_values,
    search,
    update_row,
)
from lead_provider_sandbox.store.tables import applications, contracts, outcomes, people

_OTHER = applications.alias("other")
_PREVIOUSLY_FUNDED = exists().where(
    _OTHER.c.person_id == applications.c.person_id,
    _OTHER.c.id != applications.c.id,
    _OTHER.c.course_identifier == applications.c.course_identifier,
    _OTHER.c.status == "accepted",
    _OTHER.c.eligible_for_funding,
    or_(_OTHER.c.funded_place.is_(None), _OTHER.c.funded_place),
)
_COLUMNS = [*columns_of(Application, applications), and_(applications.c.status != "accepted", _PREVIOUSLY_FUNDED)]
_APPLICATIONS = select(*_COLUMNS, *columns_of(Person, people)).join_from(
    applications, people, applications.c.person_id == people.c.id
)
_PARTICIPANTS = select(*PERSON_COLUMNS, *_COLUMNS).join_from(
    people, applications, applications.c.person_id == people.c.id
)
_OUTCOMES = select(*columns_of(NpqOutcome, outcomes))
_OLDEST_FIRST = (applications.c.created_at, applications.c.id)
_IS_ACCEPTED = and_(applications.c.provider_id == bindparam("provider_id"), applications.c.status == "accepted")
_ACCEPTED = (
    select(*_COLUMNS).where(_IS_ACCEPTED, applications.c.person_id == bindparam("person_id")).order_by(*_OLDEST_FIRST)
)
_ACCEPTED_PARTICIPANTS = _PARTICIPANTS.where(_IS_ACCEPTED)
_PARTICIPANT = _ACCEPTED_PARTICIPANTS.where(people.c.id == bindparam("person_id")).order_by(*_OLDEST_FIRST)
_HAS_ACCEPTED = exists().where(applications.c.person_id == people.c.id, _IS_ACCEPTED)
_CONTRACT = select(*columns_of(Contract, contracts)).where(
    contracts.c.provider_id == bindparam("provider_id"),
    contracts.c.cohort == bindparam("cohort"),
    contracts.c.course_identifier == bindparam("course"),
)
_LATEST_OUTCOME = _OUTCOMES.where(outcomes.c.declaration_id == bindparam("declaration_id")).order_by(
    outcomes.c.created_at.desc(), outcomes.c.id.desc()
)


def _application_with_applicant(*row: Any) -> tuple[Application, Person]:
    return Application(*row[: len(_COLUMNS)]), Person(*row[len(_COLUMNS) :])


class Applications:
    """Queries and updates of NPQ applications, contracts and outcomes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accepted(self, person_id: str, provider_id: str) -> list[Application]:
        """Return a person's accepted applications to a provider."""
        values = {"person_id": person_id, "provider_id": provider_id}
        return fetch(self._connection, _ACCEPTED, Application, values=values)

    def search(self, filters: Filters, page: Page, order: Order = _OLDEST_FIRST) -> list[tuple[Application, Person]]:
        """Return a page of the applications that pass the filters, each with its applicant."""
        return search(self._connection, _APPLICATIONS, _application_with_applicant, filters, order, page)

    def participant(self, person_id: str, provider_id: str) -> Participant[Application] | None:
        """Return a person with their accepted applications to a provider; None if there are none."""
        values = {"person_id": person_id, "provider_id": provider_id}
        return next(iter(group_by_person(self._connection, _PARTICIPANT, Application, values=values)), None)

    def search_participants(
        self, provider_id: str, filters: Filters, order: Order, page: Page
    ) -> list[Participant[Application]]:
        """Return a page of the people with an accepted application to a provider (behaviour PNPQ-LIST)."""
        query = page_of_people(filters, order, _HAS_ACCEPTED, _ACCEPTED_PARTICIPANTS, _OLDEST_FIRST)
        values = page_values(filters, page, provider_id=provider_id)
        return group_by_person(self._connection, query, Application, values=values)

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
        values = {"provider_id": provider_id, "cohort": cohort, "course": course}
        return fetch_first(self._connection, _CONTRACT, Contract, values=values)

    def search_outcomes(self, filters: Filters, page: Page) -> list[NpqOutcome]:
        """Return a page of the outcomes that pass the filters, oldest first."""
        order = (outcomes.c.created_at, outcomes.c.id)
        return search(self._connection, _OUTCOMES, NpqOutcome, filters, order, page)

    def latest_outcome(self, declaration_id: str) -> NpqOutcome | None:
        """Return the latest outcome of a declaration, or None."""
        return fetch_first(self._connection, _LATEST_OUTCOME, NpqOutcome, values={"declaration_id": declaration_id})

    def add_outcome(self, outcome: NpqOutcome) -> None:
        """Insert an outcome."""
        self._connection.execute(insert(outcomes), asdict(outcome))
