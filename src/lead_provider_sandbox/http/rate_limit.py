"""Rate limits: the documented one, a number of requests with one token in any five minutes, and the deployed one.

Requests count by their Authorization header; requests without one do not count (behaviours RATE-LIMIT-1000,
RATE-LIMIT-PER-TOKEN, RATE-LIMIT-NO-HEADER-NOT-COUNTED). The published guidance promises a rolling window.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Protocol

from lead_provider_sandbox.http.responses import Response

WINDOW_SECONDS = 300.0
DOCUMENTED_LIMIT = 1000
_MOST_TOKENS = 1000
_REQUESTS_OF_ADDRESS = 1.5
"""The requests from one address for each request with one token: 1,500 and 1,000."""


class Throttle(Protocol):
    """Counts requests, and limits them."""

    def check(self, authorization: str | None, address: str) -> Response | None: ...


class DeployedRateLimit:
    """Counts requests by token and by address in fixed windows of five minutes, as the successor services do."""

    def __init__(self, limit: int = DOCUMENTED_LIMIT, seconds: Callable[[], float] = time.time) -> None:
        self._limits = {"token": limit, "address": math.floor(limit * _REQUESTS_OF_ADDRESS)}
        self._seconds = seconds
        self._window = -1
        self._requests: Counter[tuple[str, str]] = Counter()

    def check(self, authorization: str | None, address: str) -> Response | None:
        """Count a request. Return a 429 without `Retry-After` if it exceeds a limit."""
        window = int(self._seconds() // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._requests = window, Counter()
        counted = [("address", address)]
        # Invented tokens do not fill the memory: they share the limit of their address.
        if authorization is not None and len(self._requests) < _MOST_TOKENS:
            counted.append(("token", authorization))
        self._requests.update(counted)
        if any(self._requests[each] > self._limits[each[0]] for each in counted):
            return Response(429, text="Retry later\n", media_type="text/plain")
        return None


class RateLimit:
    """Counts requests by token."""

    def __init__(self, limit: int = DOCUMENTED_LIMIT, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._requests: dict[str, deque[float]] = {}

    def check(self, authorization: str | None, _address: str = "") -> Response | None:
        """Count a request. Return a 429 with `Retry-After` if it exceeds the limit (behaviour RATE-LIMIT-429-BODY)."""
        if authorization is None:
            return None
        now = self._seconds()
        opened = now - WINDOW_SECONDS
        if authorization not in self._requests and len(self._requests) >= _MOST_TOKENS:
            # Drop tokens without a request in the window; drop all of them if that leaves too many.
            active = {token: times for token, times in self._requests.items() if times and times[-1] > opened}
            self._requests = active if len(active) < _MOST_TOKENS else {}
        times = self._requests.setdefault(authorization, deque())
        while times and times[0] <= opened:
            times.popleft()
        if len(times) >= self._limit:
            wait = max(1, math.ceil(times[0] + WINDOW_SECONDS - now))
            return Response(429, text="Retry later\n", media_type="text/plain", headers={"Retry-After": str(wait)})
        times.append(now)
        return None
