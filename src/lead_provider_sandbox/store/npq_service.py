"""Applications, participants, declarations and delivery partners of the NPQ service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, or_, select, update

from lead_provider_sandbox.domain.models import COACHING_COURSES, IdChange, Person, Statement
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication, NpqDeclaration
from lead_provider_sandbox.domain.school_models import DeliveryPartner
from lead_provider_sandbox.store.people import page_of_people
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
from lead_provider_sandbox.store.tables import (
    STORED_AS,
    applications,
    contracts,
    declarations,
    delivery_partner_links,
    delivery_partners,
    id_changes,
    people,
    providers,
    statements,
)

Participant = tuple[Applicant, list[NpqApplication], list[IdChange]]
"""A person with the accepted applications to a provider and the changes of their id."""

_OTHER = applications.alias("other")
_PREVIOUSLY_FUNDED = and_(
    applications.c.status != "accepted",
    exists().where(
        _OTHER.c.person_id == applications.c.person_id,
        _OTHER.c.id != applications.c.id,
        _OTHER.c.course_identifier == applications.c.course_identifier,
        _OTHER.c.status == "accepted",
        _OTHER.c.eligible_for_funding,
        or_(_OTHER.c.funded_place.is_(None), _OTHER.c.funded_place),
    ),
)
_SECONDARY = delivery_partners.alias("secondary")


def _columns(record: Any, source: Any, **joined: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the column of each field of a dataclass, from `source` unless it is `joined`."""
    names = [field.name for field in fields(record)]
    return [joined[name] if name in joined else source.c[STORED_AS.get(name, name)] for name in names]


_APPLICANT = _columns(Applicant, people)
_APPLICATION = _columns(NpqApplication, applications, previously_funded=_PREVIOUSLY_FUNDED)
_APPLICATIONS = select(*_APPLICATION, *_APPLICANT).join_from(
    applications, people, applications.c.person_id == people.c.id
)
_OLDEST_FIRST = (applications.c.created_at, applications.c.id)
_IS_ACCEPTED = and_(applications.c.provider_id == bindparam("provider_id"), applications.c.status == "accepted")
_PARTICIPANTS = (
    select(*_APPLICANT, *_APPLICATION)
    .join_from(people, applications, applications.c.person_id == people.c.id)
    .where(_IS_ACCEPTED)
)
_HAS_ACCEPTED = exists().where(applications.c.person_id == people.c.id, _IS_ACCEPTED)
_PARTICIPANT = _PARTICIPANTS.where(people.c.id == bindparam("person_id")).order_by(*_OLDEST_FIRST)
_ID_CHANGES = select(*columns_of(IdChange, id_changes)).order_by(id_changes.c.changed_at.desc(), id_changes.c.id)
_CHANGES_FROM = _ID_CHANGES.where(id_changes.c.from_id == bindparam("former_id"))
_OF_PEOPLE = _ID_CHANGES.where(id_changes.c.to_id.in_(bindparam("ids", expanding=True)))
_DECLARATIONS: Select[Any] = select(
    *_columns(
        NpqDeclaration,
        declarations,
        provider_name=providers.c.name,
        delivery_partner_name=delivery_partners.c.name,
        secondary_delivery_partner_name=_SECONDARY.c.name,
    )
).select_from(
    declarations.join(providers, declarations.c.provider_id == providers.c.id)
    .outerjoin(delivery_partners, declarations.c.delivery_partner_id == delivery_partners.c.id)
    .outerjoin(_SECONDARY, declarations.c.secondary_delivery_partner_id == _SECONDARY.c.id)
)
_DECLARATION_BY_ID = _DECLARATIONS.where(declarations.c.id == bindparam("declaration_id"))
_NEXT_STATEMENT = (
    select(*columns_of(Statement, statements))
    .where(
        statements.c.provider_id == bindparam("provider_id"),
        statements.c.cohort == bindparam("cohort"),
        statements.c.cohort_suffix == bindparam("suffix"),
        statements.c.cut_off_date >= bindparam("today"),
        statements.c.output_fee,
    )
    .order_by(statements.c.cut_off_date, statements.c.id)
    .limit(1)
)
_CONTRACT = select(contracts.c.id).where(
    contracts.c.provider_id == bindparam("provider_id"),
    contracts.c.cohort == bindparam("cohort"),
    contracts.c.cohort_suffix == bindparam("suffix"),
    contracts.c.course_identifier == bindparam("course"),
)
_DELIVERY_PARTNER = select(*columns_of(DeliveryPartner, delivery_partners)).where(
    delivery_partners.c.id == bindparam("partner_id")
)
_LINK = select(delivery_partner_links.c.id).where(
    delivery_partner_links.c.provider_id == bindparam("provider_id"),
    delivery_partner_links.c.delivery_partner_id == bindparam("partner_id"),
    delivery_partner_links.c.cohort == bindparam("cohort"),
    delivery_partner_links.c.cohort_suffix == bindparam("suffix"),
)


VISIBLE = or_(
    declarations.c.provider_id == bindparam("provider_id"),
    exists().where(
        applications.c.id == declarations.c.training_id, applications.c.provider_id == bindparam("provider_id")
    ),
)
"""Condition for declarations by a provider, or for applications that are with it now."""


def _application_with_applicant(*row: Any) -> tuple[NpqApplication, Applicant]:
    return NpqApplication(*row[: len(_APPLICATION)]), Applicant(*row[len(_APPLICATION) :])


