"""Events of participants of the ECT service who leave a school, or move from one lead provider to the other."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.events.ect_people import begun
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import enrolments, partnerships, schools, transfers

NOTICE_DAYS = 30
"""The number of days until an announced last day, if the event names none."""


def leaving(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Let the school report a last day to come, by default in 30 days: `participant_status` becomes `leaving`."""
    day = _later_day(context, on)
    _end_at_school(context, participant_id, day)
    return {"participant_id": participant_id, "on": day}


def left(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Let the school report a last day, by default today: `participant_status` becomes `left`."""
    day = on or context.today
    if day > context.today:
        raise EventError(f"the day {day} is still to come; the event `leaving` announces it")
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
        _add_transfer(connection, training, moment, leaving_date=day)
    return {"participant_id": participant_id, "on": day}


def transfer_completed(context: EventContext, *, participant_id: str) -> Facts:
    """Let a school of the rival register the participant from today on, whether the transfer was announced or not."""
    training = _only_training(context, participant_id)
    moment = context.person_change_time(participant_id)
    with context.store.writing() as connection:
        _move(context, connection, training, context.rival.id, moment)
    return {"participant_id": participant_id, "on": context.today}


def transferred_in(context: EventContext, *, state: str = "ect.paid", **overrides: Any) -> Facts:
    """Create a participant of the rival in a state, and move them to a school of the lead provider today.

    `declaration_ids` are the rival's declarations, which the lead provider can see if they are live.
    """
    created = create(context.sandbox, context.rival, state, context.now, {"created_at": context.now, **overrides})
    participant_id = created["participant_id"]
    training = context.store.people.enrolments(participant_id, context.rival.id)[0]
    with context.store.writing() as connection:
        _move(context, connection, training, context.provider.id, context.now)
    return {"participant_id": participant_id, "declaration_ids": created["declaration_ids"]}


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


def _move(context: EventContext, connection: Connection, training: Enrolment, provider_id: str, moment: str) -> None:
    """Move the training to a school of another provider today, and complete the transfer."""
    joined = _place_with(connection, provider_id, training)
    row = stored_rows(connection, enrolments, enrolments.c.id == training.id)[0]
    row |= {"id": str(uuid.uuid4()), "provider_id": provider_id, **joined}
    context.note_registration(joined["school_urn"], training.cohort, moment)
    _stop(context, training, context.today, moment)
    connection.execute(insert(enrolments), row | begun(context.today, moment))
    joining = {
        "joining_urn": joined["school_urn"],
        "joining_provider_id": provider_id,
        "joining_date": context.today,
        "leaving_date": context.today,
    }
    announced = _open_transfer(connection, training)
    if announced is None:
        _add_transfer(connection, training, moment, **joining)
    else:
        update_row(connection, transfers, announced["id"], {**joining, "updated_at": moment})


def _place_with(connection: Connection, provider_id: str, training: Enrolment) -> dict[str, str]:
    """Return a partnership of a provider in the cohort, at another school."""
    in_cohort = (partnerships.c.provider_id == provider_id, partnerships.c.cohort == training.cohort)
    for each in stored_rows(connection, partnerships, *in_cohort, partnerships.c.challenged_at.is_(None)):
        school = stored_rows(connection, schools, schools.c.id == each["school_id"])[0]
        if school["urn"] != training.school_urn and school["standing"] == "open":
            partner = each["delivery_partner_id"]
            return {"partnership_id": each["id"], "delivery_partner_id": partner, "school_urn": school["urn"]}
    raise EventError(f"the provider {provider_id} has no partnership with another school in cohort {training.cohort}")


def _open_transfer(connection: Connection, training: Enrolment) -> dict[str, Any] | None:
    of_record = transfers.c.training_record_id == training.training_record_id
    found = stored_rows(connection, transfers, of_record, transfers.c.joining_urn.is_(None))
    return found[0] if found else None


def _add_transfer(connection: Connection, training: Enrolment, moment: str, **values: str) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "person_id": training.person_id,
        "training_record_id": training.training_record_id,
        "leaving_urn": training.school_urn,
        "leaving_provider_id": training.provider_id,
        "joining_urn": None,
        "joining_provider_id": None,
        "joining_date": None,
        "created_at": moment,
        "updated_at": moment,
    }
    connection.execute(insert(transfers), row | values)
