"""Rules about full syncs, polls and watermarks."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from tests.unit.readiness.traces import START, TraceBuilder, identifier, judge, outcomes, records, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH, SCHOOLS = "/api/v3/participants", "/api/v3/schools?filter[cohort]=2025"
DECLARATIONS = "/api/v3/participant-declarations"
FULL, SHORT = records(range(100)), records(range(100, 150))


def instant(seconds: float) -> str:
    """Return the time so many seconds after START as a client writes it."""
    return datetime.fromtimestamp(START + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def synced() -> TraceBuilder:
    """Return a session after a full sync that began at second 10."""
    builder = trace().act("first-sync").cue().get(PATH, records=FULL, at=10).get(f"{PATH}?page[page]=2", records=SHORT)
    return builder.walk(DECLARATIONS, [SHORT]).walk(SCHOOLS, [FULL, SHORT])


def poll(builder: TraceBuilder, since: float, *, at: float, path: str = PATH) -> TraceBuilder:
    return builder.cue().get(f"{path}?filter[updated_since]={instant(since)}", records=[], at=at)


def test_full_sync_of_all_lists_passes() -> None:
    assert outcomes("sync/full", synced()) == PASSED


def test_list_that_was_not_read_could_not_run() -> None:
    (result,) = judge("sync/full", trace().walk(PATH, [FULL, SHORT]).get(DECLARATIONS, records=FULL))

    assert (result.outcome, result.blocked_by) == (Outcome.COULD_NOT_RUN, "paging/all-pages")
    assert "schools" in (result.reason or "")


def test_full_sync_of_the_operations_of_the_profile_passes() -> None:
    uses = frozenset({"list_ecf_participants"})

    assert outcomes("sync/full", trace(uses=uses).walk(PATH, [SHORT])) == PASSED
    assert outcomes("sync/full", trace(uses=frozenset({"show_statement"})).walk(PATH, [SHORT])) == set()


def test_polls_of_participants_and_declarations_pass() -> None:
    builder = poll(poll(synced(), 10, at=60), 10, at=61, path=DECLARATIONS)

    assert outcomes("sync/partial", builder) == PASSED


def test_client_that_never_polls_and_reads_everything_fails() -> None:
    builder = synced()
    for _ in range(3):
        builder.cue().walk(PATH, [FULL, SHORT])

    assert outcomes("sync/partial", builder) == FAILED


@pytest.mark.parametrize("query", ["updated_since=2026-09-10T09:00:00Z", 'filter={"updated_since":"2026-09-10"}'])
def test_client_whose_filter_is_ignored_fails(query: str) -> None:
    builder = synced()
    for _ in range(3):
        builder.cue().walk(f"{PATH}?{quote(query, safe='=')}", [FULL, SHORT])

    assert outcomes("sync/partial", builder) == FAILED


def test_client_that_reads_single_records_could_not_run() -> None:
    builder = synced()
    for number in range(8):
        builder.cue().get(f"{PATH}/{identifier(number)}", records=records([number])[0])

    assert outcomes("sync/partial", builder) == COULD_NOT_RUN


def test_full_walk_after_a_week_passes() -> None:
    builder = synced().act("a-week").event("week-passed").cue()
    assert outcomes("sync/weekly-full", builder) == COULD_NOT_RUN

    assert outcomes("sync/weekly-full", builder.walk(PATH, [FULL, SHORT])) == PASSED
    assert outcomes("sync/weekly-full", synced()) == set()


def test_two_reads_in_a_day_of_the_session_pass() -> None:
    assert outcomes("sync/several-times-daily", poll(synced(), 10, at=60)) == PASSED
    assert outcomes("sync/several-times-daily", synced()) == COULD_NOT_RUN


def test_client_that_polls_once_a_day_for_days_fails() -> None:
    builder = trace().act("first-sync")
    for day in range(5):
        builder.get(f"{PATH}?filter[updated_since]={instant(0)}", records=[], at=86_400.0 * day + 1)

    assert outcomes("sync/several-times-daily", builder) == FAILED


def test_client_that_reads_everything_and_polls_is_not_focused() -> None:
    builder = synced()
    for number in range(3):
        poll(builder, 10, at=60 + 10 * number).walk(PATH, [FULL, SHORT])

    assert outcomes("sync/focused", builder) == FAILED


@pytest.mark.parametrize(("rounds", "expected"), [(1, set()), (2, FAILED)])
def test_full_sync_may_read_cohort_after_cohort(rounds: int, expected: set[Outcome]) -> None:
    builder = trace().act("first-sync").cue()
    for _ in range(rounds):
        for year in range(2021, 2027):
            builder.walk(f"{PATH}?filter[cohort]={year}", [SHORT])

    assert outcomes("sync/focused", builder) == expected


def test_client_that_polls_and_looks_up_records_is_focused() -> None:
    builder = synced()
    for number in range(3):
        poll(builder, 10, at=60 + 10 * number).get(f"{DECLARATIONS}?filter[participant_id]={identifier(1)}", records=[])
    builder.event("week-passed").cue().walk(PATH, [FULL, SHORT])

    assert outcomes("sync/focused", builder) == PASSED


@pytest.mark.parametrize("text", ["2026-09-10T09:00:00Z", "2026-09-10T10:00:00.5%2B01:00", "2026-09-10T09:00:00-00:00"])
def test_instant_with_an_encoded_zone_passes(text: str) -> None:
    assert outcomes("sync/encoded-filter", trace().get(f"{PATH}?filter[updated_since]={text}", records=[])) == PASSED


@pytest.mark.parametrize("text", ["2026-09-10T10:00:00+01:00", "2026-09-10T09:00:00", "2026-09-10", "1757494800"])
def test_instant_that_is_not_readable_fails(text: str) -> None:
    assert outcomes("sync/encoded-filter", trace().get(f"{PATH}?filter[updated_since]={text}", records=[])) == FAILED


def test_one_refused_instant_is_a_test_on_purpose() -> None:
    builder = trace().get(f"{PATH}?filter[updated_since]=yesterday", status=400)
    builder.get(f"{PATH}?filter[updated_since]={instant(0)}", records=[])

    assert outcomes("sync/encoded-filter", builder) == PASSED


@pytest.mark.parametrize(("since", "expected"), [(118, PASSED), (200, FAILED)])
def test_poll_after_a_walk_through_each_cohort_leaves_no_gap(since: float, expected: set[Outcome]) -> None:
    builder = poll(synced(), 10, at=60).wait(60)
    for year in (2024, 2025):
        builder.walk(f"{PATH}?filter[cohort]={year}", [SHORT])

    assert outcomes("sync/no-gap", poll(builder, since, at=300)) == expected | PASSED


def test_poll_from_the_start_of_the_last_walk_leaves_no_gap() -> None:
    assert outcomes("sync/no-gap", poll(poll(synced(), 10, at=60), 60, at=120)) == PASSED


def test_poll_from_now_leaves_a_gap_and_names_the_records_in_it() -> None:
    builder = synced().wait(20).event("appeared", participant_id=identifier(7))

    (result,) = judge("sync/no-gap", poll(builder, 60, at=60))
    assert result.outcome is Outcome.FAILED
    assert identifier(7) in (result.reason or "")


def test_poll_from_the_latest_record_that_was_shown_leaves_no_gap() -> None:
    builder = trace().act("first-sync").cue().get(PATH, records=FULL, at=10)
    builder.get(f"{PATH}?page[page]=2", records=records([200], updated_at=instant(30)), at=40)

    assert outcomes("sync/no-gap", poll(builder, 30, at=60)) == PASSED


def test_list_that_is_filtered_in_parts_has_a_watermark_for_each_part() -> None:
    builder = trace().act("first-sync").cue()
    for number, cohort in enumerate((2024, 2025)):
        builder.get(f"{PATH}?filter[cohort]={cohort}", records=SHORT, at=10 + 20 * number)
    builder.cue()
    for number, cohort in enumerate((2024, 2025)):
        since = instant(10 + 20 * number)
        builder.get(f"{PATH}?filter[cohort]={cohort}&filter[updated_since]={since}", records=[], at=60 + number)

    assert outcomes("sync/no-gap", builder) == PASSED


def test_retried_first_page_of_an_earlier_run_is_no_start() -> None:
    builder = trace().act("first-sync").cue().get(PATH, status=500, at=10).cue().get(PATH, records=SHORT, at=40)

    assert outcomes("sync/no-gap", poll(builder, 40, at=60)) == PASSED


@pytest.mark.parametrize("moved", [86_400, -86_400])
def test_client_with_a_clock_of_its_own_leaves_no_gap_when_the_session_moves(moved: int) -> None:
    builder = trace().event("clock-moved", seconds=moved).act("first-sync").cue().get(PATH, records=SHORT, at=10)

    assert outcomes("sync/no-gap", poll(builder, 10, at=60)) == PASSED
    assert outcomes("sync/no-gap", poll(builder, 10 + moved, at=120)) == PASSED


def apart(since: float) -> TraceBuilder:
    """Return two walks while the server's clock is ten minutes behind."""
    builder = trace().event("clock-apart", seconds=-600).act("first-sync").cue().get(PATH, records=SHORT, at=10)
    return poll(builder, since, at=60).event("clock-moved", seconds=600)