class NpqService:
    """Queries and updates of the NPQ service."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(
        self, filters: Filters, page: Page, order: Order = _OLDEST_FIRST
    ) -> list[tuple[NpqApplication, Applicant]]:
        """Return a page of the applications that pass the filters, each with its applicant."""
        return search(self._connection, _APPLICATIONS, _application_with_applicant, filters, order, page)

    def participant(self, person_id: str, provider_id: str) -> Participant | None:
        """Return a person with their accepted applications to a provider; None if there are none."""
        values = {"person_id": person_id, "provider_id": provider_id}
        return next(iter(self._by_person(_PARTICIPANT, values)), None)

    def search_participants(self, provider_id: str, filters: Filters, order: Order, page: Page) -> list[Participant]:
        """Return a page of the people with an accepted application that passes the filters."""
        query = page_of_people(filters, order, _HAS_ACCEPTED, _PARTICIPANTS, _OLDEST_FIRST)
        return self._by_person(query, page_values(filters, page, provider_id=provider_id))

    def _by_person(self, query: Select[Any], values: Mapping[str, Any]) -> list[Participant]:
        participants: dict[str, Participant] = {}
        for row in self._connection.execute(query, values):
            person, application = Applicant(*row[: len(_APPLICANT)]), NpqApplication(*row[len(_APPLICANT) :])
            participants.setdefault(person.id, (person, [], []))[1].append(application)
        for change in fetch(self._connection, _OF_PEOPLE, IdChange, values={"ids": list(participants)}):
            participants[change.to_id][2].append(change)
        return list(participants.values())

    def id_change(self, former_id: str) -> IdChange | None:
        """Return the last change of an id that is no longer used, or None."""
        return fetch_first(self._connection, _CHANGES_FROM, IdChange, values={"former_id": former_id})

    def update_application(self, application: NpqApplication, moment: str, values: Mapping[str, Any]) -> None:
        """Update an application, its change time and the applicant's."""
        update_row(self._connection, applications, application.id, {**values, "updated_at": moment})
        update_row(self._connection, people, application.person_id, {"updated_at": moment})

    def reject_rivals(self, application: NpqApplication, moment: str, reason: str) -> None:
        """Reject the applicant's other pending applications for the course and cohort, with every provider."""
        self._connection.execute(
            update(applications)
            .where(
                applications.c.person_id == application.person_id,
                applications.c.id != application.id,
                applications.c.course_identifier == application.course_identifier,
                applications.c.cohort == application.cohort,
                applications.c.cohort_suffix == application.cohort_suffix,
                applications.c.status == "pending",
            )
            .values(status="rejected", reason_for_rejection=reason, updated_at=moment)
        )

    def accepted_for_course(self, application: NpqApplication, person: Person) -> bool:
        """Return whether the person has another accepted application for the course and cohort.

        Records with the same verified TRN count as the same person; withdrawn applications do not count.
        """
        course = application.course_identifier
        query = (
            select(applications.c.id)
            .join_from(applications, people, applications.c.person_id == people.c.id)
            .where(
                or_(people.c.id == person.id, people.c.trn == person.trn) if person.trn else people.c.id == person.id,
                applications.c.id != application.id,
                applications.c.course_identifier.in_(COACHING_COURSES if course in COACHING_COURSES else (course,)),
                applications.c.cohort == application.cohort,
                applications.c.cohort_suffix == application.cohort_suffix,
                applications.c.status == "accepted",
                applications.c.training_status != "withdrawn",
            )
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def has_contract(self, provider_id: str, cohort: int, suffix: str, course: str) -> bool:
        """Return whether a provider has a contract for a course in a cohort."""
        values = {"provider_id": provider_id, "cohort": cohort, "suffix": suffix, "course": course}
        return self._connection.execute(_CONTRACT, values).first() is not None

    def declaration(self, declaration_id: str) -> NpqDeclaration | None:
        """Return the declaration with an id, or None."""
        values = {"declaration_id": declaration_id}
        return fetch_first(self._connection, _DECLARATION_BY_ID, NpqDeclaration, values=values)

    def search_declarations(self, filters: Filters, page: Page) -> list[NpqDeclaration]:
        """Return a page of the declarations that pass the filters, oldest first."""
        order = (declarations.c.created_at, declarations.c.id)
        return search(self._connection, _DECLARATIONS, NpqDeclaration, filters, order, page)

    def next_statement(self, provider_id: str, cohort: int, suffix: str, today: str) -> Statement | None:
        """Return the provider's next statement that pays for a cohort; None once its contract has ended."""
        values = {"provider_id": provider_id, "cohort": cohort, "suffix": suffix, "today": today}
        return fetch_first(self._connection, _NEXT_STATEMENT, Statement, values=values)

    def delivery_partner(self, partner_id: str) -> DeliveryPartner | None:
        """Return the delivery partner with an id, or None."""
        return fetch_first(self._connection, _DELIVERY_PARTNER, DeliveryPartner, values={"partner_id": partner_id})

    def works_with(self, provider_id: str, partner_id: str, cohort: int, suffix: str) -> bool:
        """Return whether a delivery partner works with a provider in a cohort."""
        values = {"provider_id": provider_id, "partner_id": partner_id, "cohort": cohort, "suffix": suffix}
        return self._connection.execute(_LINK, values).first() is not None
