"""Declarations on the first and the last day of a window."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import (
    date_after_window,
    date_before_window,
    first_second,
    last_second,
    window_of,
)
from lead_provider_conformance.testdata.edges import Edges

CALENDAR = Calendar.load("2026-08")
TODAY = datetime(2026, 11, 1, tzinfo=UTC)
USUAL = "T12:34:56Z"


def ect(**enrolment: str) -> Participant:
    return Participant("p", {}, ECT | enrolment)


def server(accepts: Callable[[str], bool], sent: list[str], now: datetime = TODAY) -> Any:
    def declare(attributes: dict[str, Any]) -> Response:
        sent.append(attributes["declaration_date"])
        status = 200 if accepts(sent[-1]) else 422
        return Response("e", "POST", "/api/v3/participant-declarations", status, {}, json.dumps({"data": {}}).encode())

    return SimpleNamespace(declare=declare, client=SimpleNamespace(server_time=now))


def test_accepted_edges_take_one_request_each() -> None:
    sent: list[str] = []
    edges = Edges(server(lambda _: True, sent), CALENDAR)

    edges.declare_first(ect(), "retained-1")
    edges.declare_last(ect(), "retained-1")

    window = window_of(ect(), "retained-1", CALENDAR)
    assert window is not None
    assert window.end is not None
    assert sent == [f"{window.start}T00:00:00Z", last_second(window.end).strftime("%Y-%m-%dT%H:%M:%SZ")]
    edges.assert_none_refused()


def test_edge_that_alone_is_refused_is_reported() -> None:
    sent: list[str] = []
    edges = Edges(server(lambda written: written.endswith(USUAL), sent), CALENDAR)

    response = edges.declare_first(ect(), "completed")

    assert response.status == 200
    assert len(sent) == 2
    with pytest.raises(AssertionError, match="Refused, and accepted on another day of the milestone: completed on"):
        edges.assert_none_refused()


def test_declaration_that_is_refused_on_every_day_is_no_refusal_of_the_edge() -> None:
    edges = Edges(server(lambda _: False, []), CALENDAR)

    assert edges.declare_first(ect(), "completed").status == 422
    edges.assert_none_refused()


def test_last_day_that_is_not_over_is_not_used() -> None:
    sent: list[str] = []
    window = window_of(ect(), "retained-1", CALENDAR)
    assert window is not None
    assert window.end is not None
    now = datetime.combine(window.end, datetime.min.time(), UTC)
    Edges(server(lambda _: True, sent, now), CALENDAR).declare_last(ect(), "retained-1")

    assert sent[0].endswith(USUAL)


def test_dates_in_sequence_have_no_edge() -> None:
    sent: list[str] = []
    Edges(server(lambda _: True, sent), CALENDAR).declare_first(ect(cohort="2025"), "completed")

    assert not sent[0].endswith("T00:00:00Z")


def test_days_around_a_window_are_outside_in_london_and_in_utc() -> None:
    window = window_of(ect(), "retained-1", CALENDAR)
    assert window is not None
    assert window.end is not None

    assert date_before_window(ect(), "retained-1", CALENDAR) < first_second(window.start)
    assert date_after_window(ect(), "retained-1", CALENDAR) > last_second(window.end)


@pytest.mark.parametrize(("day", "hour"), [(date(2023, 7, 1), 22), (date(2023, 12, 1), 23)])
def test_last_second_is_of_the_same_day_in_london(day: date, hour: int) -> None:
    assert last_second(day) == datetime(day.year, day.month, day.day, hour, 59, 59, tzinfo=UTC)
