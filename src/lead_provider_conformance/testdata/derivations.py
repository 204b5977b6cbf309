"""Derivations: bring a record from one state into another through the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import declaration_of, participant_from
from lead_provider_conformance.testdata.refusals import require_success

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


def accept(api: Api, application: Application, calendar: Calendar) -> Participant:
    """Accept the application, on the schedule that opens last."""
    require_success(api.accept(application))
    participant = participant_from(application, calendar)
    # Versions 1 and 2 do not show the schedule. Whether the server accepts the change or refuses it because nothing
    # changes, the participant is on this schedule afterwards.
    api.change_schedule(participant, str(participant.schedule))
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
