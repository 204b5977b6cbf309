"""Give a participant of the lead provider a past with the rival."""

from __future__ import annotations

import secrets
import uuid
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection, insert

from lead_provider_sandbox.control.events.context import EventContext, EventError
from lead_provider_sandbox.control.events.ect_places import add_transfer, place_with
from lead_provider_sandbox.control.records import provider_data, stored_rows
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.seed.ect_participants import add_declarations
from lead_provider_sandbox.seed.ect_service import LATEST
from lead_provider_sandbox.seed.payments import NoStatementError
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation
from lead_provider_sandbox.store.tables import enrolments, transfers


def give_past(context: EventContext, participant_id: str, day: str) -> list[str]:
    """Add training with the rival until a day and a started declaration, and return its id in a list.

    Raise `EventError` if the participant has two roles, declarations or a transfer already.
    """
    training, *others = context.enrolments(participant_id)
    has_past = context.store.declarations.of_training(training.training_record_id)
    moved = stored_rows(context.store.connection, transfers, transfers.c.person_id == participant_id)
    if others or has_past or moved:
        raise EventError(f"the participant {participant_id} has a past: two roles, a declaration or a transfer")
    moment = context.person_change_time(participant_id)
    with context.store.writing() as connection:
        row = stored_rows(connection, enrolments, enrolments.c.id == training.id)[0]
        place = place_with(connection, context.rival.id, training)
        past = {**row, **place, "id": str(uuid.uuid4()), "provider_id": context.rival.id, "mentor_id": None}
        past |= {"end_date": day, "left_school_on": day, "updated_at": moment}
        context.note_registration(place["school_urn"], training.cohort, moment)
        connection.execute(insert(enrolments), past)
        joined = {"joining_urn": row["school_urn"], "joining_provider_id": context.provider.id}
        began = {"start_date": day, "period_start": day}
        context.store.people.update_enrolment(training, moment, began)
        every = context.store.people.enrolments_of_record(training.training_record_id)
        rival_training = next(each for each in every if each.id == past["id"])
        dates = {"leaving_date": day, "joining_date": day}
        add_transfer(connection, rival_training, moment, **joined, **dates)
        declaration = _started(context, connection, past, training)
        context.store.add({"declarations": [{**declaration, "updated_at": moment}]})
    return [str(declaration["id"])]


def _started(context: EventContext, connection: Connection, past: Row, training: Enrolment) -> Row:
    """Return a started declaration of the rival: paid if a statement of the cohort is, otherwise eligible."""
    rival = provider_data(connection, context.rival.id)
    situation = EcfSituation(
        name="past",
        cohort=training.cohort,
        participant_type=training.participant_type,
        schedule=training.schedule_identifier,
        start_date=past["start_date"],
    )
    for state in ("paid", "eligible"):
        builder = RowBuilder(context.calendar, secrets.randbits(64), latest=LATEST)
        with suppress(NoStatementError):
            return add_declarations(builder, rival, past, replace(situation, declared=(("started", state),)))[0]
    raise EventError(f"no statement of cohort {training.cohort} pays for a declaration of the rival")
