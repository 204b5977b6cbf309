"""The documented rate limit: a number of requests with one token in any five minutes.

Requests count by their Authorization header; requests without one do not count (behaviours RATE-LIMIT-1000,
RATE-LIMIT-PER-TOKEN, RATE-LIMIT-NO-HEADER-NOT-COUNTED). The published guidance promises a rolling window.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from lead_provider_sandbox.http.responses import Response

WINDOW_SECONDS = 300.0
DOCUMENTED_LIMIT = 1000
_MOST_TOKENS = 1000


class RateLimit:
    """Counts requests by token."""

    def __init__(self, limit: int = DOCUMENTED_LIMIT, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._requests: dict[str, deque[float]] = {}

    def check(self, authorization: str | None) -> Response | None:
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
