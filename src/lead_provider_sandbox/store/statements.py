"""Statements, transfers and unfunded mentors, which providers only read."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from lead_provider_sandbox.domain.models import Person, Statement
from lead_provider_sandbox.domain.school_models import Transfer
from lead_provider_sandbox.store.people import LISTED, page_of_people
from lead_provider_sandbox.store.query import Conditions, Order, Page, columns_of, fetch
from lead_provider_sandbox.store.tables import enrolments, people, providers, statements, training_records, transfers

_PERSON = columns_of(Person, people)
_LEFT, _JOINED = providers.alias("left"), providers.alias("joined")
TRANSFERS = (
    select(*_PERSON, *columns_of(Transfer, transfers), _LEFT.c.name, _JOINED.c.name)
    .join_from(people, transfers, transfers.c.person_id == people.c.id)
    .outerjoin(_LEFT, transfers.c.leaving_provider_id == _LEFT.c.id)
    .outerjoin(_JOINED, transfers.c.joining_provider_id == _JOINED.c.id)
)
_OWN_ENROLMENTS = enrolments.alias("own")
_MENTORS = select(enrolments.c.mentor_id).where(
    enrolments.c.provider_id == bindparam("provider_id"), enrolments.c.mentor_id.is_not(None), LISTED
)
_TRAINED_BY_PROVIDER = exists().where(
    _OWN_ENROLMENTS.c.person_id == people.c.id,
    _OWN_ENROLMENTS.c.provider_id == bindparam("provider_id"),
    _OWN_ENROLMENTS.c.training_record_id == training_records.c.id,
    training_records.c.participant_type == "mentor",
)
_UNFUNDED_MENTORS = select(*_PERSON).where(people.c.id.in_(_MENTORS), ~_TRAINED_BY_PROVIDER)


class Statements:
    """Queries of statements, transfers and unfunded mentors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(self, conditions: Conditions, page: Page) -> list[Statement]:
        """Return a page of the output fee statements that satisfy all conditions, by payment date."""
        query = select(*columns_of(Statement, statements)).where(statements.c.output_fee, *conditions)
        return fetch(self._connection, query.order_by(statements.c.payment_date, statements.c.id), Statement, page)

    def search_transfers(
        self, provider_id: str, conditions: Conditions, page: Page
    ) -> list[tuple[Person, list[Transfer]]]:
        """Return a page of people with their transfers from or to a provider, oldest first.

        Behaviour TRAN-NEW-PROVIDER-BOTH-SEE.
        """
        from_or_to = or_(transfers.c.leaving_provider_id == provider_id, transfers.c.joining_provider_id == provider_id)
        order = (people.c.created_at, people.c.id)
        moved = exists().where(transfers.c.person_id == people.c.id, from_or_to)
        rows = TRANSFERS.where(from_or_to)
        query = page_of_people(and_(moved, *conditions), order, page, rows, (transfers.c.created_at, transfers.c.id))
        people_moved: dict[str, tuple[Person, list[Transfer]]] = {}
        for row in self._connection.execute(query):
            _, moves = people_moved.setdefault(row[0], (Person(*row[: len(_PERSON)]), []))
            moves.append(Transfer(*row[len(_PERSON) :]))
        return list(people_moved.values())

    def search_unfunded_mentors(
        self, provider_id: str, conditions: Conditions, order: Order, page: Page
    ) -> list[Person]:
        """Return a page of the mentors of a provider's ECTs not trained by the provider (behaviour UNF-LIST)."""
        query = _UNFUNDED_MENTORS.where(*conditions).order_by(*order)
        return fetch(self._connection, query, Person, page, {"provider_id": provider_id})
