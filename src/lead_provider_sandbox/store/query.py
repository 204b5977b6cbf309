"""Types and functions that the store's queries share.

SQLAlchemy takes longer to build a statement than SQLite to run it. A statement that is the same for each request is
therefore a constant, with `bindparam` for its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, Update, bindparam, or_, update

from lead_provider_sandbox.store.tables import STORED_AS

Conditions = Sequence[ColumnElement[bool]]
Order = Sequence[ColumnElement[Any]]
Values = Mapping[str, Any] | None
"""The values of a statement's parameters by name."""


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list."""

    limit: int
    offset: int


WHOLE_LIST = Page(limit=10**9, offset=0)


T = TypeVar("T")


def columns_of(record: Any, *tables: Table) -> list[ColumnElement[Any]]:
    """Return the column of each field of a dataclass, from the first table that has it."""
    names = [STORED_AS.get(name, name) for name in record.__dataclass_fields__]
    columns = [[table.c[name] for table in tables if name in table.c] for name in names]
    return [candidates[0] for candidates in columns if candidates]


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of a few constant values. IN would be expanded for each request."""
    return or_(*(column == value for value in values))


def fetch(
    connection: Connection,
    query: Select[Any],
    record: Callable[..., T],
    page: Page | None = None,
    values: Values = None,
) -> list[T]:
    """Return the rows of a query, or a page of them, as records. `values` are those of its parameters."""
    if page is not None:
        query = query.limit(page.limit).offset(page.offset)
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
