"""The documented rate limit, and the deployed one."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.http.rate_limit import WINDOW_SECONDS, DeployedRateLimit, RateLimit


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


def test_deployed_limit_counts_in_fixed_windows() -> None:
    seconds = Seconds()
    limit = DeployedRateLimit(1, seconds)
    seconds.now = WINDOW_SECONDS - 1
    assert limit.check("Bearer a", "::1") is None
    assert limit.check("Bearer a", "::1") is not None

    seconds.now = WINDOW_SECONDS

    assert limit.check("Bearer a", "::1") is None


def test_deployed_limit_counts_all_tokens_of_an_address() -> None:
    limit = DeployedRateLimit(4, Seconds())

    refused = [limit.check(f"Bearer {number % 2}", "::1") is not None for number in range(8)]

    assert refused == [False] * 6 + [True] * 2
    assert limit.check("Bearer 2", "::2") is None
    assert limit.check(None, "::3") is None


def test_deployed_limit_is_not_filled_by_invented_tokens() -> None:
    limit = DeployedRateLimit(10_000, Seconds())

    for number in range(5_000):
        limit.check(f"Bearer {number}", "::1")

    assert len(limit._requests) <= 1_001
