"""The model at the beginning of a walk: the facts of the claimed record that the rules of its edition depend on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.model import Model
from lead_provider_conformance.fuzzing.stateful.steps import EARLIER, ECT_SERVICE, UNKNOWN_DAY
from lead_provider_conformance.http import Client


def beginning_of(journey: Journey, api: Api, calendar: Calendar, participant: Participant) -> Model:
    """Return the model of a participant before the first step.

    A participant who was updated today may have begun their training period today. If the target has a request header
    for the server's clock, the requests of the journey travel to the next day.
    """
    model = journey.beginning
    if model.service != ECT_SERVICE:
        return model
    cohort = calendar.cohorts.get(participant.cohort_year or 0)
    may_have_changed = api.participant(participant).updated_at.date() >= server_time(api.client).date()
    return replace(
        model,
        from_2025=cohort is not None and cohort.detailed_evidence,
        trained=UNKNOWN_DAY if may_have_changed and not travel_to_next_day(api.client) else EARLIER,
    )


def travel_to_next_day(client: Client) -> bool:
    """Let the requests from now on be sent on the next day. Return whether the target has a header for it."""
    if client.server_date.header is None:
        return False
    client.server_date.travel_to(server_time(client).date() + timedelta(days=1))
    return True


def server_time(client: Client) -> datetime:
    """Return the time of the server, or our own before its first response."""
    return client.server_date.now or client.server_time or datetime.now(UTC)
