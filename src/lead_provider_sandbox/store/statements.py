"""Statements, transfers and unfunded mentors, which providers only read."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, exists, or_, select

from lead_provider_sandbox.domain.models import Person, Statement
from lead_provider_sandbox.domain.school_models import Transfer
from lead_provider_sandbox.store.people import LISTED, page_of_people
from lead_provider_sandbox.store.query import Filters, Order, Page, columns_of, page_values, search
from lead_provider_sandbox.store.tables import enrolments, people, providers, statements, training_records, transfers

_PERSON = columns_of(Person, people)
_LEFT, _JOINED = providers.alias("left"), providers.alias("joined")
_TRANSFERS = (
    select(*_PERSON, *columns_of(Transfer, transfers), _LEFT.c.name, _JOINED.c.name)
    .join_from(people, transfers, transfers.c.person_id == people.c.id)
    .outerjoin(_LEFT, transfers.c.leaving_provider_id == _LEFT.c.id)
    .outerjoin(_JOINED, transfers.c.joining_provider_id == _JOINED.c.id)
)
_FROM_OR_TO = or_(
    transfers.c.leaving_provider_id == bindparam("provider_id"),
    transfers.c.joining_provider_id == bindparam("provider_id"),
)
"""Condition on transfers from or to a provider."""
_HAS_MOVED = exists().where(transfers.c.person_id == people.c.id, _FROM_OR_TO)
"""Condition on people with a transfer from or to a provider."""
_TRANSFERS_OF_PROVIDER = _TRANSFERS.where(_FROM_OR_TO)
_TRANSFER_ORDER = (transfers.c.created_at, transfers.c.id)
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
_STATEMENTS = select(*columns_of(Statement, statements)).where(statements.c.output_fee)
_BY_PAYMENT_DATE = (statements.c.payment_date, statements.c.id)
_UNFUNDED_MENTORS = select(*_PERSON).where(people.c.id.in_(_MENTORS), ~_TRAINED_BY_PROVIDER)


class Statements:
    """Queries of statements, transfers and unfunded mentors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(self, filters: Filters, page: Page) -> list[Statement]:
        """Return a page of the output fee statements that pass the filters, by payment date."""
        return search(self._connection, _STATEMENTS, Statement, filters, _BY_PAYMENT_DATE, page)

    def search_transfers(
        self, provider_id: str, filters: Filters, order: Order, page: Page
    ) -> list[tuple[Person, list[Transfer]]]:
        """Return a page of people with their transfers from or to a provider, oldest transfer first.

        Filters are on people and on one of their transfers. Behaviour TRAN-NEW-PROVIDER-BOTH-SEE.
        """
        query = page_of_people(filters, order, _HAS_MOVED, _TRANSFERS_OF_PROVIDER, _TRANSFER_ORDER)
        moved: dict[str, tuple[Person, list[Transfer]]] = {}
        for row in self._connection.execute(query, page_values(filters, page, provider_id=provider_id)):
            _, moves = moved.setdefault(row[0], (Person(*row[: len(_PERSON)]), []))
            moves.append(Transfer(*row[len(_PERSON) :]))
        return list(moved.values())

    def search_unfunded_mentors(self, provider_id: str, filters: Filters, order: Order, page: Page) -> list[Person]:
        """Return a page of the mentors of a provider's ECTs not trained by the provider (behaviour UNF-LIST)."""
        return search(self._connection, _UNFUNDED_MENTORS, Person, filters, order, page, provider_id=provider_id)
