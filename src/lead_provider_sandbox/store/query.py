"""Types and functions that the store's queries share.

SQLAlchemy takes several times longer to build a statement than SQLite to run it. A statement that is the same for each
request is therefore a constant, with `bindparam` for its values. So are the conditions of filters: requests with the
same filters and order share a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Table, Update, bindparam, or_, update

from lead_provider_sandbox.store.tables import STORED_AS

Conditions = Mapping[str, ColumnElement[bool]]
"""The conditions of filters by name; each has a parameter of that name."""
Order = Sequence[ColumnElement[Any]]
Values = Mapping[str, Any] | None
"""The values of a statement's parameters by name."""


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list."""

    limit: int
    offset: int


WHOLE_LIST = Page(limit=10**9, offset=0)
ONE_RECORD = Page(limit=1, offset=0)


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions of a query, and the values of their parameters by name."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def also(self, condition: ColumnElement[bool], **values: Any) -> Filters:
        """Return these filters and a condition, with the values of its parameters."""
        return Filters((*self.conditions, condition), {**self.values, **values})


def conditions_of(**comparisons: Callable[[Any], ColumnElement[bool]]) -> Conditions:
    """Return the conditions of filters from comparisons with a value, such as `people.c.updated_at.__ge__`."""
    return {name: comparison(bindparam(name)) for name, comparison in comparisons.items()}


def given(conditions: Conditions, **values: Any) -> Filters:
    """Return the filters with these values. A filter without a value, None, has no condition."""
    given_values = {name: value for name, value in values.items() if value is not None}
    return Filters(tuple(conditions[name] for name in given_values), given_values)


T = TypeVar("T")


def columns_of(record: Any, *tables: Table) -> list[ColumnElement[Any]]:
    """Return the column of each field of a dataclass, from the first table that has it."""
    names = [STORED_AS.get(name, name) for name in record.__dataclass_fields__]
    columns = [[table.c[name] for table in tables if name in table.c] for name in names]
    return [candidates[0] for candidates in columns if candidates]


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of a few constant values. IN would be expanded for each request."""
    return or_(*(column == value for value in values))


def paged(query: Select[Any]) -> Select[Any]:
    """Return the query for a page of rows. Its parameters `limit` and `offset` are in the values of `page_values`."""
    return query.limit(bindparam("limit", type_=BigInteger)).offset(bindparam("offset", type_=BigInteger))


def page_values(filters: Filters, page: Page, **values: Any) -> Mapping[str, Any]:
    """Return the values of the parameters of filters, of a page, and others."""
    return {**filters.values, **values, "limit": page.limit, "offset": page.offset}


def search(
    connection: Connection,
    query: Select[Any],
    record: Callable[..., T],
    filters: Filters,
    order: Order,
    page: Page,
    **values: Any,
) -> list[T]:
    """Return a page of the rows of a query that pass the filters, as records. `values` are of other parameters."""
    statement = _searched(query, filters.conditions, tuple(order))
    return fetch(connection, statement, record, page_values(filters, page, **values))


@lru_cache(256)
def _searched(query: Select[Any], conditions: Sequence[ColumnElement[bool]], order: Order) -> Select[Any]:
    return paged(query.where(*conditions).order_by(*order))


def fetch(connection: Connection, query: Select[Any], record: Callable[..., T], values: Values = None) -> list[T]:
    """Return the rows of a query as records. `values` are those of its parameters."""
    return [record(*row) for row in connection.execute(query, values).all()]


def fetch_first(
    connection: Connection, query: Select[Any], record: Callable[..., T], values: Values = None
) -> T | None:
    """Return the first row of a query as a record, or None. `values` are those of its parameters."""
    row = connection.execute(query, values).first()
    return None if row is None else record(*row)


def update_row(connection: Connection, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of the row with an id."""
    connection.execute(_update(table), {**values, "row_id": row_id})


@cache
def _update(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("row_id"))
