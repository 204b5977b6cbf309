"""Create a record of the NPQ service in a named state, among the existing records of a provider."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from lead_provider_sandbox.control.overrides import override_person, situation_with
from lead_provider_sandbox.control.records import NO_OVERRIDES, UnknownStateError, states_of, stored_rows
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant, to_datetime
from lead_provider_sandbox.seed.npq_service_applicants import add_applicant
from lead_provider_sandbox.seed.npq_service_provider import LATEST, Cohort, NpqProvider
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import NpqSituation
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import delivery_partner_links, delivery_partners, providers, statements

_COHORT = re.compile(r"(\d{4})([a-z])", re.ASCII)


def create_record(
    store: Store,
    calendar: Calendar,
    now: Instant,
    state: str,
    provider_id: str,
    service: str = "npq",
    overrides: Mapping[str, Any] = NO_OVERRIDES,
    *,
    rival_id: str | None = None,
) -> dict[str, Any]:
    """Create one record in a state for a lead provider, changed at `now`, and return its ids.

    Nothing in the record is later than `now`. `rival_id` is the provider of rival applications, and the one that
    transferred participants come from; by default the first other one. A cohort in `overrides` may be a text such as
    `2025b`. Raise `UnknownStateError` if no state has the name, and `UnknownOverrideError` if an override does not fit.
    """
    situation = situation_with(_situation(state, service), _with_suffix(overrides), calendar)
    latest = min(LATEST, to_datetime(now) - timedelta(seconds=1))  # instants of a builder are up to a second later
    first_trn = 2_000_000 + secrets.randbelow(7_000_000)
    builder = RowBuilder(calendar, secrets.randbits(64), first_trn=first_trn, latest=latest)
    with store.writing() as connection:
        application = _add(builder, connection, provider_id, rival_id, situation)
        person = builder.rows["people"][0]
        if person["email"] is not None:
            # The builder numbers the people of its own rows; the number is unique in the store.
            person["email"] = person["email"].replace(".0@", f".{person['claimed_trn']}@")
        override_person(person, overrides, builder.rows["applications"])
        _date(builder, now, overrides.get("updated_at", now))
        store.add(builder.rows)
    return {
        "state": state,
        "participant_id": application["person_id"],
        "course_identifier": situation.course,
        "training_record_id": None,
        "application_id": application["id"],
        "declaration_ids": [row["id"] for row in builder.rows["declarations"]],
    }


def _situation(state: str, service: str) -> NpqSituation:
    states = states_of(service)
    situation = states.get(state)
    if not isinstance(situation, NpqSituation):
        raise UnknownStateError(f"there is no state {state!r}; the states are {', '.join(sorted(states))}")
    return situation


def _with_suffix(overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return overrides in which a cohort such as `2025b` is a year and a suffix."""
    match = _COHORT.fullmatch(str(overrides.get("cohort", "")))
    return {**overrides, "cohort": int(match[1]), "suffix": match[2]} if match else overrides


def _add(
    builder: RowBuilder, connection: Connection, provider_id: str, rival_id: str | None, situation: NpqSituation
) -> Row:
    """Add the rows of a situation and return the application; a transfer comes from the other provider."""
    own = _provider(connection, provider_id)
    if not (situation.transferred or situation.rival_at_other_provider):
        return add_applicant(builder, own, own, situation)
    others = stored_rows(connection, providers, providers.c.id != provider_id, providers.c.npq)
    other = _provider(connection, rival_id or others[0]["id"])
    home, away = (other, own) if situation.transferred else (own, other)
    return add_applicant(builder, home, away, situation)


def _date(builder: RowBuilder, now: Instant, updated: Instant) -> None:
    """Date the records: a new record is at the end of its list, and a poll for changes finds it."""
    rows, created = builder.rows, min(now, updated)
    pending = [row for row in rows["applications"] if row["accepted_at"] is None]
    for row in (*rows["people"], *rows["outcomes"], *pending):
        row["created_at"] = created
    for row in (*rows["people"], *rows["applications"], *rows["declarations"], *rows["outcomes"]):
        row["updated_at"] = updated


def _provider(connection: Connection, provider_id: str) -> NpqProvider:
    partners = {each["id"]: each for each in stored_rows(connection, delivery_partners)}
    by_cohort: dict[Cohort, list[Row]] = {}
    links = stored_rows(connection, delivery_partner_links, delivery_partner_links.c.provider_id == provider_id)
    for link in links:
        cohort = (link["cohort"], link["cohort_suffix"])
        by_cohort.setdefault(cohort, []).append(partners[link["delivery_partner_id"]])
    own_statements = stored_rows(connection, statements, statements.c.provider_id == provider_id)
    return NpqProvider(
        provider=stored_rows(connection, providers, providers.c.id == provider_id)[0],
        delivery_partners=by_cohort,
        statements=sorted(own_statements, key=lambda each: str(each["cut_off_date"])),
    )
