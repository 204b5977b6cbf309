"""Derivations: bring a record from one state into another through the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import declaration_of, participant_from, window_of
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, require_success

Record = Participant | Application


@dataclass(frozen=True, slots=True)
class Derivation:
    """A way to bring a record in the state `source` into another state.

    `derive` returns the record in its new state. It raises PreparationRefusedError if the server refuses a request.
    """

    source: str
    derive: Callable[[Api, Any, Calendar], Record]


def declare_started(api: Api, participant: Participant, calendar: Calendar) -> Participant:
    """Declare that the participant has started."""
    require_success(api.declare(declaration_of(participant, "started", calendar)))
    return participant


def acceptance_of(application: Application, calendar: Calendar) -> dict[str, Any] | None:
    """Return the attributes with which an application is accepted: a funded place if its cohort has places and the
    applicant is eligible. None where the calendar knows of no cap.
    """
    funding = calendar.npq_funding(application.cohort_year, application.cohort_suffix)
    return {"funded_place": funding == "capped" and application.eligible} if funding in ("capped", "zero") else None


def accept(api: Api, application: Application, calendar: Calendar) -> Participant:
    """Accept the application, on the schedule that opens last, or on the usual one if the server shows it."""
    accepted = require_success(api.accept(application, acceptance_of(application, calendar)))
    participant = participant_from(application, calendar)
    if application.cohort_suffix:
        return _on_opened_schedule(api.participant(participant), calendar, accepted.server_time.date())
    # Versions 1 and 2 do not show the schedule. Whether the server accepts the change or refuses it because nothing
    # changes, the participant is on this schedule afterwards.
    api.change_schedule(participant, str(participant.schedule))
    return participant


def _on_opened_schedule(participant: Participant, calendar: Calendar, today: date) -> Participant:
    window = window_of(participant, "started", calendar)
    if window is None or window.start >= today:
        raise PreparationRefusedError(
            f"The application is accepted on {participant.schedule} {participant.cohort_name}, which the calendar does "
            "not have, or which has not opened"
        )
    return participant


def accept_with_funded_place(api: Api, application: Application, _: Calendar) -> Application:
    """Accept the application with a funded place."""
    require_success(api.accept(application, {"funded_place": True}))
    return api.application(application.id)


def then_read(request: Callable[[Api, Participant], Response]) -> Callable[[Api, Participant, Calendar], Participant]:
    """Return a derivation that sends one request and reads the participant again."""

    def derive(api: Api, participant: Participant, _: Calendar) -> Participant:
        require_success(request(api, participant))
        return api.participant(participant)

    return derive
