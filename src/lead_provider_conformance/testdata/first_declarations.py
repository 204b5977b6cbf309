"""The first declaration about a participant, with a delivery partner and a contract that the server knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, prepared
from lead_provider_conformance.testdata.states import States
from lead_provider_conformance.testdata.wanted import Where


def claim_declared(
    api: Api,
    states: States,
    name: str,
    declaration_type: str,
    calendar: Calendar,
    attributes: Callable[[Participant], Mapping[str, Any]] = lambda _: {},
    preferred: Where | None = None,
) -> tuple[Participant, Response]:
    """Claim a participant in the state `name`, and send the first declaration, with further `attributes`.

    If the server has no contract for the cohort and course of an NPQ, which nothing in the API shows, try another one.
    In the NPQ service, try the records first for which `preferred` is true.
    """

    def declared(participant: Participant) -> tuple[Participant, Response]:
        named, response = declared_with_partner(api, participant, declaration_type, calendar, **attributes(participant))
        if is_npq_service and response.names("cohort"):
            raise PreparationRefusedError.by(response)
        return named, response

    is_npq_service = calendar.has_npq_funding and api.programme == "npq"
    if not is_npq_service:
        return declared(states.claim(name))
    _, (participant, response) = states.claim_prepared(name, f"first-{declaration_type}", declared, preferred=preferred)
    return participant, response


def declared_with_partner(
    api: Api, participant: Participant, declaration_type: str, calendar: Calendar, **attributes: object
) -> tuple[Participant, Response]:
    """Send the participant's first declaration, and return the participant with the delivery partner that it names.

    A delivery partner shows the years of its cohorts, and a year can have several: the server may refuse one of the
    right year, and the next is tried. Raise CouldNotRun if it refuses them all.
    """
    refusal = None
    for partner in participant.delivery_partners or (None,):
        named = replace(participant, delivery_partners=(partner,) if partner else ())
        response = api.declare(declaration_of(named, declaration_type, calendar) | attributes)
        if partner is None or response.status == 200 or not response.names("delivery_partner_id"):
            others = [each for each in participant.delivery_partners if each != partner]
            return replace(participant, delivery_partners=(partner, *others) if partner else ()), response
        refusal = response
    assert refusal is not None
    return participant, prepared(refusal)
