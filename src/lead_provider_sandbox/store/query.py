"""What is asked of a list: conditions that were made once, and the values that a request has for their parameters.

SQLAlchemy takes longer to put a statement together and to render it than a database takes to answer it. So conditions
are constants with named parameters, a statement is put together once for each set of conditions and each order,
and what a request brings along is values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam

Conditions = tuple[ColumnElement[bool], ...]
Order = tuple[ColumnElement[Any], ...]

COMBINATIONS = 256
"""How many statements each kind of list keeps, found again by the very conditions and columns they were made of."""

_LIMIT: BindParameter[int] = bindparam("limit")
_OFFSET: BindParameter[int] = bindparam("offset")


class Wanted:
    """What a list is to hold: the records that satisfy all conditions, with these values for the parameters in them."""

    __slots__ = ("conditions", "values")

    def __init__(self, *conditions: ColumnElement[bool], **values: Any) -> None:
        self.conditions: Conditions = conditions
        self.values = values

    def also(self, condition: ColumnElement[bool], **values: Any) -> None:
        """Ask for one thing more, with the values of the parameters in it."""
        self.conditions = (*self.conditions, condition)
        self.values.update(values)


def paged(statement: Select[Any]) -> Select[Any]:
    """The statement for a page of what another one finds."""
    return statement.limit(_LIMIT).offset(_OFFSET)


def page_of(connection: Connection, statement: Select[Any], wanted: Wanted, limit: int, offset: int) -> Sequence[Any]:
    """The rows of a page: of a statement that is `paged`, or of which a part is."""
    return rows_of(connection, statement, {**wanted.values, "limit": limit, "offset": offset})


def rows_of(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Any]:
    """Every row, a tuple of the columns, that a statement finds with these values for its parameters."""
    return connection.execute(statement, values).all()
