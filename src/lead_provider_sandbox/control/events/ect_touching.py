"""The event of a record whose time moves and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import declarations, partnerships, people, statements, transfers

_TABLES: Mapping[str, Table] = {
    "participants": people,
    "unfunded-mentors": people,
    "declarations": declarations,
    "partnerships": partnerships,
    "statements": statements,
    "transfers": transfers,
}
"""The table whose time the API shows, by kind. Schools and delivery partners are missing: partnerships show theirs."""


def touched(context: EventContext, *, kind: str, id: str) -> Facts:  # noqa: A002 - as in the journal
    """Move the `updated_at` of a record, and nothing else. Transfers have the id of their participant."""
    table = _TABLES.get(kind)
    if table is None:
        raise EventError(f"records of kind {kind!r} cannot be touched; these can: {', '.join(_TABLES)}")
    context.shown(kind, id)
    with context.store.writing() as connection:
        key = table.c.person_id if table is transfers else table.c.id
        row = max(stored_rows(connection, table, key == id), key=lambda each: str(each["updated_at"]))
        update_row(connection, table, row["id"], {"updated_at": context.change_time(row["updated_at"])})
    return {"kind": kind, "id": id, "updated_at": context.shown(kind, id)["updated_at"]}