def test_poll_by_the_servers_clock_passes() -> None:
    assert outcomes("sync/server-time", apart(-590)) == PASSED
    assert outcomes("sync/server-time", apart(-3600)) == PASSED


def test_poll_by_the_own_clock_fails_only_in_its_own_rule() -> None:
    builder = poll(apart(10), 60, at=120)

    assert outcomes("sync/server-time", builder) == FAILED
    assert outcomes("sync/no-gap", builder) == PASSED
    assert Outcome.FAILED not in outcomes("sync/two-windows-back", builder)


def failing(since: float) -> TraceBuilder:
    """Return a poll at second 60 that fails on its second page, and the next poll."""
    builder = synced().act("poll-fail-recover").cue().situation("poll-fails")
    query = f"{PATH}?filter[updated_since]={instant(10)}"
    builder.get(query, records=FULL, at=60)
    for _ in range(3):
        builder.get(f"{query}&page[page]=2", status=500, situation="poll-fails")
    return poll(builder.withdraw_situation(), since, at=120)


@pytest.mark.parametrize("since", [10, 9, -3600])
def test_next_poll_from_the_last_success_passes(since: float) -> None:
    assert outcomes("sync/from-last-success", failing(since)) == PASSED
    assert outcomes("sync/no-gap", failing(since)) == PASSED


