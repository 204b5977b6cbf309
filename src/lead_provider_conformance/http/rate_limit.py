"""Keep a run within the number of requests that a server allows per token, in all processes of the run together."""

from __future__ import annotations

import time
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.config.target import Rate

DEFAULT_RETRY_AFTER_SECONDS = 30.0
# Without a minimum, `Retry-After: 0` would mean retries without end.
MIN_RETRY_AFTER_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = 31_536_000.0  # a year; longer values overflow
MAX_WAIT_SECONDS = 600.0
"""How long one request is retried, all waits together, before the server is given up."""


class RateLimit:
    """The generic cell rate algorithm. Its one number is in a file that the processes of a run share.

    A burst of as many requests as the rate allows is sent at once; after that, requests are spaced evenly.
    """

    def __init__(self, rate: Rate | None, folder: Path) -> None:
        self._rate = rate
        self._folder = folder
        if rate:
            folder.mkdir(parents=True, exist_ok=True)

    def wait_for_turn(self, credential: str) -> None:
        """Wait until one more request of a credential, given by name, is within the rate."""
        if self._rate:
            pause(self._reserve(self._rate, credential))

    def left(self, credential: str) -> int | None:
        """Return how many requests of a credential can be sent at once now. Return None if there is no rate."""
        if self._rate is None:
            return None
        pending = max(0.0, self._due(credential) - time.time())
        return max(0, int(self._rate.requests - pending * self._rate.requests / self._rate.per_seconds))

    def _reserve(self, rate: Rate, credential: str) -> float:
        """Reserve the next turn, and return the seconds until it comes."""
        interval = rate.per_seconds / rate.requests
        with FileLock(self._folder / f"{credential}.lock"):
            now = time.time()
            due = max(now, self._due(credential))
            (self._folder / credential).write_text(repr(due + interval))
        return due - (rate.requests - 1) * interval - now

    def _due(self, credential: str) -> float:
        file = self._folder / credential
        return float(file.read_text() or 0) if file.is_file() else 0.0


def pause(seconds: float) -> None:
    """Sleep for `seconds`, if positive."""
    if seconds > 0:
        time.sleep(seconds)


def retry_after_seconds(header: str | None) -> float:
    """Return the seconds of a Retry-After header, within limits; the default if it is missing or not a number."""
    if header is None or not header.strip().isdecimal():
        return DEFAULT_RETRY_AFTER_SECONDS
    return min(max(MIN_RETRY_AFTER_SECONDS, float(header)), MAX_RETRY_AFTER_SECONDS)
