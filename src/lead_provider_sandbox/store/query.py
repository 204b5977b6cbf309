"""Types and functions that the store's queries share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, update

Conditions = Sequence[ColumnElement[bool]]
Order = Sequence[ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list."""

    limit: int
    offset: int


WHOLE_LIST = Page(limit=10**9, offset=0)


def columns_of(table: Table, record: Any) -> list[ColumnElement[Any]]:
    """Return the columns of a table in the order of a dataclass's fields."""
    return [table.c[name] for name in record.__dataclass_fields__]


def update_row(connection: Connection, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of the row with an id."""
    connection.execute(update(table).where(table.c.id == row_id).values(**values))
