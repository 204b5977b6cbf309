"""Create a record in a named state, among the existing records of a provider."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from lead_provider_sandbox.control.overrides import UnknownOverrideError, override_person, situation_with
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.seed import ect_service
from lead_provider_sandbox.seed.ecf_participants import add_participant
from lead_provider_sandbox.seed.ect_participants import add_participant as add_ect_participant
from lead_provider_sandbox.seed.npq_applicants import add_applicant
from lead_provider_sandbox.seed.payments import NoStatementError
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import LATEST, Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation, NpqSituation
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import (
    delivery_partners,
    enrolments,
    partnerships,
    providers,
    schools,
    statements,
)
from lead_provider_sandbox.yaml_text import parse_yaml

NO_OVERRIDES: Mapping[str, Any] = {}

States = Mapping[str, EcfSituation | NpqSituation]
"""The situation of a record in each named state."""


def _read_states(file: str) -> States:
    document = parse_yaml(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return {
        **{name: EcfSituation(name=name, **fields) for name, fields in document.get("ecf", {}).items()},
        **{name: NpqSituation(name=name, **fields) for name, fields in document.get("npq", {}).items()},
    }


STATES = _read_states("states.yaml")
"""The states of the original service."""

STATES_OF_SERVICE: Mapping[str, States] = {
    "original": STATES,
    "ect": _read_states("ect-states.yaml"),
    "npq": _read_states("npq-states.yaml"),
}
"""The states of each service by the service's name."""


class UnknownStateError(Exception):
    """No state has the name; the message lists all states."""


def create_record(
    store: Store,
    calendar: Calendar,
    now: Instant,
    state: str,
    provider_id: str,
    service: str = "original",
    overrides: Mapping[str, Any] = NO_OVERRIDES,
) -> dict[str, Any]:
    """Create one record in a state of a service for a lead provider, updated at `now`, and return its ids.

    With the override `created_at` the record appears at that time: its declarations changed at `updated_at`, too. A
    participant with declarations or a stopped training has a past, and keeps the `created_at` of the state.
    Raise `UnknownStateError` if no state has the name, and `UnknownOverrideError` if an override does not fit.
    """
    states = states_of(service)
    situation = states.get(state)
    if situation is None:
        raise UnknownStateError(f"there is no state {state!r}; the states are {', '.join(sorted(states))}")
    situation = situation_with(situation, overrides, calendar)
    moment = overrides.get("updated_at", now)
    first_trn = 2_000_000 + secrets.randbelow(7_000_000)
    latest = ect_service.LATEST if service == "ect" else LATEST
    builder = RowBuilder(calendar, secrets.randbits(64), first_trn=first_trn, latest=latest)
    with store.writing() as connection:
        data = provider_data(connection, provider_id)
        if service == "ect":
            data = replace(data, partnerships=_with_registrations(connection, data.partnerships))
        builder.rows["schools"] = stored_rows(connection, schools)
        try:
            _add(builder, data, situation, service)
        except NoStatementError as error:
            raise UnknownOverrideError(f"a record of the state {state} cannot have these values: {error}") from error
        del builder.rows["schools"]
        trainings = [*builder.rows["enrolments"], *builder.rows["applications"]]
        _make_email_unique(builder.rows["people"][0], trainings)
        override_person(builder.rows["people"][0], overrides, trainings)
        for row in (*builder.rows["people"], *trainings):
            row["updated_at"] = moment
            if "created_at" in overrides and not situation.declared and situation.training_status == "active":
                row["created_at"] = overrides["created_at"]
        if "created_at" in overrides:
            for row in builder.rows["declarations"]:
                row["updated_at"] = moment
        store.add(builder.rows)
    if isinstance(situation, EcfSituation):
        course = "ecf-mentor" if situation.participant_type == "mentor" else "ecf-induction"
    else:
        course = situation.course
    records, applications = builder.rows["training_records"], builder.rows["applications"]
    return {
        "state": state,
        "participant_id": builder.rows["people"][0]["id"],
        "course_identifier": course,
        "training_record_id": records[0]["id"] if records else None,
        "application_id": applications[0]["id"] if applications else None,
        "declaration_ids": [row["id"] for row in builder.rows["declarations"]],
    }


def _make_email_unique(person: Row, trainings: Sequence[Row]) -> None:
    """Put the TRN into the e-mail address: the number that a builder puts there is unique in its own rows only."""
    address = person["email"].replace(".0@", f".{person['claimed_trn'] or person['id'][:8]}@")
    for each in trainings:
        if each.get("email") == person["email"]:
            each["email"] = address
    person["email"] = address


def states_of(service: str) -> States:
    """Return the states of a service by its name."""
    return STATES_OF_SERVICE.get(service, {})


def _add(builder: RowBuilder, data: ProviderData, situation: EcfSituation | NpqSituation, service: str) -> None:
    if isinstance(situation, NpqSituation):
        add_applicant(builder, data, data, situation)
    elif service == "ect":
        add_ect_participant(builder, data, data, situation, [])
    else:
        add_participant(builder, data, data, situation, [])


def provider_data(connection: Connection, provider_id: str) -> ProviderData:
    """Return a stored provider as the seed knows it."""
    provider = stored_rows(connection, providers, providers.c.id == provider_id)[0]
    active = stored_rows(
        connection,
        partnerships,
        partnerships.c.provider_id == provider_id,
        partnerships.c.challenged_at.is_(None),
        ~partnerships.c.relationship,
    )
    by_cohort: dict[int, list[Row]] = {}
    for each in active:
        by_cohort.setdefault(each["cohort"], []).append(each)
    provider_statements = stored_rows(connection, statements, statements.c.provider_id == provider_id)
    return ProviderData(
        provider=provider,
        partnerships=by_cohort,
        challenged=active[0],
        delivery_partners=stored_rows(connection, delivery_partners),
        statements=sorted(provider_statements, key=lambda each: str(each["cut_off_date"])),
    )


def _with_registrations(connection: Connection, by_cohort: Mapping[int, list[Row]]) -> dict[int, list[Row]]:
    """Return the partnerships with schools that have participants in the cohort, or all if none has.

    The first participant changes the programme that a school shows; a new record must not change another one.
    """
    school_ids = {each["urn"]: each["id"] for each in stored_rows(connection, schools)}
    query = select(enrolments.c.school_urn, enrolments.c.cohort).distinct()
    registered = {(school_ids[urn], cohort) for urn, cohort in connection.execute(query)}
    return {
        cohort: [each for each in rows if (each["school_id"], cohort) in registered] or rows
        for cohort, rows in by_cohort.items()
    }


def stored_rows(connection: Connection, table: Table, *conditions: Any) -> list[Row]:
    """Return the rows of a table that satisfy all conditions."""
    return [dict(row) for row in connection.execute(select(table).where(*conditions)).mappings()]
