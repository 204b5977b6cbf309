"""The terms of the suite, its journals and its reports: levels, outcomes, verdicts, exit statuses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from _pytest.outcomes import Exit, Skipped  # pytest.exit.Exception and pytest.skip.Exception, in a typed form

FIRST_ERROR = 400
"""The lowest status of an error."""
FIRST_SERVER_ERROR = 500
"""The lowest status of a server error."""


PROGRAMMES = ("ecf", "npq")


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"

    def is_above(self, other: Level) -> bool:
        """Return whether this level is more binding than another."""
        return list(Level).index(self) < list(Level).index(other)


class Outcome(StrEnum):
    """The result of a requirement in a run."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    GAP = "gap"
    """Not tested, and accepted as a gap."""
    NOT_APPLICABLE = "not-applicable"
    COULD_NOT_RUN = "could-not-run"
    SUITE_ERROR = "suite-error"
    ATTESTED = "attested"
    """Stated by the provider, because a client's requests cannot show it. Decided, but never tested."""


class Conformance(StrEnum):
    """The verdict of a run on one version and programme."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCOMPLETE = "incomplete"


class Subject(StrEnum):
    """The system that a run judges: a server, a client in a session, or two servers that are compared."""

    SERVER = "server"
    CLIENT = "client"
    PARITY = "parity"

    def word(self, conformance: Conformance) -> str:
        """Return the verdict as reports name it: a client is ready, a server conformant, two servers are the same."""
        return VERDICTS[self][conformance]


READINESS = {
    Conformance.CONFORMANT: "ready",
    Conformance.NOT_CONFORMANT: "not ready",
    Conformance.INCOMPLETE: "not shown",
}
"""The verdicts on clients."""
SAMENESS = {
    Conformance.CONFORMANT: "same",
    Conformance.NOT_CONFORMANT: "different",
    Conformance.INCOMPLETE: "not known",
}
"""The verdicts on two servers."""
VERDICTS = {
    Subject.SERVER: {each: str(each) for each in Conformance},
    Subject.CLIENT: READINESS,
    Subject.PARITY: SAMENESS,
}
"""The verdicts by subject."""


class Ending(StrEnum):
    """How a run ended. The journals of a killed run have no ending."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    """Stopped at a failure, as -x or --maxfail says."""
    TARGET_LOST = "target-lost"
    OUT_OF_TIME = "out-of-time"
    OVER_QUOTA = "over-quota"
    """A client's session has reached its quota of requests or bytes."""
    SUITE_FAILED = "suite-failed"
    KILLED = "killed"


class Safety(StrEnum):
    """The access of a run to a target's data: GET only, or writes too."""

    READ_ONLY = "read-only"
    SANDBOX = "sandbox"


class ExitStatus(IntEnum):
    """The exit statuses of a run, and of a report of it."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INTERRUPTED = 2
    SUITE_FAILED = 3
    USAGE = 4
    NOTHING_RAN = 5
    INCOMPLETE = 6


class ReportFolderError(Exit):
    """Raised if a file of the report folder cannot be written, for instance on a full disk. It ends the run."""

    def __init__(self, folder: object, error: OSError) -> None:
        message = f"{folder} cannot be written ({error.strerror}); free some space, or give another --report-dir."
        super().__init__(message, ExitStatus.SUITE_FAILED)


class CouldNotRun(Skipped):
    """Raised if a test lacks a precondition: a record, a second token, permission to write.

    Pytest reports the test as skipped.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"could not run: {reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


class ReadOnlyTarget(CouldNotRun):
    """Raised for a write to a target that may only be read."""


class NotApplicable(Skipped):
    """Raised if a test is about a part that the target need not have, such as an operation that its file leaves out.

    Pytest reports the test as skipped.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not applicable: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """The cause of a failure: an operation, the place in its request or response, and the kind of defect.

    The kind is a status, a violated keyword such as `null` or `missing full_name`, or the id of a requirement.
    """

    operation: str = ""
    place: str = ""
    kind: str = ""

    def includes(self, other: Cause) -> bool:
        """Return whether `other` has the same parts. An empty part of this cause matches any."""
        return all(
            mine in ("", its)
            for mine, its in (
                (self.operation, other.operation),
                (self.place, other.place),
                (self.kind, other.kind),
            )
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, self.place, self.kind)))


class ShownFailure(AssertionError):  # noqa: N818 - a failure of the server, not an error of the suite
    """Raised for a failure of the server. `exchange` is the id of the exchange that shows it; None for the latest."""

    def __init__(self, reason: str, exchange: str | None) -> None:
        super().__init__(reason)
        self.exchange = exchange


class KnownCause(ShownFailure):
    """Raised for a failure of the server whose cause is known."""

    def __init__(self, reason: str, cause: Cause, exchange: str | None = None) -> None:
        super().__init__(reason, exchange)
        self.cause = cause


class UsageError(Exception):
    """Raised for a mistake of the user, or a target that cannot be tested. The message says where and what to do."""


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
    """A version of the API and a programme. Each scope has a verdict."""

    version: str
    programme: str

    def __str__(self) -> str:
        return f"{self.version}-{self.programme}"

    @property
    def label(self) -> str:
        """The scope in messages, such as `v3 ECF`."""
        return f"{self.version} {self.programme.upper()}"

    def __repr__(self) -> str:
        return f"<{self}>"
