"""Requests stay within the rate that a server allows, and waits stay within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config.target import Rate
from lead_provider_conformance.http import rate_limit
from lead_provider_conformance.http.rate_limit import RateLimit, pause, retry_after_seconds

RATE = Rate(requests=4, per_seconds=2.0)


class Clock:
    """A clock that only sleeping advances."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limit, "time", clock)
    return clock


def test_burst_is_sent_at_once_and_further_requests_are_spaced_evenly(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    for _ in range(4):
        limit.wait_for_turn("TOKEN")
    assert clock.sleeps == []

    for _ in range(3):
        limit.wait_for_turn("TOKEN")
    assert clock.sleeps == [0.5, 0.5, 0.5]


def test_burst_is_allowed_again_after_an_idle_period(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    for now in (100.0, 102.0):
        clock.now = now
        for _ in range(4):
            limit.wait_for_turn("TOKEN")

    assert clock.sleeps == []
    assert limit.left("TOKEN") == 0


def test_processes_share_the_rate_of_a_token_but_tokens_do_not(clock: Clock, tmp_path: Path) -> None:
    one, other = (RateLimit(RATE, tmp_path / "workspace" / "rate") for _ in range(2))
    for _ in range(2):
        one.wait_for_turn("TOKEN")
        other.wait_for_turn("TOKEN")
    one.wait_for_turn("OTHER_TOKEN")
    assert clock.sleeps == []

    other.wait_for_turn("TOKEN")
    assert clock.sleeps == [0.5]


def test_without_a_rate_no_request_waits_and_no_file_is_written(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(None, tmp_path / "rate")
    for _ in range(100):
        limit.wait_for_turn("TOKEN")

    assert clock.sleeps == []
    assert limit.left("TOKEN") is None
    assert not (tmp_path / "rate").exists()


def test_available_requests_decrease_to_zero_and_recover_with_time(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    left = [limit.left("TOKEN")]
    for _ in range(5):
        limit.wait_for_turn("TOKEN")
        left.append(limit.left("TOKEN"))
    assert left == [4, 3, 2, 1, 0, 0]

    clock.now += 1.0
    assert limit.left("TOKEN") == 2
    clock.now += 60.0
    assert limit.left("TOKEN") == 4


def test_available_requests_are_not_negative_while_many_processes_wait(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    for _ in range(10):
        limit.wait_for_turn("TOKEN")
        clock.now = 0.0  # the other processes have reserved their turns, and still sleep

    assert limit.left("TOKEN") == 0


def test_empty_file_of_another_process_counts_as_no_request(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    (tmp_path / "TOKEN").touch()

    assert limit.left("TOKEN") == 4
    limit.wait_for_turn("TOKEN")
    assert limit.left("TOKEN") == 3


@pytest.mark.parametrize(("seconds", "sleeps"), [(-1.0, []), (0.0, []), (0.1, [0.1])])
def test_only_a_positive_pause_sleeps(clock: Clock, seconds: float, sleeps: list[float]) -> None:
    pause(seconds)

    assert clock.sleeps == sleeps


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 1),
        ("9" * 20, 31_536_000),
        (None, 30),
        ("", 30),
        ("soon", 30),
        ("-5", 30),
        ("1.5", 30),
    ],
)
def test_retry_after_header_is_parsed_within_limits(retry_after: str | None, seconds: float) -> None:
    assert retry_after_seconds(retry_after) == seconds
