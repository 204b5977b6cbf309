"""Changing one record, with a statement that is made once for each table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, update


def change(connection: Connection, table: Table, record_id: str, values: Mapping[str, Any]) -> None:
    """Give the columns of the record with an id other values."""
    connection.execute(_changed(table), {**values, "record_id": record_id})


@cache
def _changed(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("record_id"))
