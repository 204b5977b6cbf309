"""The reason and the remedy of a requirement without a finding: no test of it has run."""

from __future__ import annotations

from collections.abc import Sequence

from lead_provider_conformance.config.shard import Shard
from lead_provider_conformance.model import Ending, Subject
from lead_provider_conformance.results.journal import Journals

RUN_ALL = "Run all tests of suites/, without --requirement, -k, -m or --deselect."
RUN_AGAIN = "Run the suite again and wait until it ends."
NO_TEST_RAN = {
    Ending.FINISHED: ("No test of it was selected.", RUN_ALL),
    Ending.INTERRUPTED: ("The run was interrupted before a test of it.", RUN_AGAIN),
    Ending.STOPPED: (
        "The run stopped at a failure before a test of it.",
        "Fix the failure, or run without -x and --maxfail.",
    ),
    Ending.TARGET_LOST: (
        "The server stopped responding before a test of it.",
        "Find out why the server stopped; then run the suite again.",
    ),
    Ending.OUT_OF_TIME: (
        "The time limit of the run was reached before a test of it.",
        "Run again with a longer --time-limit, or find out why the server takes so long.",
    ),
    Ending.OVER_QUOTA: ("The journals reached their largest size before a test of it.", RUN_AGAIN),
    Ending.SUITE_FAILED: (
        "The suite itself failed before a test of it.",
        "See the error above the summary, and report it.",
    ),
    Ending.KILLED: ("The run was killed before a test of it.", RUN_AGAIN),
}
START_AGAIN = "Start the session again, and let it end."
NOT_JUDGED = {
    Ending.FINISHED: ("The session did not judge it.", "Repeat the session with all of its acts."),
    Ending.INTERRUPTED: ("The session was interrupted before it was judged.", START_AGAIN),
    Ending.STOPPED: ("The session ended before it was judged.", START_AGAIN),
    Ending.TARGET_LOST: ("The session ended before it was judged.", START_AGAIN),
    Ending.OUT_OF_TIME: (
        "The time limit of the session was reached before it was judged.",
        "Start the session again with a longer time limit.",
    ),
    Ending.OVER_QUOTA: (
        "The session reached its quota of requests or bytes before it was judged.",
        "Find out why the client sends so many requests; then start the session again.",
    ),
    Ending.SUITE_FAILED: NO_TEST_RAN[Ending.SUITE_FAILED],
    Ending.KILLED: ("The session was killed before it was judged.", START_AGAIN),
}
WITHOUT_FINDING = {Subject.SERVER: NO_TEST_RAN, Subject.CLIENT: NOT_JUDGED, Subject.PARITY: NO_TEST_RAN}
"""The reason and the remedy of a requirement without a finding."""


def without_finding(journals: Journals) -> tuple[str, str]:
    """Return why a requirement of a run has no finding, and what to do.

    A test that is in no shard of the run is in another one.
    """
    shards = [Shard.parse(each) for each in journals.run.get("shards", ())]
    if journals.ending is Ending.FINISHED and shards and (others := _other_shards(shards)):
        present = ("shard " if len(shards) == 1 else "shards ") + _listed(shards)
        plural = "s" if len(others) > 1 else ""
        return (
            f"No test of it is in {present}.",
            f"Run shard{plural} {_listed(others)} as well, and join all shards with `lead-provider-conformance merge`.",
        )
    return WITHOUT_FINDING[journals.subject][journals.ending]


def _other_shards(shards: Sequence[Shard]) -> Sequence[Shard]:
    """Return the shards of the whole run that are missing."""
    count = shards[0].count
    return [each for each in (Shard(number, count) for number in range(1, count + 1)) if each not in shards]


def _listed(shards: Sequence[Shard]) -> str:
    *before, last = map(str, shards)
    return f"{', '.join(before)} and {last}" if before else last
