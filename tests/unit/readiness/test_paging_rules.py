"""Rules about pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, records, trace

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.readiness import coverage

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH = "/api/v3/participants"
DECLARATIONS = "/api/v3/participant-declarations"
FULL, SHORT = records(range(100)), records(range(100, 150))
ALL_PAGES = "paging/all-pages"


def begin() -> TraceBuilder:
    return trace().act("first-sync").cue()


def poll(builder: TraceBuilder, since: str = "2026-09-10T09:13:00Z") -> TraceBuilder:
    return builder.cue().get(f"{PATH}?filter[updated_since]={since}", records=[])


def test_walks_to_a_short_or_an_empty_page_pass() -> None:
    builder = begin().walk(PATH, [FULL, SHORT]).walk("/api/v3/schools?filter[cohort]=2025", [FULL, FULL, []])

    assert outcomes(ALL_PAGES, builder) == PASSED
    assert outcomes("paging/no-count-assumed", builder) == PASSED


def test_other_page_sizes_and_lookups_of_one_record_pass() -> None:
    builder = begin().walk(f"{PATH}?page[per_page]=25", [records(range(25)), records(range(3))])
    builder.get(f"{PATH}?filter[from_participant_id]={identifier(1)}", records=records([2]))

    assert outcomes(ALL_PAGES, builder) == PASSED


def test_pages_read_at_once_beyond_the_end_pass() -> None:
    builder = begin()
    for number, content in ((2, SHORT), (1, FULL), (4, []), (3, [])):
        builder.get(f"{PATH}?page[page]={number}", records=content, at=5.0, in_flight=number)

    assert outcomes(ALL_PAGES, builder) == PASSED


def test_first_page_only_fails() -> None:
    builder = poll(begin().get(PATH, records=FULL).get(DECLARATIONS, records=FULL))

    assert outcomes(ALL_PAGES, builder) == {Outcome.FAILED, Outcome.PASSED}
    assert {each.group for each in judge(ALL_PAGES, builder) if each.group} == {
        f"pages of {PATH}",
        f"pages of {DECLARATIONS}",
    }


def test_number_of_pages_from_configuration_fails_after_growth() -> None:
    builder = begin().walk(PATH, [FULL, FULL, SHORT]).cue().walk(PATH, [FULL, FULL, FULL]).get("/api/v3/statements")

    assert Outcome.FAILED in outcomes(ALL_PAGES, builder)


def test_hole_fails() -> None:
    builder = begin().get(PATH, records=FULL).get(f"{PATH}?page[page]=3", records=SHORT)
    builder.get("/api/v3/statements", records=[])

    (result, *_) = judge(ALL_PAGES, builder)
    assert result.outcome is Outcome.FAILED
    assert "Page 2" in (result.reason or "")


def test_walk_that_is_begun_again_passes() -> None:
    builder = begin().get(PATH, records=FULL).walk(PATH, [FULL, SHORT])

    assert outcomes(ALL_PAGES, builder) == PASSED


def test_thousands_of_broken_walks_are_judged_with_few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    covers, compared = coverage.covers, 0

    def count(*walks: Any) -> bool:
        nonlocal compared
        compared += 1
        return covers(*walks)

    monkeypatch.setattr(coverage, "covers", count)
    builder = begin()
    for _ in range(300):
        builder.get(PATH, records=FULL)

    assert outcomes(ALL_PAGES, builder) == {Outcome.FAILED, Outcome.COULD_NOT_RUN}
    assert compared < 1_000


def test_look_at_the_first_page_by_a_client_that_reads_all_passes() -> None:
    builder = begin().walk(PATH, [FULL, SHORT]).cue().get(PATH, records=FULL)
    builder.get(f"{PATH}?page[per_page]=1", records=records([1])).get("/api/v3/statements", records=[])

    assert outcomes(ALL_PAGES, builder) == PASSED


def test_walk_that_an_error_ended_is_left_to_its_own_rule() -> None:
    builder = begin().get(PATH, records=FULL).get(f"{PATH}?page[page]=2", status=500)
    builder.get("/api/v3/statements", records=[])

    results = judge(ALL_PAGES, builder)
    assert Outcome.FAILED not in {each.outcome for each in results}
    assert "errors/5xx-retried" in {each.blocked_by for each in results}


def test_walk_that_was_broken_off_could_not_run() -> None:
    assert outcomes(ALL_PAGES, begin().get(PATH, records=FULL)) == COULD_NOT_RUN
    killed = begin().get(PATH, records=FULL).end_cue(None, "stopped after 300 s").cue().get("/api/v3/statements")
    assert Outcome.FAILED not in outcomes(ALL_PAGES, killed)


def test_list_of_full_pages_that_is_not_read_to_the_empty_page_fails() -> None:
    path = "/api/v3/schools?filter[cohort]=2025"
    builder = begin().walk(path, [FULL, FULL, []]).walk(path, [FULL, FULL]).get("/api/v3/statements")

    assert Outcome.FAILED in outcomes("paging/no-count-assumed", builder)


@pytest.mark.parametrize(
    "second",
    [
        "?page[page]=2&filter[updated_since]=2026-09-10T10:00:00Z",
        "?page[page]=2",
        "?page[page]=2&filter[updated_since]=2026-09-10T09:00:00Z&page[per_page]=300",
        "?page[page]=2&filter[updated_since]=2026-09-10T09:00:00Z&sort=updated_at",
    ],
)
def test_other_parameters_on_the_second_page_fail(second: str) -> None:
    builder = begin().walk(PATH, [FULL, SHORT]).cue()
    builder.get(f"{PATH}?filter[updated_since]=2026-09-10T09:00:00Z", records=FULL).get(f"{PATH}{second}", records=[])

    assert Outcome.FAILED in outcomes("paging/same-filters", builder)
    assert outcomes(ALL_PAGES, builder) == PASSED


def test_interleaved_lists_and_cohorts_keep_their_filters() -> None:
    builder = begin()
    for page, content in ((1, FULL), (2, SHORT)):
        for target in (f"{PATH}?", "/api/v3/schools?filter[cohort]=2024&", "/api/v3/schools?filter[cohort]=2025&"):
            builder.get(f"{target}page[page]={page}", records=content)
    builder.get(f"{PATH}?page[page]=99&sort=updated_at", records=[])

    assert outcomes("paging/same-filters", builder) == PASSED


def test_other_page_sizes_of_polls_are_reported() -> None:
    assert outcomes("paging/default-hundred", poll(begin())) == PASSED
    assert outcomes("paging/default-hundred", poll(begin(), "2026-09-10T09:13:00Z&page[per_page]=300")) == COULD_NOT_RUN


def test_pages_above_the_limit_fail_unless_tried_once() -> None:
    builder = begin().get(f"{PATH}?page[per_page]=5000", records=[])
    assert outcomes("paging/max-3000", builder) == PASSED

    builder.get(f"{PATH}?page[per_page]=5000", records=[])
    assert outcomes("paging/max-3000", builder) == FAILED


def moved() -> TraceBuilder:
    builder = begin().situation("changed-while-reading", kind="participants", id=identifier(1))
    return builder.get(PATH, records=FULL, situation="changed-while-reading")


def test_record_that_moved_and_is_shown_later_passes() -> None:
    for target, shown in ((f"{PATH}?page[page]=2", records([1, 101])), (f"{PATH}/{identifier(1)}", records([1])[0])):
        assert outcomes("paging/survives-change", moved().get(target, records=shown)) == PASSED


def test_record_that_moved_and_is_never_shown_fails() -> None:
    builder = poll(moved().get(f"{PATH}?page[page]=2", records=SHORT))

    assert outcomes("paging/survives-change", builder) == FAILED
    assert outcomes("paging/survives-change", moved()) == COULD_NOT_RUN


def test_act_that_was_cut_short_decides_nothing_about_requests_to_come() -> None:
    read_once = poll(moved().get(f"{PATH}?page[page]=2", records=SHORT)).cue().get("/api/v3/statements", records=[])
    schools = "/api/v3/schools?filter[cohort]=2025"
    full_page = (
        begin().walk(schools, [FULL, FULL, []]).cue().walk(schools, [FULL, FULL]).cue().get("/api/v3/statements")
    )

    for obligation, builder in (("paging/survives-change", read_once), ("paging/no-count-assumed", full_page)):
        cut_short = judge(obligation, replace(builder.build(is_over=False), is_over=True))
        assert {each.outcome for each in cut_short} <= COULD_NOT_RUN | PASSED, obligation
        assert outcomes(obligation, builder) >= FAILED, obligation


def doubled(*statuses: int | None) -> TraceBuilder:
    builder = begin().situation("record-on-two-pages", kind="participants", id=identifier(1))
    builder.get(PATH, records=SHORT, situation="record-on-two-pages")
    for status in statuses:
        builder.post(DECLARATIONS, {"participant_id": identifier(1), "declaration_type": "started"}, status=status)
    return builder.get("/api/v3/statements", records=[])


def test_record_on_two_pages_that_is_declared_once_passes() -> None:
    for statuses in ((), (200,), (None, 200), (429, 200)):
        assert outcomes("paging/duplicates-tolerated", doubled(*statuses)) == PASSED


def test_record_on_two_pages_that_is_declared_twice_fails() -> None:
    assert outcomes("paging/duplicates-tolerated", doubled(200, 422)) == FAILED
