"""The first declaration names a delivery partner that the server knows, for a course that it has a contract for."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.first_declarations import claim_declared, declared_with_partner
from lead_provider_conformance.testdata.refusals import PreparationRefusedError

CALENDAR = Calendar.load("2026-08")
HERE, THERE = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"
ENROLMENT = {
    "course_identifier": "npq-headship",
    "cohort": "2026",
    "cohort_suffix": "b",
    "schedule_identifier": "npq-leadership-autumn",
}


def answer(status: int, *titles: str) -> Response:
    body = {"errors": [{"title": title, "detail": "No."} for title in titles]} if titles else {"data": {}}
    return Response("e", "POST", "/api/v3/participant-declarations", status, {}, json.dumps(body).encode())


def participant(*partners: str) -> Participant:
    return Participant("p", {}, ENROLMENT, partners)


def server(known: str | None, sent: list[str | None], *, title: str = "delivery_partner_id") -> Any:
    def declare(attributes: dict[str, Any]) -> Response:
        sent.append(attributes.get("delivery_partner_id"))
        return answer(200) if sent[-1] == known else answer(422, title)

    return SimpleNamespace(declare=declare, programme="npq")


def test_next_delivery_partner_is_tried_if_the_server_refuses_one() -> None:
    sent: list[str | None] = []
    named, response = declared_with_partner(server(THERE, sent), participant(HERE, THERE), "started", CALENDAR)

    assert (response.status, sent) == (200, [HERE, THERE])
    assert named.delivery_partners == (THERE, HERE)


def test_refusal_for_another_reason_is_returned() -> None:
    sent: list[str | None] = []
    api = server(THERE, sent, title="declaration_date")
    _, response = declared_with_partner(api, participant(HERE, THERE), "started", CALENDAR)

    assert (response.status, sent) == (422, [HERE])


def test_declaration_could_not_run_if_the_server_refuses_every_delivery_partner() -> None:
    with pytest.raises(CouldNotRun, match="delivery_partner_id: No"):
        declared_with_partner(server(None, []), participant(HERE, THERE), "started", CALENDAR)


def test_declaration_without_delivery_partners_names_none() -> None:
    sent: list[str | None] = []
    named, response = declared_with_partner(
        server(None, sent), participant(), "started", CALENDAR, declaration_date="2026-11-01T00:00:00Z"
    )

    assert (response.status, sent, named.delivery_partners) == (200, [None], ())


def test_refusal_about_the_cohort_is_a_refused_preparation_in_the_npq_service() -> None:
    def claim_prepared(name: str, preparation: str, prepare: Any, *, preferred: Any) -> Any:
        with pytest.raises(PreparationRefusedError, match="cohort: No"):
            prepare(participant(HERE))
        return participant(HERE), (participant(HERE), answer(200))

    states: Any = SimpleNamespace(claim_prepared=claim_prepared)
    api = server(None, [], title="cohort")

    assert claim_declared(api, states, "npq.no-declarations", "started", CALENDAR)[1].status == 200


def test_refusal_about_the_cohort_is_returned_in_earlier_editions() -> None:
    enrolment = {**ENROLMENT, "cohort": "2023", "cohort_suffix": None}
    states: Any = SimpleNamespace(claim=lambda name: Participant("p", {}, enrolment))
    api = server("another", [], title="cohort")

    assert claim_declared(api, states, "npq.no-declarations", "started", Calendar.load())[1].status == 422
