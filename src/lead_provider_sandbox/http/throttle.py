"""The documented limit: so many requests in any five minutes with one token.

Counted by the Authorization header as it is written; requests without one are not counted (behaviours RATE-LIMIT-1000,
RATE-LIMIT-PER-TOKEN, RATE-LIMIT-NO-HEADER-NOT-COUNTED). The published guidance says that the window rolls.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from lead_provider_sandbox.http.responses import Answer

WINDOW_SECONDS = 300.0
DOCUMENTED_LIMIT = 1000
_MOST_TOKENS = 1000


class Throttle:
    """Counts requests by token."""

    def __init__(self, limit: int = DOCUMENTED_LIMIT, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._moments: dict[str, deque[float]] = {}

    def refuse(self, authorization: str | None) -> Answer | None:
        """Count a request; 429 with the seconds to wait when it is one too many (behaviour RATE-LIMIT-429-BODY)."""
        if authorization is None:
            return None
        now = self._seconds()
        if authorization not in self._moments and len(self._moments) >= _MOST_TOKENS:
            self._forget(now)
        moments = self._moments.setdefault(authorization, deque())
        while moments and moments[0] <= now - WINDOW_SECONDS:
            moments.popleft()
        if len(moments) >= self._limit:
            wait = max(1, math.ceil(moments[0] + WINDOW_SECONDS - now))
            return Answer(429, text="Retry later\n", media_type="text/plain", headers={"Retry-After": str(wait)})
        moments.append(now)
        return None

    def _forget(self, now: float) -> None:
        """Let go of tokens that have not been seen in a whole window, or of all when every one has."""
        seen = {token: m for token, m in self._moments.items() if m and m[-1] > now - WINDOW_SECONDS}
        self._moments = seen if len(seen) < _MOST_TOKENS else {}
