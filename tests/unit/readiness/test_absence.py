"""A missing request is a failure only if the client was free to send it."""

from __future__ import annotations

import pytest
from tests.unit.readiness.traces import TraceBuilder, records, task, trace

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.readiness.rule import Result
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, cues_from, requests_in

PARTICIPANTS = "/api/v3/participants"
DECLARATIONS = "/api/v3/participant-declarations"


def missing(builder: TraceBuilder, *, is_over: bool = True, obligation: str = "declare/something") -> Result:
    built = builder.build(is_over=is_over)
    return absent(built, obligation, built.cues[:1], "No declaration was sent.", "Send it.")


def in_cue() -> TraceBuilder:
    return trace().act("declare").cue(task("declare")).get(PARTICIPANTS, records=records(range(3)))


def test_client_that_ended_its_cue_in_peace_fails() -> None:
    result = missing(in_cue())

    assert (result.outcome, result.reason) == (Outcome.FAILED, "No declaration was sent.")


def test_client_that_sent_nothing_in_the_cue_could_not_run() -> None:
    result = missing(trace().act("declare").cue(task("declare")).cue().get(PARTICIPANTS, records=[]))

    assert result.outcome is Outcome.COULD_NOT_RUN
    assert result.remedy == "Send it."


def test_cue_that_has_not_ended_could_not_run() -> None:
    assert missing(in_cue(), is_over=False).outcome is Outcome.COULD_NOT_RUN


def test_cue_that_was_broken_off_could_not_run() -> None:
    result = missing(in_cue().end_cue(None, "the command was stopped after 300 s"))

    assert result.outcome is Outcome.COULD_NOT_RUN
    assert "300 s" in (result.reason or "")


def test_command_that_crashed_before_any_write_could_not_run() -> None:
    assert missing(in_cue().end_cue(1)).outcome is Outcome.COULD_NOT_RUN


def test_command_that_reports_an_error_after_its_writes_fails() -> None:
    assert missing(in_cue().post(DECLARATIONS, {}).end_cue(1)).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("status", "obligation"), [(422, "errors/goes-on"), (429, "rate/429-backs-off"), (None, "errors/5xx-retried")]
)
def test_client_that_stopped_at_a_failure_is_blocked_by_its_obligation(status: int | None, obligation: str) -> None:
    builder = in_cue().post(DECLARATIONS, {}, status=status)

    result = missing(builder)

    assert (result.outcome, result.blocked_by) == (Outcome.COULD_NOT_RUN, obligation)
    assert result.exchanges == ("e-000002",)
    assert missing(builder, obligation=obligation).outcome is Outcome.FAILED


def test_client_that_stopped_at_a_situation_is_blocked_by_its_obligation() -> None:
    builder = in_cue().situation("unknown-member").get(PARTICIPANTS, records=[], situation="unknown-member")

    assert missing(builder).blocked_by == "read/tolerates-new-members"


def test_requests_that_were_under_way_are_no_reaction() -> None:
    builder = in_cue()
    builder.situation("throttled").get(PARTICIPANTS, status=429, situation="throttled", at=5, in_flight=1)
    builder.get("/api/v3/schools", records=[], at=5.02, seconds=0.2, in_flight=2)
    builder.get("/api/v3/statements", records=[], at=5.06, in_flight=2)

    assert missing(builder).blocked_by == "rate/429-backs-off"


def test_client_that_went_on_after_a_failure_fails() -> None:
    builder = in_cue().get(PARTICIPANTS, status=500).get(PARTICIPANTS, records=[])

    assert missing(builder).outcome is Outcome.FAILED


def test_second_cue_counts_if_the_client_was_free_in_it() -> None:
    built = trace().act("declare").cue().cue().get(PARTICIPANTS, records=[]).build()

    assert absent(built, "x/y", built.cues, "Missing.", "Send it.").outcome is Outcome.FAILED
    assert absent(built, "x/y", (), "Missing.", "Send it.").outcome is Outcome.COULD_NOT_RUN


def test_request_after_the_end_of_a_cue_belongs_to_it_until_the_next_starts() -> None:
    built = trace().act("declare").cue().wait(1).end_cue().get(PARTICIPANTS).cue().get("/api/v3/schools").build()

    first, second = built.cues
    assert [each.path for each in requests_in(built, first)] == [PARTICIPANTS]
    assert cue_of(built, built.exchanges[1]) == second
    assert list(cues_from(built, second.start)) == [second]


def test_command_that_ends_with_an_error_after_a_change_was_free_to_go_on() -> None:
    builder = in_cue().post(DECLARATIONS, {"participant_id": "1"})

    stopped = "The command ended with exit status 1."
    assert missing(builder.end_cue(status=1, problem=stopped)).outcome is Outcome.FAILED


def test_command_that_was_stopped_could_not_run() -> None:
    builder = in_cue().post(DECLARATIONS, {"participant_id": "1"})

    stopped = "The command did not end within 300 s, and was stopped."
    assert missing(builder.end_cue(status=-9, problem=stopped)).outcome is Outcome.COULD_NOT_RUN
