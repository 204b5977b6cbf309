"""The documented limit on requests."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.http.rate_limit import WINDOW_SECONDS, RateLimit


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_too_many_is_told_how_long_to_wait() -> None:
    seconds = Seconds()
    limit = RateLimit(2, seconds)
    assert limit.check("Bearer a") is None
    seconds.now = 100.0
    assert limit.check("Bearer a") is None

    refused = limit.check("Bearer a")

    assert refused is not None
    assert (refused.status, refused.body(), refused.media_type) == (429, b"Retry later\n", "text/plain")
    assert refused.headers == {"Retry-After": "200"}


def test_the_window_rolls() -> None:
    seconds = Seconds()
    limit = RateLimit(1, seconds)
    limit.check("Bearer a")

    seconds.now = WINDOW_SECONDS

    assert limit.check("Bearer a") is None


def test_tokens_are_counted_apart_and_no_token_not_at_all() -> None:
    limit = RateLimit(1, Seconds())
    limit.check("Bearer a")

    assert limit.check("Bearer b") is None
    assert all(limit.check(None) is None for _ in range(5))


def test_made_up_tokens_do_not_fill_the_memory() -> None:
    limit = RateLimit(1, Seconds())

    for number in range(5_000):
        limit.check(f"Bearer {number}")

    assert len(limit._requests) <= 1_000


def test_a_sandbox_is_throttled_only_when_asked(sandboxes: Any) -> None:
    api = sandboxes(throttle=3)

    answers = [api.get("statements").status for _ in range(5)]

    assert answers == [200, 200, 200, 429, 429]
    assert api.as_other().get("statements").status == 200
