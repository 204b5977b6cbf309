"""The words that the suite, its journals and its reports share: levels, outcomes, verdicts, exit statuses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from _pytest.outcomes import Skipped  # pytest.skip.Exception, in a form that can be typed


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Outcome(StrEnum):
    """What a run found out about one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    COULD_NOT_RUN = "could-not-run"
    SUITE_ERROR = "suite-error"


class Conformance(StrEnum):
    """What a run found out about one version and programme."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCOMPLETE = "incomplete"


class Ending(StrEnum):
    """How a run ended. A journal without an ending belongs to a run that was killed."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    TARGET_LOST = "target-lost"
    OUT_OF_TIME = "out-of-time"
    SUITE_FAILED = "suite-failed"
    KILLED = "killed"


class Safety(StrEnum):
    """What a run may do to a target's data."""

    READ_ONLY = "read-only"
    SANDBOX = "sandbox"


class ExitStatus(IntEnum):
    """The statuses that a run, or a report of it, exits with."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INTERRUPTED = 2
    SUITE_FAILED = 3
    USAGE = 4
    NOTHING_RAN = 5
    INCOMPLETE = 6


class CouldNotRun(Skipped):
    """A test lacks what it needs: a record, a second token, leave to write. Pytest shows it as skipped."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"could not run: {reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


class NotApplicable(Skipped):
    """A test needs what the target need not have, such as an operation that, as its file says, it does not implement.

    Pytest shows it as skipped.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not applicable: {reason}")
        self.reason = reason


class UsageError(Exception):
    """What the user wrote is wrong, or the target cannot be tested: one sentence, with what, where and what to do."""


class RunEndedError(Exception):
    """Raised if the run cannot send any more requests. `remedy` is advice for the user."""

    remedy: str


class OutOfTimeError(RunEndedError):
    """Raised if the run has reached its time limit."""

    remedy = "Run again with a longer --time-limit, or look at why the server takes so long."


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """The time limit of a run in `seconds`, and when it `ends`, in seconds since the epoch."""

    seconds: float
    ends: float

    def check(self, wait: float = 0.0) -> None:
        """Raise OutOfTimeError if the limit is reached, or will be after `wait` seconds."""
        if time.time() + wait >= self.ends:
            raise OutOfTimeError(f"The {self.seconds:g} s of --time-limit are over.")


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What one verdict is about: a version of the API and a programme."""

    version: str
    programme: str

    def __str__(self) -> str:
        return f"{self.version}-{self.programme}"

    def __repr__(self) -> str:
        return f"<{self}>"
