"""Events that change records of the NPQ service behind its API: touch, change, rename, merge, commit late."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.clock import Instant, format_instant, parse_instant, to_instant
from lead_provider_sandbox.seed.row_builder import Row
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import (
    applications,
    declarations,
    delivery_partners,
    id_changes,
    outcomes,
    people,
    statements,
)

_TABLES = {
    "participants": people,
    "applications": applications,
    "declarations": declarations,
    "delivery-partners": delivery_partners,
    "statements": statements,
}
_PERSON_FIELDS = {"email": "email", "teacher_reference_number": "trn"}
_APPLICATION_FIELDS = ("school_urn", "school_ukprn", "employer_name", "employment_role", "funding_choice")


def appeared(context: EventContext, *, participant_id: str) -> Facts:
    """Return the facts of a participant who has just been created."""
    with context.store.writing() as connection:
        person = row_of(connection, people, participant_id)
    return {"participant_id": participant_id, "updated_at": format_instant(person["updated_at"])}


def touched(context: EventContext, *, kind: str, id: str) -> Facts:  # noqa: A002 - the fact's name
    """Move the `updated_at` of a record, and nothing else."""
    if kind not in _TABLES:
        raise EventError(f"there are no records of kind {kind!r}; the kinds are {', '.join(_TABLES)}")
    with context.store.writing() as connection:
        moment = touch(context, connection, _TABLES[kind], id)
    return {"kind": kind, "id": id, "updated_at": format_instant(moment)}


def changed(
    context: EventContext,
    *,
    kind: str,
    id: str,  # noqa: A002 - the fact's name
    field: str = "email",
    value: str | None = None,
) -> Facts:
    """Change a shown field of a participant, an application or a delivery partner; by default to an invented value.

    A participant's field changes in the person's applications to every provider.
    """
    with context.store.writing() as connection:
        if (kind, field) == ("delivery-partners", "name"):
            value = value or f"{row_of(connection, delivery_partners, id)['name']} Alliance"
            moment = touch(context, connection, delivery_partners, id, name=value)
        elif kind in ("participants", "applications") and field in (*_PERSON_FIELDS, *_APPLICATION_FIELDS):
            person_id = id if kind == "participants" else row_of(connection, applications, id)["person_id"]
            value = value or _invented(connection, person_id, field)
            own = {_PERSON_FIELDS[field]: value} if field in _PERSON_FIELDS else {}
            moment = touch(context, connection, people, person_id, **own)
            for application in applications_of(connection, person_id):
                if field in _PERSON_FIELDS or kind == "participants" or application["id"] == id:
                    changes = {} if field in _PERSON_FIELDS else {field: value}
                    moment = max(moment, touch(context, connection, applications, application["id"], **changes))
        else:
            raise EventError(f"the field {field!r} of {kind} cannot change")
    return {"kind": kind, "id": id, "field": field, "value": value, "updated_at": format_instant(moment)}


def renamed(context: EventContext, *, participant_id: str, full_name: str) -> Facts:
    """Give a participant another name; the name before becomes the first of the previous ones."""
    with context.store.writing() as connection:
        person = row_of(connection, people, participant_id)
        former = "\n".join(filter(None, (person["full_name"], person["former_names"])))
        moment = touch(context, connection, people, participant_id, full_name=full_name, former_names=former)
        for application in applications_of(connection, participant_id):
            touch(context, connection, applications, application["id"])
    return {
        "participant_id": participant_id,
        "full_name": full_name,
        "previous_name": person["full_name"],
        "updated_at": format_instant(moment),
    }


def merged(context: EventContext, *, from_id: str, to_id: str | None = None) -> Facts:
    """Merge a participant into another one, by default into a new record of the same person.

    The retired id is a 410 for single reads, a 422 in a new declaration, and a 404 elsewhere.
    """
    with context.store.writing() as connection:
        person = row_of(connection, people, from_id)
        if to_id is None:
            to_id = str(uuid.uuid4())
            connection.execute(insert(people), {**person, "id": to_id})
        moment = touch(context, connection, people, to_id)
        for table in (applications, declarations, outcomes):
            for row in stored_rows(connection, table, table.c.person_id == from_id):
                touch(context, connection, table, row["id"], person_id=to_id)
        connection.execute(update(id_changes).where(id_changes.c.to_id == from_id).values(to_id=to_id))
        change = {"id": str(uuid.uuid4()), "from_id": from_id, "to_id": to_id, "changed_at": moment}
        connection.execute(insert(id_changes), change)
        connection.execute(people.delete().where(people.c.id == from_id))
    return {"from_id": from_id, "to_id": to_id, "updated_at": format_instant(moment)}


def late_commit(context: EventContext, *, participant_id: str, updated_at: Instant | datetime) -> Facts:
    """Date a record that has just been created back to an instant before its appearance."""
    moment = to_instant(updated_at) if isinstance(updated_at, datetime) else parse_instant(updated_at)
    if moment is None:
        raise EventError(f"{updated_at!r} is not an instant")
    with context.store.writing() as connection:
        row_of(connection, people, participant_id)
        update_row(connection, people, participant_id, {"updated_at": moment})
        for table in (applications, declarations, outcomes):
            for row in stored_rows(connection, table, table.c.person_id == participant_id):
                created = min(row["created_at"], moment)
                update_row(connection, table, row["id"], {"created_at": created, "updated_at": moment})
    return {"participant_id": participant_id, "updated_at": format_instant(moment)}


def touch(context: EventContext, connection: Connection, table: Table, row_id: str, **values: Any) -> Instant:
    """Set columns of a row, and move its change time to now or just after the last change; return that time."""
    moment = context.change_time(row_of(connection, table, row_id)["updated_at"])
    update_row(connection, table, row_id, {**values, "updated_at": moment})
    return moment


def row_of(connection: Connection, table: Table, row_id: str) -> Row:
    """Return the row with an id. Raise `EventError` if there is none."""
    row = connection.execute(select(table).where(table.c.id == row_id)).mappings().first()
    if row is None:
        raise EventError(f"the table {table.name} has no record {row_id}")
    return dict(row)


def applications_of(connection: Connection, person_id: str) -> list[Row]:
    """Return a person's applications to every provider, oldest first."""
    rows = stored_rows(connection, applications, applications.c.person_id == person_id)
    return sorted(rows, key=lambda each: (each["created_at"], each["id"]))


def _invented(connection: Connection, person_id: str, field: str) -> str:
    if field == "email":
        name = row_of(connection, people, person_id)["full_name"].lower().replace(" ", ".")
        return f"{name}.{secrets.token_hex(4)}@example.com"
    if field in ("school_urn", "teacher_reference_number"):
        digits = 6 if field == "school_urn" else 7
        return str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))
    raise EventError(f"the event needs a value for the field {field!r}")
