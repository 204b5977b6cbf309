"""Estimate how long a run takes, from the number of its tests and the speed of its requests so far."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lead_provider_conformance.config.target import Rate

# Enough for a speed, and early: a server that takes a second for each response has sent them in less than a minute.
MIN_REQUESTS = 20
# Measured in a run of all versions and programmes.
REQUESTS_PER_TEST = 4.3
REQUESTS_PER_JOURNEY = 120


@dataclass(eq=False)
class Estimate:
    """The rest of a run of `expected` requests, with the `rate` that the target allows a token.

    `of_ended` are those of the expected requests that the tests which have ended should have sent.
    """

    rate: Rate | None = None
    expected: int = 0
    of_ended: float = 0
    _begun: float | None = None
    _before: int = 0

    def requests_left(self, requests: int) -> int:
        """Return about how many requests follow so many. They are fewer if tests have sent less than expected.

        Tests of operations that the target lacks send nothing.
        """
        left = max(0, self.expected - requests)
        if self.of_ended < MIN_REQUESTS:
            return left
        return min(left, round((self.expected - self.of_ended) * requests / self.of_ended))

    def seconds_left(self, requests: int, available: int | None) -> float | None:
        """Return about how long the rest takes after so many requests; None if they are too few to say.

        `available` is the number of requests that can be sent before the rate makes the run wait.
        """
        now = time.monotonic()
        if self._begun is None:
            self._begun, self._before = now, requests
        sent = requests - self._before
        if sent < MIN_REQUESTS:
            return None
        left = self.requests_left(requests)
        seconds = left * (now - self._begun) / sent
        if self.rate and available is not None:
            seconds = max(seconds, (left - available) * self.rate.per_seconds / self.rate.requests)
        return seconds


def expected_requests(tests: Sequence[str], generated: int) -> Mapping[str, float]:
    """Return about how many requests each test sends. Tests of generated requests send so many of them together."""
    files = {each: PurePosixPath(each.partition("::")[0]).name for each in tests}
    fuzzed = sum(file == "test_generated.py" for file in files.values())
    kinds = {"test_journeys.py": REQUESTS_PER_JOURNEY, "test_generated.py": generated / max(1, fuzzed)}
    return {test: kinds.get(file, REQUESTS_PER_TEST) for test, file in files.items()}


def in_words(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
