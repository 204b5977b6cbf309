"""Create a record of the NPQ service in a named state, among the existing records of a provider."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from lead_provider_sandbox.control.overrides import override_person, situation_with
from lead_provider_sandbox.control.records import NO_OVERRIDES, UnknownStateError, states_of, stored_rows
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.seed.npq_service_applicants import add_applicant
from lead_provider_sandbox.seed.npq_service_provider import Cohort, NpqProvider
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import NpqSituation
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import delivery_partner_links, delivery_partners, providers, statements


def create_record(
    store: Store,
    calendar: Calendar,
    now: Instant,
    state: str,
    provider_id: str,
    service: str = "npq",
    overrides: Mapping[str, Any] = NO_OVERRIDES,
) -> dict[str, Any]:
    """Create one record in a state for a lead provider, updated at `now`, and return its ids.

    Raise `UnknownStateError` if no state has the name, and `UnknownOverrideError` if an override does not fit.
    """
    states = states_of(service)
    situation = states.get(state)
    if not isinstance(situation, NpqSituation):
        raise UnknownStateError(f"there is no state {state!r}; the states are {', '.join(sorted(states))}")
    situation = situation_with(situation, overrides, calendar)
    moment = overrides.get("updated_at", now)
    builder = RowBuilder(calendar, secrets.randbits(64), first_trn=2_000_000 + secrets.randbelow(7_000_000))
    with store.writing() as connection:
        provider = _provider(connection, provider_id)
        application = add_applicant(builder, provider, provider, situation)
        person = next(each for each in builder.rows["people"] if each["id"] == application["person_id"])
        override_person(person, overrides, builder.rows["applications"])
        for row in (*builder.rows["people"], *builder.rows["applications"]):
            row["updated_at"] = moment
        store.add(builder.rows)
    return {
        "state": state,
        "participant_id": application["person_id"],
        "course_identifier": situation.course,
        "training_record_id": None,
        "application_id": application["id"],
        "declaration_ids": [row["id"] for row in builder.rows["declarations"]],
    }


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