def test_next_poll_from_the_failed_one_fails_only_in_its_own_rule() -> None:
    assert outcomes("sync/from-last-success", failing(60)) == FAILED
    assert outcomes("sync/no-gap", failing(60)) == PASSED


def test_full_sync_after_a_failed_poll_passes() -> None:
    builder = failing(10)
    builder.exchanges.pop()

    assert outcomes("sync/from-last-success", builder.walk(PATH, [FULL, SHORT])) == PASSED


def failed_first_sync() -> TraceBuilder:
    """Return a first sync that fails on its second page while the clocks differ."""
    builder = trace().act("first-sync").event("clock-apart", seconds=-600).cue()
    return builder.get(PATH, records=FULL).get(f"{PATH}?page[page]=2", status=500).cue()


def test_poll_after_a_failed_first_sync_fails_whatever_the_clock() -> None:
    assert outcomes("sync/from-last-success", poll(failed_first_sync(), 0, at=60)) == FAILED


def test_first_sync_that_is_begun_again_passes() -> None:
    assert outcomes("sync/from-last-success", failed_first_sync().walk(PATH, [FULL, SHORT])) == PASSED


def test_poll_repeated_from_page_one_in_the_next_cue_passes() -> None:
    builder = synced().act("poll-fail-recover").cue().situation("poll-fails")
    query = f"{PATH}?filter[updated_since]={instant(10)}&page[per_page]=500"
    for _ in range(3):
        builder.get(query, status=500, situation="poll-fails")
    builder.withdraw_situation().cue().get(query, records=SHORT)

    assert outcomes("sync/from-last-success", builder) == PASSED


def test_failed_poll_without_another_one_could_not_run() -> None:
    builder = failing(10)
    builder.exchanges.pop()

    assert outcomes("sync/from-last-success", builder) == COULD_NOT_RUN


def test_poll_from_two_polls_back_passes() -> None:
    builder = poll(poll(poll(synced(), 10, at=60), 10, at=120), 60, at=180)

    assert outcomes("sync/two-windows-back", builder) == PASSED


def test_poll_from_the_last_poll_has_one_window_only() -> None:
    builder = poll(poll(poll(synced(), 10, at=60), 60, at=120), 120, at=180)

    assert outcomes("sync/two-windows-back", builder) == FAILED
    assert outcomes("sync/no-gap", builder) == PASSED


def test_interval_of_the_profile_allows_a_later_poll() -> None:
    builder = trace(settings={"poll_minutes": 1}).act("first-sync").cue()
    for at in (10.0, 70.0, 190.0):
        poll(builder, at - 120, at=at)

    assert outcomes("sync/two-windows-back", builder) == PASSED


def test_moved_clock_is_no_interval() -> None:
    builder = poll(synced(), 10, at=60).event("clock-moved", seconds=10 * 86_400)
    poll(builder, 10 * 86_400, at=120)

    assert outcomes("sync/two-windows-back", builder) == set()


def late(since: float, shown: int | None = None) -> TraceBuilder:
    """Return a poll after a participant appeared with a time from before the last poll."""
    builder = poll(poll(synced(), 10, at=60), 10, at=120)
    builder.event("late-commit", participant_id=identifier(900), updated_at=instant(118)).cue()
    page = records([shown]) if shown else []
    return builder.get(f"{PATH}?filter[updated_since]={instant(since)}", records=page, at=180)


def test_late_record_that_is_shown_passes() -> None:
    assert outcomes("sync/two-windows-back", late(60, shown=900)) == PASSED


def test_late_record_that_is_missed_fails() -> None:
    results = judge("sync/two-windows-back", late(119))

    assert any(each.outcome is Outcome.FAILED and identifier(900) in (each.reason or "") for each in results)


def test_late_record_without_polls_before_could_not_run() -> None:
    builder = synced().event("late-commit", participant_id=identifier(900), updated_at=instant(8)).cue()
    builder.get(f"{PATH}?filter[cohort]=2025&filter[updated_since]={instant(11)}", records=[], at=60)

    assert outcomes("sync/two-windows-back", builder) == COULD_NOT_RUN
