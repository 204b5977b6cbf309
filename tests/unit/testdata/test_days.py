"""Tests travel from day to day, and take participants whose training began before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun

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


def test_next_day_without_a_header_could_not_run(make_states: Any) -> None:
    with pytest.raises(CouldNotRun) as error:
        make_states().next_day()

    assert "X-With-Server-Date" in error.value.remedy


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
