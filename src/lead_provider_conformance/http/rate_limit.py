"""Keeps a run within the number of requests that a server allows a token, however many processes send them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.config.target import Rate

RETRY_AFTER_SECONDS = 30.0
# A server that asks for none would otherwise be asked again for ever.
SHORTEST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 600.0
A_YEAR_SECONDS = 31_536_000.0


class Pace:
    """The generic cell rate algorithm, with its one number in a file that the processes of a run share.

    A burst of as many requests as the rate allows goes through at once; after that they are spaced out.
    """

    def __init__(self, rate: Rate | None, folder: Path) -> None:
        self._rate = rate
        self._folder = folder
        if rate:
            folder.mkdir(parents=True, exist_ok=True)

    def wait_for_turn(self, credential: str) -> None:
        """Return when one more request of the credential of that name is within the rate."""
        if self._rate:
            pause(self._turn(self._rate, credential))

    def left(self, credential: str) -> int | None:
        """How many requests of the credential of that name could go at once by now; None if there is no rate."""
        if self._rate is None:
            return None
        file = self._folder / credential
        due = float(file.read_text(encoding="ascii") or 0) if file.is_file() else 0.0
        taken = max(0.0, due - time.time()) * self._rate.requests / self._rate.per_seconds
        return max(0, int(self._rate.requests - taken))

    def _turn(self, rate: Rate, credential: str) -> float:
        """How many seconds from now the request's turn comes; the turn is then taken."""
        interval = rate.per_seconds / rate.requests
        file = self._folder / credential
        with FileLock(self._folder / f"{credential}.lock"):
            now = time.time()
            due = max(now, float(file.read_text(encoding="ascii")) if file.is_file() else now)
            file.write_text(repr(due + interval), encoding="ascii")
        return due - (rate.requests - 1) * interval - now


def pause(seconds: float) -> None:
    """Wait, if there is anything to wait for."""
    if seconds > 0:
        threading.Event().wait(seconds)


def asked_wait(retry_after: str | None) -> float:
    """How many seconds a server that throttles asks to be left alone: its Retry-After, or else half a minute."""
    text = (retry_after or "").strip()
    return min(max(SHORTEST_WAIT_SECONDS, float(text)), A_YEAR_SECONDS) if text.isdecimal() else RETRY_AFTER_SECONDS
