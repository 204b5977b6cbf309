"""Records that will be in a state are supplied if a header sets the server's clock, or else named in the remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata import States

from .conftest import InventoryInMemory
from .test_states import ECT, IDS

COMPLETED_OPENS = date(2025, 4, 1)  # of the cohort of 2023 in September
LATER = date(2025, 4, 4)
HEADER = "X-With-Server-Date"


class EarlierInventory(InventoryInMemory):
    """An inventory of a server on another day."""

    def __init__(self, today: date) -> None:
        super().__init__([Participant(IDS[0], {}, ECT)], [], [])
        self._today = today

    @property
    def today(self) -> date:
        return self._today


@pytest.fixture
def states_on(make_states: Callable[..., States]) -> Callable[[date, str | None], States]:
    def states(today: date, header: str | None) -> States:
        made = make_states(inventory=EarlierInventory(today))
        made.server_date = ServerDate(header)
        return made

    return states


def test_test_travels_to_the_first_day_on_which_the_record_is_in_the_state(states_on: Any, journal: Any) -> None:
    states = states_on(date(2025, 1, 10), HEADER)

    assert states.claim("ect.no-declarations").id == IDS[0]
    assert states.server_date.now.date() == LATER
    assert journal[0]["supplier"] == "server-date"


def test_test_does_not_travel_for_a_record_that_is_in_the_state_today(states_on: Any, journal: Any) -> None:
    states = states_on(date(2025, 5, 1), HEADER)

    assert states.claim("ect.no-declarations").id == IDS[0]
    assert states.server_date.now is None
    assert journal[0]["supplier"] == "discovery"


def test_remedy_names_the_day_and_the_key_without_a_header(states_on: Any) -> None:
    with pytest.raises(CouldNotRun) as error:
        states_on(date(2025, 1, 10), None).claim("ect.no-declarations")

    assert f"in that state from {LATER} on" in error.value.remedy
    assert f"`server_date: {HEADER}`" in error.value.remedy


def test_remedy_does_not_ask_for_the_header_that_the_target_names(states_on: Any) -> None:
    with pytest.raises(CouldNotRun) as error:
        states_on(date(2025, 1, 10), HEADER).claim("ect.no-declarations", where=lambda _: False)

    assert "server_date" not in error.value.remedy


def test_remedy_is_silent_about_records_that_are_in_the_state_today(states_on: Any) -> None:
    states = states_on(date(2025, 5, 1), None)
    states.claim("ect.no-declarations")
    with pytest.raises(CouldNotRun) as error:
        states.claim("ect.no-declarations")

    assert "server_date" not in error.value.remedy


def test_record_that_was_changed_in_the_future_is_not_released(states_on: Any) -> None:
    states = states_on(date(2025, 1, 10), HEADER)
    states.claim("ect.no-declarations")
    states.release()

    assert list(states._claims.released()) == []


def test_day_that_has_come_is_reached_without_travelling(states_on: Any) -> None:
    states = states_on(LATER, None)
    states.reach(COMPLETED_OPENS)

    assert states.server_date.now is None


def test_day_to_come_is_reached_by_travelling_or_not_at_all(states_on: Any) -> None:
    states = states_on(date(2025, 4, 3), HEADER)
    states.reach(COMPLETED_OPENS)
    assert states.server_date.now.date() == LATER

    with pytest.raises(CouldNotRun, match="opens on 2025-04-01"):
        states_on(date(2025, 4, 3), None).reach(COMPLETED_OPENS)
