"""The event of two participants who turn out to be one person."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.store.tables import declarations, enrolments, id_changes, people, training_records, transfers


def merged(context: EventContext, *, from_id: str, to_id: str) -> Facts:
    """Merge a participant into another: `from_id` becomes unknown, and `participant_id_changes` of `to_id` lists it.

    The declarations of `from_id` become those of `to_id`, with the training record of the same role if `to_id` has one.
    Raise `EventError` if both have a live declaration of one event.
    """
    context.enrolments(from_id)
    context.enrolments(to_id)
    moment = max(context.person_change_time(from_id), context.person_change_time(to_id))
    with context.store.writing() as connection:
        _check_events_differ(connection, from_id, to_id)
        kept = {each["participant_type"]: each["id"] for each in _rows(connection, training_records, to_id)}
        for record in _rows(connection, training_records, from_id):
            kept_id = kept.get(record["participant_type"])
            if kept_id is not None:
                _retire(context, connection, record["id"], kept_id)
        for table in (training_records, enrolments, transfers, declarations):
            changes = {"person_id": to_id, **({"updated_at": moment} if table is declarations else {})}
            connection.execute(update(table).where(table.c.person_id == from_id).values(**changes))
        _rename_mentor(connection, from_id, to_id, moment)
        connection.execute(update(id_changes).where(id_changes.c.to_id == from_id).values(to_id=to_id))
        change = {"id": str(uuid.uuid4()), "from_id": from_id, "to_id": to_id, "changed_at": moment}
        connection.execute(insert(id_changes), change)
        connection.execute(delete(people).where(people.c.id == from_id))
        context.store.people.touch(to_id, moment)
    return {"from_id": from_id, "to_id": to_id}


def _rows(connection: Connection, table: Table, person_id: str) -> list[dict[str, Any]]:
    return stored_rows(connection, table, table.c.person_id == person_id)


def _check_events_differ(connection: Connection, from_id: str, to_id: str) -> None:
    events = [
        {
            (each["course_identifier"], each["declaration_type"])
            for each in _rows(connection, declarations, person_id)
            if each["state"] in LIVE
        }
        for person_id in (from_id, to_id)
    ]
    if shared := events[0] & events[1]:
        raise EventError(f"{from_id} and {to_id} both have a live declaration of {' '.join(min(shared))}")


def _retire(context: EventContext, connection: Connection, record_id: str, kept_id: str) -> None:
    """Remove a training record and its training; its declarations belong to the one that is kept."""
    for each in stored_rows(connection, enrolments, enrolments.c.training_record_id == record_id):
        context.keep_programme(each["school_urn"], each["cohort"])
    connection.execute(update(declarations).where(declarations.c.training_id == record_id).values(training_id=kept_id))
    for table in (transfers, enrolments):
        connection.execute(delete(table).where(table.c.training_record_id == record_id))
    connection.execute(delete(training_records).where(training_records.c.id == record_id))


def _rename_mentor(connection: Connection, from_id: str, to_id: str, moment: str) -> None:
    """Replace a mentor's former id in the training and the declarations of their ECTs."""
    taught = select(enrolments.c.person_id).where(enrolments.c.mentor_id == from_id)
    connection.execute(update(people).where(people.c.id.in_(taught)).values(updated_at=moment))
    for table in (enrolments, declarations):
        changed = update(table).where(table.c.mentor_id == from_id)
        connection.execute(changed.values(mentor_id=to_id, updated_at=moment))
