"""The estimate of the rest of a run."""

from __future__ import annotations

import pytest

from lead_provider_conformance.config.target import Rate
from lead_provider_conformance.pytest_plugin import estimate
from lead_provider_conformance.pytest_plugin.estimate import Estimate, expected_requests, in_words


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, in a list."""
    seconds = [0.0]
    monkeypatch.setattr(estimate.time, "monotonic", lambda: seconds[0])
    return seconds


def test_rest_takes_as_long_as_the_requests_so_far(clock: list[float]) -> None:
    expected = Estimate(expected=1_010)
    clock[0] = 100.0  # other requests have been sent before
    assert expected.seconds_left(10, None) is None
    clock[0] = 102.0
    assert expected.seconds_left(29, None) is None
    assert expected.seconds_left(30, None) == pytest.approx(98)
    clock[0] = 110.0
    assert expected.seconds_left(110, None) == pytest.approx(90)
    assert expected.seconds_left(2_000, None) == 0


def test_rest_takes_as_long_as_the_rate_allows(clock: list[float]) -> None:
    expected = Estimate(Rate(1_000, 300), expected=3_000)
    expected.seconds_left(0, 1_000)
    clock[0] = 10.0

    assert expected.seconds_left(500, 500) == pytest.approx(600)
    assert expected.seconds_left(2_900, 100) == pytest.approx(10 / 29)


def test_rest_is_short_where_tests_send_little() -> None:
    expected = Estimate(expected=1_000, of_ended=500)

    assert expected.requests_left(500) == 500
    assert expected.requests_left(50) == 50
    assert expected.requests_left(700) == 300
    assert Estimate(expected=1_000, of_ended=10).requests_left(0) == 1_000


def test_number_of_requests_depends_on_the_kind_of_test() -> None:
    lists, generated = "suites/rules/test_lists.py::test[v3-ecf]", "suites/generated/test_generated.py::test"
    journey = "suites/generated/test_journeys.py::test"

    assert expected_requests([lists, journey], generated=1_800) == {lists: 4.3, journey: 120}
    assert expected_requests([generated, f"{generated}2"], generated=1_800) == {generated: 900, f"{generated}2": 900}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (749, "12 min"),
        (3_599, "1 h 0 min"),
        (7_500, "2 h 5 min"),
    ],
)
def test_time_is_in_hours_minutes_or_seconds(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
