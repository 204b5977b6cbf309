"""Why nothing more is asked in a run: the server is gone, or the time is over."""

from __future__ import annotations

import time
from dataclasses import dataclass


class RunEndedError(Exception):
    """Nothing more can be asked in this run. `remedy` says what the user can do about it."""

    remedy: str


class TargetLostError(RunEndedError):
    """Nothing listens at the target's address any more."""

    remedy = "Find out why the server stopped; then run again."


class OutOfTimeError(RunEndedError):
    """The run has taken as long as it may."""

    remedy = "Run again with a longer --time-limit, or look at why the server takes so long."


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How many seconds a run may take, and when they are over, in seconds since the epoch."""

    seconds: float
    over: float

    def check(self, wait: float = 0.0) -> None:
        """Raise OutOfTimeError if the time is over, or will be after a wait of so many seconds."""
        if time.time() + wait >= self.over:
            raise OutOfTimeError(f"The {self.seconds:g} s of --time-limit are over.")
