"""Rules about the number of requests, throttles and outages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, records, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH = "/api/v3/participants"
DECLARATIONS = "/api/v3/participant-declarations"
BACKS_OFF, WITHOUT_HEADER = "rate/429-backs-off", "rate/429-without-header"


def many(count: int, gap: float) -> TraceBuilder:
    builder = trace(gap=gap)
    for _ in range(count):
        builder.get("/api/v3/statements", records=[], seconds=0)
    return builder


def test_thousand_requests_in_five_minutes_pass() -> None:
    assert outcomes("rate/limit", many(1000, 0.1)) == PASSED


def test_more_than_thousand_requests_in_five_minutes_fail() -> None:
    (result,) = judge("rate/limit", many(1200, 0.2))

    assert result.outcome is Outcome.FAILED
    assert result.exchanges[-1] == "e-001001"
    assert "1200" in (result.reason or "")


def test_requests_without_the_token_do_not_count() -> None:
    builder = many(900, 0.1)
    for _ in range(300):
        builder.get("/api/v3/statements", status=401, seconds=0, headers={"authorization": ""})

    assert outcomes("rate/limit", builder) == PASSED


@pytest.mark.parametrize(("drive", "expected"), [("command", PASSED), ("prompt", PASSED), ("self", FAILED)])
def test_requests_of_cues_add_up_only_for_a_client_that_runs_by_itself(drive: str, expected: set[Outcome]) -> None:
    builder = trace(gap=0.05).act("poll-fail-recover")
    for _ in range(3):
        builder.cue()
        for _ in range(400):
            builder.get("/api/v3/statements", records=[], seconds=0)

    assert outcomes("rate/limit", replace(builder.build(), drive=drive)) == expected


def test_many_requests_over_a_longer_time_pass() -> None:
    assert outcomes("rate/limit", many(1200, 0.31)) == PASSED


def throttled(header: str | None = "7") -> TraceBuilder:
    name = "throttled" if header else "throttled-without-header"
    return trace().act("throttle-and-outage").cue().walk(PATH, [records(range(5))]).situation(name)


def refused(header: str | None = "7") -> dict[str, Any]:
    """Return the arguments of a refused request."""
    name = "throttled" if header else "throttled-without-header"
    return {"status": 429, "situation": name, "response_headers": {"retry-after": header} if header else {}}


def refuse(builder: TraceBuilder, target: str = PATH, *, wait: float, header: str | None = "7", **others: Any) -> None:
    builder.wait(wait).get(target, **refused(header), **others)


@pytest.mark.parametrize(("obligation", "header"), [(BACKS_OFF, "7"), (WITHOUT_HEADER, None)])
def test_client_that_waits_and_repeats_passes(obligation: str, header: str | None) -> None:
    builder = throttled(header)
    refuse(builder, header=header, wait=0)
    builder.wait(7).get(PATH, records=records(range(5)))

    assert outcomes(obligation, builder) == PASSED


@pytest.mark.parametrize(("obligation", "header"), [(BACKS_OFF, "7"), (WITHOUT_HEADER, None)])
def test_client_that_repeats_at_once_fails(obligation: str, header: str | None) -> None:
    builder = throttled(header)
    for _ in range(4):
        refuse(builder, header=header, wait=0)
    builder.get(PATH, records=records(range(5)))

    assert outcomes(obligation, builder) == FAILED


def test_client_that_waits_one_second_where_seven_were_asked_fails() -> None:
    builder = throttled()
    for _ in range(3):
        refuse(builder, wait=1)
    builder.wait(7).get(PATH, records=records(range(5)))

    assert outcomes(BACKS_OFF, builder) == FAILED


def test_client_that_varies_a_wait_of_a_second_passes_without_a_header() -> None:
    builder = throttled(None)
    for wait in (0.1, 0.9, 1.4):
        refuse(builder, header=None, wait=wait)
    builder.wait(3).get(PATH, records=records(range(5)))

    assert outcomes(WITHOUT_HEADER, builder) == PASSED


def test_connections_that_each_wait_for_themselves_pass() -> None:
    builder = throttled()
    for start in (10.0, 18.0):
        for number in range(4):
            target = f"{PATH}?page[page]={number + 1}"
            refuse(builder, target, wait=0, at=start + number / 100, in_flight=number + 1)
    for number in range(4):
        pages = records(range(100)) if number < 3 else []
        builder.get(f"{PATH}?page[page]={number + 1}", records=pages, at=26 + number / 100, in_flight=number + 1)

    assert outcomes(BACKS_OFF, builder) == PASSED


def test_independent_jobs_for_several_lists_pass() -> None:
    builder = throttled()
    lists = (PATH, DECLARATIONS, "/api/v3/statements", "/api/v3/partnerships")
    for path in lists:
        refuse(builder, path, wait=0)
    builder.wait(7)
    for path in lists:
        builder.get(path, records=[])

    assert outcomes(BACKS_OFF, builder) == PASSED


def test_client_that_tries_one_task_after_the_other_fails() -> None:
    builder = throttled()
    for number in range(5):
        builder.post(DECLARATIONS, {"participant_id": identifier(number)}, **refused())

    assert outcomes(BACKS_OFF, builder) == FAILED


def test_write_that_is_given_up_fails() -> None:
    builder = throttled()
    builder.post(DECLARATIONS, {"participant_id": identifier(1)}, **refused())
    builder.wait(8).post(DECLARATIONS, {"participant_id": identifier(2)}).cue().get(PATH, records=[])

    (result,) = judge(BACKS_OFF, builder)
    assert result.outcome is Outcome.FAILED
    assert "gave up" in (result.reason or "")


def test_next_run_that_polls_from_the_same_instant_passes() -> None:
    since = f"{PATH}?filter[updated_since]=2026-09-10T09:00:00Z"
    builder = throttled()
    refuse(builder, since, wait=0)
    builder.cue().get(since, records=[])

    assert outcomes(BACKS_OFF, builder) == PASSED


def test_throttle_that_the_client_did_not_outlive_could_not_run() -> None:
    builder = throttled()
    refuse(builder, wait=0)

    assert outcomes(BACKS_OFF, builder) == COULD_NOT_RUN
    assert outcomes(BACKS_OFF, throttled()) == COULD_NOT_RUN


def outage(probes: int, gap: float) -> TraceBuilder:
    builder = trace(gap=gap).act("throttle-and-outage").cue().walk(PATH, [records(range(5))])
    builder.cue().situation("outage")
    for _ in range(probes):
        builder.get(PATH, status=503, situation="outage")
    return builder.withdraw_situation().event("clock-moved", seconds=300).cue()


def test_few_probes_and_a_poll_from_before_the_outage_pass() -> None:
    builder = outage(5, 1).get(f"{PATH}?filter[updated_since]=2026-09-10T09:00:00Z", records=[])

    assert outcomes("rate/pause-in-maintenance", builder) == PASSED


def test_full_sync_after_the_outage_passes() -> None:
    assert outcomes("rate/pause-in-maintenance", outage(1, 1).get(PATH, records=[])) == PASSED


def test_hammering_while_the_service_is_down_fails() -> None:
    builder = outage(25, 0.1).get(PATH, records=[])

    assert outcomes("rate/pause-in-maintenance", builder) == FAILED


def test_the_usual_repetitions_for_each_of_many_lists_pass() -> None:
    builder = trace(gap=0.1).act("throttle-and-outage").cue().situation("outage")
    lists = ("participants", "participant-declarations", "partnerships", "delivery-partners", "statements")
    for _ in range(5):
        for each in (*lists, "participants/transfers"):
            builder.get(f"/api/v3/{each}", status=503, situation="outage")
    builder.withdraw_situation().cue().get(PATH, records=[])

    assert outcomes("rate/pause-in-maintenance", builder) == PASSED


def test_poll_from_after_the_outage_fails() -> None:
    builder = outage(2, 1).get(f"{PATH}?filter[updated_since]=2026-09-10T23:00:00Z", records=[])

    assert outcomes("rate/pause-in-maintenance", builder) == FAILED


def test_bursts_are_reported_and_do_not_fail() -> None:
    assert outcomes("rate/spread", trace(programme="npq").get("/api/v3/statements").get("/api/v3/statements")) == PASSED
    builder = trace(programme="npq")
    for number in range(8):
        builder.get("/api/v3/statements", at=1 + number / 1000, in_flight=number + 1)

    assert outcomes("rate/spread", builder) == COULD_NOT_RUN


def test_both_page_sizes_of_a_full_walk_pass() -> None:
    for query in ("", "?page[per_page]=300"):
        builder = trace(programme="npq").walk(f"/api/v3/participants/npq{query}", [records(range(5))])
        assert outcomes("rate/large-pages-for-full-sync", builder) == PASSED


def polls(*minutes: float, by_suite: bool = False) -> TraceBuilder:
    """Return polls in five different hours, at a minute of each."""
    builder = trace().act("poll-fail-recover").cue()
    first = 47 * 60  # START is at 13 minutes past the hour
    for number, minute in enumerate(minutes):
        at = first + 3600 * number + 60 * minute
        if by_suite:
            builder.wait(at - builder.clock - 1).cue()
        builder.get(f"{PATH}?filter[updated_since]=2026-09-10T00:00:00Z", records=[], at=at)
    return builder


def test_polls_at_different_minutes_pass() -> None:
    assert outcomes("rate/random-minute", polls(3, 17, 42, 5)) == PASSED


@pytest.mark.parametrize("minutes", [(0.2, 0.5, 0.1, 0.9), (17, 17.2, 17.4, 17.6)])
def test_polls_at_a_fixed_minute_fail(minutes: tuple[float, ...]) -> None:
    assert outcomes("rate/random-minute", polls(*minutes)) == FAILED


def test_polls_that_the_suite_started_could_not_run() -> None:
    assert outcomes("rate/random-minute", polls(0, 0, 0, 0, by_suite=True)) == COULD_NOT_RUN
    assert outcomes("rate/random-minute", polls(0, 0, 0)) == COULD_NOT_RUN


def test_task_of_a_throttled_cue_is_repeated_in_a_later_run() -> None:
    builder = throttled().cue(task("declare", 1))
    body = {"participant_id": identifier(1)}
    builder.post(DECLARATIONS, body, **refused())
    builder.cue().post(DECLARATIONS, body)

    assert outcomes(BACKS_OFF, builder) == PASSED
