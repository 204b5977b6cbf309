"""The words of the reports: one set about servers, one about clients, one about two servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lead_provider_conformance.model import Ending, ExitStatus, Outcome, Subject


@dataclass(frozen=True, slots=True)
class Wording:
    """The words about one subject.

    `run` and its steps, `unit`, are nouns. `developers`, `runner` and `maintainers` have tasks after a run; `complete`
    begins a task about requirements without a result. `only` says that some operations were left out. `idle` says that
    no MUST was tested in some scopes; `untested` ends a sentence about requirements without a result. `failure` is the
    noun that counts under `failed_heading`. `observed` and `no_response` are labels in front of the reason of a
    failure, `curl` is the title of a request. `outcomes` has the outcomes that the subject can have, in the order of
    reports.
    """

    subject: str
    run: str
    unit: str
    developers: str
    runner: str
    maintainers: str
    file: str
    complete: str
    badge: str
    only: str
    idle: str
    untested: str
    untested_heading: str
    failed_heading: str
    failure: str
    observed: str
    no_response: str
    curl: str
    outcomes: Mapping[Outcome, str]
    exits: Mapping[ExitStatus, str]
    endings: Mapping[Ending, str]


SERVER = Wording(
    subject="server",
    run="run",
    unit="test",
    developers="The server’s developers",
    runner="The person who runs the suite",
    maintainers="The suite’s maintainers",
    file="target file",
    complete="Let the suite test",
    badge="lead provider API",
    only="Only {count} were tested: the target file lists no others.",
    idle="No mandatory requirement of {scopes} applies to the server. Run without {scopes}.",
    untested="could not be tested",
    untested_heading="Not tested",
    failed_heading="Failed",
    failure="requirement",
    observed="The server returned:",
    no_response="No response:",
    curl="Reproduce with curl",
    outcomes={
        Outcome.PASSED: "passed",
        Outcome.FAILED: "failed",
        Outcome.WAIVED: "waived",
        Outcome.COULD_NOT_RUN: "not tested",
        Outcome.GAP: "accepted gap",
        Outcome.SUITE_ERROR: "suite error",
        Outcome.NOT_APPLICABLE: "not applicable",
    },
    exits={
        ExitStatus.CONFORMANT: "conformant",
        ExitStatus.NOT_CONFORMANT: "not conformant",
        ExitStatus.INTERRUPTED: "the run was interrupted",
        ExitStatus.SUITE_FAILED: "the suite itself failed",
        ExitStatus.USAGE: "wrong usage, or the target could not be reached",
        ExitStatus.NOTHING_RAN: "nothing ran",
        ExitStatus.INCOMPLETE: "incomplete",
    },
    endings={
        Ending.FINISHED: "The run finished.",
        Ending.INTERRUPTED: "The run was interrupted, so some requirements were not tested.",
        Ending.STOPPED: "The run stopped at a failure, as -x or --maxfail says, so some requirements were not tested.",
        Ending.TARGET_LOST: "The run stopped because the server no longer responded.",
        Ending.OUT_OF_TIME: "The run reached its time limit, so some requirements were not tested.",
        Ending.OVER_QUOTA: "The run stopped because its journals reached their largest size.",
        Ending.SUITE_FAILED: "The suite itself failed, so some requirements were not tested.",
        Ending.KILLED: "The run was killed, so some requirements were not tested.",
    },
)

CLIENT = Wording(
    subject="client",
    run="session",
    unit="act",
    developers="The client’s developers",
    runner="The person who runs the session",
    maintainers="The suite’s maintainers",
    file="profile",
    complete="Let the session show",
    badge="lead provider client",
    only="By its profile, the client uses {count}; the others were left out.",
    idle="The client's requests showed no mandatory requirement of {scopes}.",
    untested="could not be shown yet",
    untested_heading="Not shown yet",
    failed_heading="Failed",
    failure="requirement",
    observed="Observed:",
    no_response="Observed:",
    curl="The client's request with curl",
    outcomes={
        Outcome.PASSED: "passed",
        Outcome.FAILED: "failed",
        Outcome.WAIVED: "waived",
        Outcome.COULD_NOT_RUN: "not shown",
        Outcome.GAP: "accepted gap",
        Outcome.ATTESTED: "attested",
        Outcome.SUITE_ERROR: "suite error",
        Outcome.NOT_APPLICABLE: "not applicable",
    },
    exits={
        ExitStatus.CONFORMANT: "ready",
        ExitStatus.NOT_CONFORMANT: "not ready",
        ExitStatus.INTERRUPTED: "the session was interrupted",
        ExitStatus.SUITE_FAILED: "the suite itself failed",
        ExitStatus.USAGE: "wrong usage, or the session could not start",
        ExitStatus.NOTHING_RAN: "the client sent nothing",
        ExitStatus.INCOMPLETE: "not shown",
    },
    endings={
        Ending.FINISHED: "The session finished.",
        Ending.INTERRUPTED: "The session was interrupted, so some requirements were not shown.",
        Ending.STOPPED: "The session ended early.",
        Ending.TARGET_LOST: "The session ended early.",
        Ending.OUT_OF_TIME: "The session reached its time limit, so some requirements were not shown.",
        Ending.OVER_QUOTA: "The session ended early: it reached its quota of requests or bytes, and got 429s.",
        Ending.SUITE_FAILED: "The suite itself failed, so some requirements were not judged.",
        Ending.KILLED: "The session was killed, so some requirements were not shown.",
    },
)

PARITY = Wording(
    subject="pair of servers",
    run="comparison",
    unit="operation",
    developers="The developers of the servers",
    runner="The person who runs the comparison",
    maintainers="The suite’s maintainers",
    file="parity file",
    complete="Let the suite compare",
    badge="lead provider parity",
    only="Only {count} were compared.",
    idle="Nothing of {scopes} was compared.",
    untested="could not be compared",
    untested_heading="Not compared",
    failed_heading="Different",
    failure="difference",
    observed="Difference:",
    no_response="No response:",
    curl="Repeat with curl",
    outcomes={
        Outcome.PASSED: "the same",
        Outcome.FAILED: "different",
        Outcome.WAIVED: "excluded",
        Outcome.COULD_NOT_RUN: "not compared",
        Outcome.GAP: "accepted gap",
        Outcome.SUITE_ERROR: "suite error",
        Outcome.NOT_APPLICABLE: "not applicable",
    },
    exits={
        ExitStatus.CONFORMANT: "the servers behave the same",
        ExitStatus.NOT_CONFORMANT: "the servers differ",
        ExitStatus.INTERRUPTED: "the comparison was interrupted",
        ExitStatus.SUITE_FAILED: "the suite itself failed",
        ExitStatus.USAGE: "wrong usage, or a server could not be reached",
        ExitStatus.NOTHING_RAN: "nothing was compared",
        ExitStatus.INCOMPLETE: "not known",
    },
    endings={
        Ending.FINISHED: "The comparison finished.",
        Ending.INTERRUPTED: "The comparison was interrupted, so some operations were not compared.",
        Ending.STOPPED: "The comparison ended early.",
        Ending.TARGET_LOST: "The comparison stopped because one of the servers no longer responded.",
        Ending.OUT_OF_TIME: "The comparison reached its time limit, so some operations were not compared.",
        Ending.OVER_QUOTA: "The comparison ended early.",
        Ending.SUITE_FAILED: "The suite itself failed, so some operations were not compared.",
        Ending.KILLED: "The comparison was killed, so some operations were not compared.",
    },
)

WORDINGS = {Subject.SERVER: SERVER, Subject.CLIENT: CLIENT, Subject.PARITY: PARITY}
"""The words by subject. `WORDINGS[verdict.subject]` are those of a report."""
