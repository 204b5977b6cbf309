"""Events of participants of the ECT service who leave a school, or move from one lead provider to the other."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.events.ect_past import give_past
from lead_provider_sandbox.control.events.ect_people import begun
from lead_provider_sandbox.control.events.ect_places import add_transfer, place_with
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import enrolments, transfers

NOTICE_DAYS = 30
"""The number of days until an announced last day, if the event names none."""


def leaving(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Let the school report a last day to come, by default in 30 days: `participant_status` becomes `leaving`."""
    day = _later_day(context, on)
    _end_at_school(context, participant_id, day)
    return {"participant_id": participant_id, "on": day}


def left(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Let the school report a last day, by default today: `participant_status` becomes `left`."""
    day = context.past_day(on)
    _end_at_school(context, participant_id, day)
    return {"participant_id": participant_id, "on": day}


def transfer_announced(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Announce a transfer of which one half is known: the school left, and a day to come, by default in 30 days."""
    day = _later_day(context, on)
    training = _only_training(context, participant_id)
    moment = context.person_change_time(participant_id)
    with context.store.writing() as connection:
        if _open_transfer(connection, training) is not None:
            raise EventError(f"a transfer of the participant {participant_id} is announced already")
        _stop(context, training, day, moment)
        add_transfer(connection, training, moment, leaving_date=day)
    return {"participant_id": participant_id, "on": day}


def transfer_completed(context: EventContext, *, participant_id: str) -> Facts:
    """Let a school of the rival register the participant from today on, whether the transfer was announced or not."""
    training = _only_training(context, participant_id)
    moment = context.person_change_time(participant_id)
    with context.store.writing() as connection:
        _move(context, connection, training, context.rival.id, context.today, moment)
    return {"participant_id": participant_id, "on": context.today}


def transferred_in(
    context: EventContext,
    *,
    participant_id: str | None = None,
    on: str | None = None,
    state: str = "ect.paid",
    **overrides: Any,
) -> Facts:
    """Move a participant of the rival to a school of the lead provider on a day, by default today.

    The participant is new, and in a state with overrides; or they are the lead provider's, without declarations, and
    turn out to have a past with the rival, and a started declaration. `declaration_ids` are those of the rival, which
    the lead provider can see if they are live.
    """
    day = context.past_day(on)
    if participant_id is not None:
        declared = give_past(context, participant_id, day)
        return {"participant_id": participant_id, "declaration_ids": declared, "on": day}
    created = create(context.sandbox, context.rival, state, context.now, {"created_at": context.now, **overrides})
    participant_id = created["participant_id"]
    training = context.store.people.enrolments(participant_id, context.rival.id)[0]
    with context.store.writing() as connection:
        _move(context, connection, training, context.provider.id, day, context.now)
    return {"participant_id": participant_id, "declaration_ids": created["declaration_ids"], "on": day}


def _later_day(context: EventContext, on: str | None) -> str:
    day = on or str(date.fromisoformat(context.today) + timedelta(days=NOTICE_DAYS))
    if day <= context.today:
        raise EventError(f"the day {day} is not to come; the event `left` reports it")
    return day


def _only_training(context: EventContext, participant_id: str) -> Enrolment:
    trainings = context.enrolments(participant_id)
    if len(trainings) > 1:
        raise EventError(f"the participant {participant_id} has two roles; choose one with one role")
    return trainings[0]


def _end_at_school(context: EventContext, participant_id: str, day: str) -> None:
    trainings, moment = context.enrolments(participant_id), context.person_change_time(participant_id)
    with context.store.writing():
        for each in trainings:
            _stop(context, each, day, moment)


def _stop(context: EventContext, training: Enrolment, day: str, moment: str) -> None:
    """End the training on a day, unless the provider ended it before, and the time at the school."""
    ended_before = training.training_status != "active" and training.end_date and training.end_date < day
    end_date = training.end_date if ended_before else day
    context.store.people.update_enrolment(training, moment, {"end_date": end_date, "left_school_on": day})


def _move(
    context: EventContext, connection: Connection, training: Enrolment, provider_id: str, day: str, moment: str
) -> None:
    """Move the training to a school of another provider on a day, and complete the transfer."""
    joined = place_with(connection, provider_id, training)
    row = stored_rows(connection, enrolments, enrolments.c.id == training.id)[0]
    row |= {"id": str(uuid.uuid4()), "provider_id": provider_id, **joined}
    context.note_registration(joined["school_urn"], training.cohort, moment)
    _stop(context, training, day, moment)
    connection.execute(insert(enrolments), row | begun(day, moment))
    joining = {
        "joining_urn": joined["school_urn"],
        "joining_provider_id": provider_id,
        "joining_date": day,
        "leaving_date": day,
    }
    announced = _open_transfer(connection, training)
    if announced is None:
        add_transfer(connection, training, moment, **joining)
    else:
        update_row(connection, transfers, announced["id"], {**joining, "updated_at": moment})


def _open_transfer(connection: Connection, training: Enrolment) -> dict[str, Any] | None:
    of_record = transfers.c.training_record_id == training.training_record_id
    found = stored_rows(connection, transfers, of_record, transfers.c.joining_urn.is_(None))
    return found[0] if found else None
