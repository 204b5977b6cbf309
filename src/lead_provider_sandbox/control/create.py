"""Making a record in a named state, in the world that the store holds."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from lead_provider_sandbox.control.states import STATES
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.npq import applicant
from lead_provider_sandbox.seed.participants import participant
from lead_provider_sandbox.seed.plan import Situation
from lead_provider_sandbox.seed.world import ProviderWorld
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import delivery_partners, partnerships, providers, schools, statements


class UnknownStateError(Exception):
    """There is no state of that name; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Made:
    """A record that was made: the participant, the course, and the ids of what belongs to it."""

    state: str
    participant_id: str
    course_identifier: str
    training_record_id: str | None
    application_id: str | None
    declaration_ids: tuple[str, ...]


def make(store: Store, calendar: Calendar, now: Instant, state: str, provider_id: str) -> Made:
    """Make one record in a state for a lead provider, changed just now. Raises `UnknownStateError`."""
    situation = STATES.get(state)
    if situation is None:
        raise UnknownStateError(f"there is no state {state!r}; there are {', '.join(sorted(STATES))}")
    build = Builder(calendar, secrets.randbits(64), first_trn=2_000_000 + secrets.randbelow(7_000_000))
    with store.writing() as connection:
        world = _world(connection, provider_id)
        build.rows["schools"] = _rows(connection, schools)
        if isinstance(situation, Situation):
            participant(build, world, world, situation, [])
        else:
            applicant(build, world, world, situation)
        del build.rows["schools"]
        for row in (*build.rows["people"], *build.rows["enrolments"], *build.rows["applications"]):
            row["updated_at"] = now
        store.add(build.rows)
    return _made(state, build)


def _made(state: str, build: Builder) -> Made:
    records, applications = build.rows["training_records"], build.rows["applications"]
    mentor = bool(records) and records[0]["participant_type"] == "mentor"
    return Made(
        state=state,
        participant_id=build.rows["people"][0]["id"],
        course_identifier=applications[0]["course_identifier"]
        if applications
        else f"ecf-{'mentor' if mentor else 'induction'}",
        training_record_id=records[0]["id"] if records else None,
        application_id=applications[0]["id"] if applications else None,
        declaration_ids=tuple(row["id"] for row in build.rows["declarations"]),
    )


def _world(connection: Connection, provider_id: str) -> ProviderWorld:
    provider = _rows(connection, providers, providers.c.id == provider_id)[0]
    held = _rows(
        connection,
        partnerships,
        partnerships.c.provider_id == provider_id,
        partnerships.c.challenged_at.is_(None),
        ~partnerships.c.relationship,
    )
    by_cohort: dict[int, list[Row]] = {}
    for each in held:
        by_cohort.setdefault(each["cohort"], []).append(each)
    paying = _rows(connection, statements, statements.c.provider_id == provider_id)
    return ProviderWorld(
        provider=provider,
        partnerships=by_cohort,
        challenged=held[0],
        delivery_partners=_rows(connection, delivery_partners),
        statements=sorted(paying, key=lambda each: str(each["cut_off_date"])),
    )


def _rows(connection: Connection, table: Table, *conditions: Any) -> list[Row]:
    found: Sequence[Any] = connection.execute(select(table).where(*conditions)).mappings().all()
    return [dict(row) for row in found]
