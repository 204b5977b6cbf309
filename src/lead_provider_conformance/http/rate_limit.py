"""Keep a run within the numbers of requests that a server allows, in all processes of the run together."""

from __future__ import annotations

import time
from array import array
from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.config.target import Rate, RateLimits

# Without a minimum, `Retry-After: 0` would mean retries without end.
MIN_WAIT_SECONDS = 1.0
MAX_UNANNOUNCED_WAIT_SECONDS = 30.0
MAX_RETRY_AFTER_SECONDS = 31_536_000.0  # a year; longer values overflow
MAX_WAIT_SECONDS = 600.0
"""How long one request of a test is retried, all waits together, before the server is given up."""
ADDRESS = "address"
PAUSE = "pause"
ADVICE = "give the target file the `rate` that it allows."


class ThrottledError(Exception):
    """The server has throttled one request for too long."""


class RateLimit:
    """Delays requests so that no period of a rate has more of them than the rate allows.

    The times of the latest requests are in files that the processes of a run share: one for each token, one for all.
    """

    def __init__(self, limits: RateLimits, folder: Path) -> None:
        self._limits = limits
        self._folder = folder
        if limits != RateLimits():
            folder.mkdir(parents=True, exist_ok=True)

    def wait_for_turn(self, credential: str) -> None:
        """Wait until one more request of a credential, given by name, is within all rates."""
        if self._limits != RateLimits():
            pause(self._reserve(credential))

    def left(self, credential: str) -> int | None:
        """Return how many requests of a credential can be sent at once now. Return None if there is no rate."""
        now = time.time()
        return min(
            (
                max(0, rate.requests - sum(each > now - rate.per_seconds for each in self._times(name, rate)))
                for name, rate in self._rates(credential)
                if name != PAUSE
            ),
            default=None,
        )

    def _reserve(self, credential: str) -> float:
        """Reserve the next turn, and return the seconds until it comes."""
        with FileLock(self._folder / "lock"):
            turn = now = time.time()
            latest = {name: (rate, self._times(name, rate)) for name, rate in self._rates(credential)}
            for rate, times in latest.values():
                if len(times) == rate.requests:
                    turn = max(turn, times[0] + rate.per_seconds)
            for name, (rate, times) in latest.items():
                insort(times, turn)
                (self._folder / name).write_bytes(times[-rate.requests :].tobytes())
        return turn - now

    def _rates(self, credential: str) -> Iterator[tuple[str, Rate]]:
        """Yield each rate that counts a request of this credential, with the name of its file."""
        if self._limits.token:
            yield f"token-{credential}", self._limits.token
        if self._limits.address:
            yield ADDRESS, self._limits.address
        if self._limits.pause_seconds:
            yield PAUSE, Rate(1, self._limits.pause_seconds)

    def _times(self, name: str, rate: Rate) -> array[float]:
        """Return the times of the latest requests, in order, as many as the rate allows."""
        file = self._folder / name
        content = file.read_bytes() if file.is_file() else b""
        times = array("d")
        times.frombytes(content[: len(content) // times.itemsize * times.itemsize])
        return times[-rate.requests :]


def pause(seconds: float) -> None:
    """Sleep for `seconds`, if positive."""
    if seconds > 0:
        time.sleep(seconds)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, within limits; None without a valid one (RFC 9110, 10.2.3).

    A date counts from the time in the Date header, as the server's clock may differ from ours.
    """
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        seconds = float(value)
    else:
        try:
            until = parsedate_to_datetime(value).timestamp()
            seconds = until - (parsedate_to_datetime(headers["date"]).timestamp() if "date" in headers else time.time())
        except (ValueError, OverflowError):
            return None
    return min(max(MIN_WAIT_SECONDS, seconds), MAX_RETRY_AFTER_SECONDS)


@dataclass
class Throttling:
    """The waits of one request that the server throttles with 429; all together no longer than the `longest`."""

    notify: Callable[[str], None]
    longest: float = MAX_WAIT_SECONDS
    waited: float = 0.0
    _growing: float = MIN_WAIT_SECONDS

    def wait_seconds(self, headers: Mapping[str, str]) -> float:
        """Return how long to wait before the request is sent again: as Retry-After says, or longer each time.

        Raise ThrottledError if that would be too long for one request.
        """
        seconds = retry_after_seconds(headers)
        reason = "as its Retry-After says"
        if seconds is None:
            seconds, reason = self._growing, "and longer each time, as there is no Retry-After"
            self._growing = min(2 * seconds, MAX_UNANNOUNCED_WAIT_SECONDS)
        self.waited += seconds
        if self.waited > self.longest:
            raise ThrottledError(
                f"The server throttles (429), and the waits for one request add up to {self.waited:.0f} s; {ADVICE}"
            )
        self.notify(f"The server throttles (429). The suite waits {seconds:.0f} s, {reason}; {ADVICE}")
        return seconds
