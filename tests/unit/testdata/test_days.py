"""Tests travel from day to day, and take participants whose training began before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.days import NAME_THE_HEADER, travel_to_opening

HEADER = "X-With-Server-Date"
STATE = "ect.in-training"
ONE = Participant(str(uuid5(NAMESPACE_URL, "one")), {}, ECT)


@pytest.fixture
def states(make_states: Any) -> Any:
    found = make_states(participants=[ONE])
    found.server_date = ServerDate(HEADER)
    return found


def test_each_next_day_is_a_day_ahead_of_the_last(states: Any) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)

    states.next_day()
    assert states.server_date.now.date() == tomorrow
    states.next_day()
    assert states.server_date.now.date() == tomorrow + timedelta(days=1)


@pytest.fixture
def _local_day_is_a_day_ahead(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "AHEAD-24")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_local_day_is_a_day_ahead")
def test_next_day_is_counted_in_utc(states: Any) -> None:
    states.next_day()

    assert states.server_date.now.date() == datetime.now(UTC).date() + timedelta(days=1)


def test_next_day_without_a_header_could_not_run(make_states: Any) -> None:
    with pytest.raises(CouldNotRun) as error:
        make_states().next_day()

    assert (error.value.reason, error.value.remedy) == ("The test needs two days.", NAME_THE_HEADER)


class Recorded(ServerDate):
    """A clock that records the days to which it travels."""

    def travel_to(self, day: date) -> None:
        vars(self).setdefault("days", []).append(day)
        super().travel_to(day)


def test_day_that_the_test_has_reached_is_not_travelled_to_again() -> None:
    clock = Recorded(HEADER)
    for _ in range(2):
        travel_to_opening(clock, date(2025, 4, 3), date(2025, 4, 1))

    assert vars(clock)["days"] == [date(2025, 4, 4)]


def test_window_to_come_without_a_header_could_not_run() -> None:
    with pytest.raises(CouldNotRun) as error:
        travel_to_opening(ServerDate(), date(2025, 4, 3), date(2025, 4, 1))

    reason = "The test needs a milestone window that opens on 2025-04-01."
    assert (error.value.reason, error.value.remedy) == (reason, NAME_THE_HEADER)


def test_trained_participant_is_one_for_which_where_is_true(make_states: Any) -> None:
    other = Participant(str(uuid5(NAMESPACE_URL, "other")), {}, ECT)
    states = make_states(participants=[ONE, other])

    assert states.claim_trained(STATE, where=lambda each: each.id == other.id).id == other.id


def test_trained_participant_is_used_a_day_later(states: Any) -> None:
    assert states.claim_trained(STATE).id == ONE.id
    assert states.server_date.now.date() > datetime.now(UTC).date()


def test_trained_participant_is_used_today_where_the_clock_cannot_be_set(make_states: Any) -> None:
    states = make_states(participants=[ONE])

    assert states.claim_trained(STATE).id == ONE.id
    assert states.server_date.now is None


@pytest.mark.parametrize(("header", "is_supplied"), [(None, False), (HEADER, True)])
def test_participant_of_another_test_is_in_training_where_the_clock_can_be_set(
    make_states: Any, header: str | None, is_supplied: bool
) -> None:
    operations = {"participant": lambda participant: participant, "declarations_about": lambda _: ()}
    earlier, later = (make_states(participants=[ONE], test=name, **operations) for name in ("earlier", "later"))
    earlier.claim(STATE)
    earlier.release()
    later.server_date = ServerDate(header)

    if is_supplied:
        assert later.claim(STATE).id == ONE.id
    else:
        with pytest.raises(CouldNotRun):
            later.claim(STATE)
