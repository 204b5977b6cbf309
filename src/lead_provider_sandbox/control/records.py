"""Create a record in a named state, among the existing records of a provider."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from lead_provider_sandbox.control.states import STATES
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.seed.ecf_participants import add_participant
from lead_provider_sandbox.seed.npq_applicants import add_applicant
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import delivery_partners, partnerships, providers, schools, statements


class UnknownStateError(Exception):
    """No state has the name; the message lists all states."""


@dataclass(frozen=True, slots=True)
class CreatedRecord:
    """A created record: the ids of participant, course, training and declarations."""

    state: str
    participant_id: str
    course_identifier: str
    training_record_id: str | None
    application_id: str | None
    declaration_ids: tuple[str, ...]


def create_record(store: Store, calendar: Calendar, now: Instant, state: str, provider_id: str) -> CreatedRecord:
    """Create one record in a state for a lead provider, updated at `now`. Raise `UnknownStateError`."""
    situation = STATES.get(state)
    if situation is None:
        raise UnknownStateError(f"there is no state {state!r}; the states are {', '.join(sorted(STATES))}")
    builder = RowBuilder(calendar, secrets.randbits(64), first_trn=2_000_000 + secrets.randbelow(7_000_000))
    with store.writing() as connection:
        data = _provider_data(connection, provider_id)
        builder.rows["schools"] = _rows(connection, schools)
        if isinstance(situation, EcfSituation):
            add_participant(builder, data, data, situation, [])
        else:
            add_applicant(builder, data, data, situation)
        del builder.rows["schools"]
        for row in (*builder.rows["people"], *builder.rows["enrolments"], *builder.rows["applications"]):
            row["updated_at"] = now
        store.add(builder.rows)
    return _created(state, builder)


def _created(state: str, builder: RowBuilder) -> CreatedRecord:
    records, applications = builder.rows["training_records"], builder.rows["applications"]
    mentor = bool(records) and records[0]["participant_type"] == "mentor"
    return CreatedRecord(
        state=state,
        participant_id=builder.rows["people"][0]["id"],
        course_identifier=applications[0]["course_identifier"]
        if applications
        else f"ecf-{'mentor' if mentor else 'induction'}",
        training_record_id=records[0]["id"] if records else None,
        application_id=applications[0]["id"] if applications else None,
        declaration_ids=tuple(row["id"] for row in builder.rows["declarations"]),
    )


def _provider_data(connection: Connection, provider_id: str) -> ProviderData:
    provider = _rows(connection, providers, providers.c.id == provider_id)[0]
    active = _rows(
        connection,
        partnerships,
        partnerships.c.provider_id == provider_id,
        partnerships.c.challenged_at.is_(None),
        ~partnerships.c.relationship,
    )
    by_cohort: dict[int, list[Row]] = {}
    for each in active:
        by_cohort.setdefault(each["cohort"], []).append(each)
    provider_statements = _rows(connection, statements, statements.c.provider_id == provider_id)
    return ProviderData(
        provider=provider,
        partnerships=by_cohort,
        challenged=active[0],
        delivery_partners=_rows(connection, delivery_partners),
        statements=sorted(provider_statements, key=lambda each: str(each["cut_off_date"])),
    )


def _rows(connection: Connection, table: Table, *conditions: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(select(table).where(*conditions)).mappings()]
