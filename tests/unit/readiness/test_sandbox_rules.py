"""Rules about the sandbox's features and about processes."""

from __future__ import annotations

from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, records, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH = "/api/v3/participants"
DATED = {"x-with-server-date": "2026-11-01T09:00:00Z"}
WITHDRAW = f"{PATH}/{identifier(1)}/withdraw"


def test_server_date_with_a_zone_passes() -> None:
    for text in ("2026-11-01T09:00:00Z", "2026-11-01T09:00:00.123+01:00"):
        assert outcomes("sandbox/server-date", trace().get(PATH, headers={"x-with-server-date": text})) == PASSED


def test_server_date_without_a_zone_fails() -> None:
    for text in ("2026-11-01T09:00:00", "2026-11-01", "1 November"):
        assert outcomes("sandbox/server-date", trace().get(PATH, headers={"x-with-server-date": text})) == FAILED


def test_server_date_does_not_apply_to_a_session_with_a_clock() -> None:
    builder = trace().event("clock-moved", seconds=60).get(PATH)

    assert outcomes("sandbox/server-date", builder) == {Outcome.NOT_APPLICABLE}


def live_like(headers: dict[str, str] | None = None) -> TraceBuilder:
    builder = trace().act("next-milestone").get(PATH, headers=DATED).event("live-like", on=True)
    builder.cue().get(PATH, headers=headers).end_cue()
    return builder.event("live-like", on=False).cue().get(PATH, headers=DATED)


def test_server_date_in_the_sandbox_only_passes() -> None:
    assert outcomes("sandbox/server-date-not-live", live_like()) == PASSED


def test_server_date_in_the_live_service_fails() -> None:
    assert outcomes("sandbox/server-date-not-live", live_like(DATED)) == FAILED


def test_live_service_without_requests_could_not_run() -> None:
    assert outcomes("sandbox/server-date-not-live", trace().get(PATH).event("live-like", on=True)) == COULD_NOT_RUN


def test_operations_of_the_profile_are_compared_with_those_that_were_tried() -> None:
    used = frozenset({"list_ecf_participants", "show_ecf_participant"})
    builder = trace(uses=used).get(PATH, records=[])
    for obligation in ("sandbox/each-operation-first", "process/functionality-kept"):
        (result,) = judge(obligation, builder)
        assert result.outcome is Outcome.COULD_NOT_RUN
        assert "show_ecf_participant" in (result.reason or "")

    builder.get(f"{PATH}/{identifier(1)}", records=records([1])[0])
    assert outcomes("sandbox/each-operation-first", builder) == PASSED
    assert outcomes("process/functionality-kept", builder) == PASSED


def test_kinds_of_tasks_are_compared_with_the_writes_that_succeeded() -> None:
    builder = trace().cue(task("withdraw"), task("resume", 2, trap="never deferred")).put(WITHDRAW, {})
    assert outcomes("process/functionality-kept", builder) == PASSED

    builder.cue(task("declare", 3)).post("/api/v3/participant-declarations", {}, status=422)
    assert outcomes("process/functionality-kept", builder) == COULD_NOT_RUN


def test_withdrawal_within_a_day_of_the_session_passes() -> None:
    builder = trace().cue(task("withdraw")).event("clock-moved", seconds=3600).cue().put(WITHDRAW, {})

    assert outcomes("process/change-passed-on", builder) == PASSED


def test_withdrawal_after_more_than_a_day_fails() -> None:
    builder = trace().cue(task("withdraw")).event("clock-moved", seconds=100_000).cue().put(WITHDRAW, {})

    assert outcomes("process/change-passed-on", builder) == FAILED


def test_missing_withdrawal_is_left_to_its_own_obligation() -> None:
    (result,) = judge("process/change-passed-on", trace().cue(task("withdraw")).get(PATH))

    assert (result.outcome, result.blocked_by) == (Outcome.COULD_NOT_RUN, "train/withdraw")
