"""Requests stay within the rate that a server allows, and waits stay within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config.target import Rate, RateLimits
from lead_provider_conformance.http import rate_limit
from lead_provider_conformance.http.rate_limit import RateLimit, ThrottledError, Throttling, pause, retry_after_seconds

RATE = RateLimits(Rate(requests=4, per_seconds=2.0))


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


def test_no_period_has_more_requests_than_the_rate_allows(clock: Clock, tmp_path: Path) -> None:
    """A server may count in fixed periods of its own, so the number must not be exceeded in any period."""
    limit = RateLimit(RATE, tmp_path)
    sent = []
    for pause_before in (0.0, 1.5, 0.25, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0):
        clock.now += pause_before
        limit.wait_for_turn("TOKEN")
        sent.append(clock.now)

    assert sent == [0.0, 1.5, 1.75, 1.75, 2.0, 3.5, 3.75, 4.75, 4.75, 5.5, 5.75, 6.75]
    assert all(later - earlier >= 2.0 for earlier, later in zip(sent, sent[4:], strict=False))


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
    assert clock.sleeps == [2.0]


def test_rate_of_the_address_counts_the_requests_of_all_tokens(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RateLimits(Rate(2, 10.0), Rate(3, 10.0)), tmp_path)
    for token in ("ONE", "OTHER", "OTHER"):
        limit.wait_for_turn(token)
    assert clock.sleeps == []
    assert (limit.left("ONE"), limit.left("OTHER")) == (0, 0)

    limit.wait_for_turn("ONE")
    assert clock.sleeps == [10.0]
    assert (limit.left("ONE"), limit.left("OTHER")) == (1, 2)


def test_request_after_one_that_waits_longer_is_still_within_the_rate_of_the_address(
    clock: Clock, tmp_path: Path
) -> None:
    limit = RateLimit(RateLimits(Rate(1, 10.0), Rate(3, 10.0)), tmp_path)
    sent = []
    for token in ("ONE", "ONE", "TWO", "THREE", "FOUR", "FIVE"):
        clock.now = 0.0  # each process reserves its turn while the others sleep
        limit.wait_for_turn(token)
        sent.append(clock.now)

    assert sent == [0.0, 10.0, 0.0, 10.0, 10.0, 20.0]
    assert all(later - earlier >= 10.0 for earlier, later in zip(sorted(sent), sorted(sent)[3:], strict=False))


def test_requests_of_all_tokens_have_the_pause_between_them(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RateLimits(pause_seconds=0.25), tmp_path)
    for token in ("ONE", "OTHER", "ONE"):
        limit.wait_for_turn(token)
    clock.now += 60
    limit.wait_for_turn("ONE")

    assert clock.sleeps == [0.25, 0.25]
    assert limit.left("ONE") is None


def test_without_a_rate_no_request_waits_and_no_file_is_written(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RateLimits(), tmp_path / "rate")
    for _ in range(100):
        limit.wait_for_turn("TOKEN")

    assert clock.sleeps == []
    assert limit.left("TOKEN") is None
    assert not (tmp_path / "rate").exists()


def test_available_requests_decrease_to_zero_and_recover_with_time(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    left = [limit.left("TOKEN")]
    for _ in range(4):
        limit.wait_for_turn("TOKEN")
        left.append(limit.left("TOKEN"))
    assert left == [4, 3, 2, 1, 0]

    clock.now += 1.0
    assert limit.left("TOKEN") == 0
    clock.now += 1.0
    assert limit.left("TOKEN") == 4


def test_available_requests_are_not_negative_while_many_processes_wait(clock: Clock, tmp_path: Path) -> None:
    limit = RateLimit(RATE, tmp_path)
    for _ in range(10):
        limit.wait_for_turn("TOKEN")
        clock.now = 1.0  # the other processes have reserved their turns, and still sleep

    assert limit.left("TOKEN") == 0


@pytest.mark.parametrize("content", [b"", b"1234567"])
def test_unfinished_file_of_another_process_counts_as_no_request(clock: Clock, tmp_path: Path, content: bytes) -> None:
    limit = RateLimit(RATE, tmp_path)
    (tmp_path / "token-TOKEN").write_bytes(content)

    assert limit.left("TOKEN") == 4
    limit.wait_for_turn("TOKEN")
    assert limit.left("TOKEN") == 3


@pytest.mark.parametrize(("seconds", "sleeps"), [(-1.0, []), (0.0, []), (0.1, [0.1])])
def test_only_a_positive_pause_sleeps(clock: Clock, seconds: float, sleeps: list[float]) -> None:
    pause(seconds)

    assert clock.sleeps == sleeps


NOON = "Sun, 06 Nov 1994 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "9" * 20}, 31_536_000),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 12:00:20 GMT", "date": NOON}, 20),
        ({"retry-after": "Sun, 06 Nov 1994 11:00:00 GMT", "date": NOON}, 1),
        ({"retry-after": "Sun, 06 Nov 1994 12:00:20 GMT", "date": "today"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:09 GMT"}, 9),
        ({"retry-after": "Sun, 06 Nov 99999 12:00:20 GMT", "date": NOON}, None),
    ],
)
def test_retry_after_header_is_parsed_within_limits(
    clock: Clock, headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_seconds(headers) == seconds


def test_throttled_request_waits_longer_each_time_until_it_is_given_up() -> None:
    shown: list[str] = []
    throttling = Throttling(shown.append)
    waits = [throttling.wait_seconds({}) for _ in range(23)]

    assert waits == [1, 2, 4, 8, 16] + [30] * 18
    with pytest.raises(ThrottledError, match="add up to 601 s"):
        throttling.wait_seconds({})
    assert shown[0].startswith("The server throttles (429). The suite waits 1 s, and longer each time")


def test_message_of_a_wait_says_why_it_takes_so_long() -> None:
    shown: list[str] = []
    throttling = Throttling(shown.append)

    throttling.wait_seconds({"retry-after": "7"})
    throttling.wait_seconds({})

    announced, unannounced = shown
    assert "The suite waits 7 s, as its Retry-After says; " in announced
    assert "The suite waits 1 s, and longer each time, as there is no Retry-After; " in unannounced
