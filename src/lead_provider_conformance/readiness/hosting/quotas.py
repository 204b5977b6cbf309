"""The quotas of a session, and the rates at which requests are admitted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from lead_provider_conformance.readiness.recorder import QUOTA

MOST_BUCKETS = 10_000
BURST_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of one session: the size of its journals, the number of its requests, and their rate."""

    largest_bytes: int = QUOTA
    most_requests: int = 1_000_000
    requests_per_second: float = 50.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """Token buckets by key. A key may send a burst of a few seconds, and then its rate."""

    def __init__(self, clock: Callable[[], float], *, most: int = MOST_BUCKETS) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, key: str, rate: float) -> int:
        """Count a request, and return 0 if it is admitted, else the seconds after which the next one is."""
        now, size = self._clock(), max(1.0, rate * BURST_SECONDS)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(size, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(size, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, ceil((1 - bucket.tokens) / rate))
