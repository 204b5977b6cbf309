"""The documented rate limit."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.http.rate_limit import WINDOW_SECONDS, RateLimit


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_request_over_limit_gets_retry_after() -> None:
    seconds = Seconds()
    limit = RateLimit(2, seconds)
    assert limit.check("Bearer a") is None
    seconds.now = 100.0
    assert limit.check("Bearer a") is None

    refused = limit.check("Bearer a")

    assert refused is not None
    assert (refused.status, refused.body(), refused.media_type) == (429, b"Retry later\n", "text/plain")
    assert refused.headers == {"Retry-After": "200"}


def test_window_rolls() -> None:
    seconds = Seconds()
    limit = RateLimit(1, seconds)
    limit.check("Bearer a")

    seconds.now = WINDOW_SECONDS

    assert limit.check("Bearer a") is None


def test_tokens_count_separately_and_missing_token_does_not_count() -> None:
    limit = RateLimit(1, Seconds())
    limit.check("Bearer a")

    assert limit.check("Bearer b") is None
    assert all(limit.check(None) is None for _ in range(5))


def test_invented_tokens_do_not_fill_memory() -> None:
    limit = RateLimit(1, Seconds())

    for number in range(5_000):
        limit.check(f"Bearer {number}")

    assert len(limit._requests) <= 1_000


def test_sandbox_limits_requests_only_with_option(sandboxes: Any) -> None:
    api = sandboxes(throttle=3)

    statuses = [api.get("statements").status for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
    assert api.as_other().get("statements").status == 200
