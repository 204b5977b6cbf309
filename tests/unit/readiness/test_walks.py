"""Requests for pages are grouped into walks, for clients of many kinds."""

from __future__ import annotations

from tests.unit.readiness.traces import TraceBuilder, records, trace

from lead_provider_conformance.readiness.walks import Walk

PATH = "/api/v3/participants"
FULL, SHORT = records(range(100)), records(range(5))


def walks(builder: TraceBuilder) -> tuple[Walk, ...]:
    return builder.build().walks


def numbers(builder: TraceBuilder) -> list[list[int]]:
    return [sorted(each.numbers) for each in walks(builder)]


def test_page_two_that_arrives_before_page_one_is_of_the_same_walk() -> None:
    builder = trace()
    for repeat in range(2):
        at = 10.0 * (repeat + 1)
        builder.get(f"{PATH}?page[page]=2", records=FULL, at=at, in_flight=1)
        builder.get(f"{PATH}?page[page]=1", records=FULL, at=at + 0.01, in_flight=2)
        builder.get(f"{PATH}?page[page]=3", records=SHORT, at=at + 0.02, in_flight=3)

    assert numbers(builder) == [[1, 2, 3], [1, 2, 3]]
    assert all(each.is_complete for each in walks(builder))


def test_walks_with_other_filters_may_be_interleaved() -> None:
    builder = trace()
    for page, content in ((1, FULL), (2, SHORT)):
        for cohort in (2024, 2025):
            builder.get(f"/api/v3/schools?filter[cohort]={cohort}&page[page]={page}", records=content)

    assert [(each.is_complete, each.changed) for each in walks(builder)] == [(True, [])] * 2


def test_probe_with_small_pages_does_not_disturb_a_walk() -> None:
    builder = trace().get(f"{PATH}?page[page]=1", records=FULL)
    builder.get(f"{PATH}?page[per_page]=1", records=records([1])).get(f"{PATH}?page[page]=2", records=SHORT)

    assert [(sorted(each.numbers), each.is_complete, each.changed) for each in walks(builder)] == [
        ([1, 2], True, []),
        ([1], False, []),
    ]


def test_page_with_other_filters_continues_the_open_walk() -> None:
    since = f"{PATH}?filter[updated_since]=2026-09-01T00:00:00Z"
    builder = trace().get(since, records=FULL).get(f"{PATH}?page[page]=2", records=SHORT)

    (walk,) = walks(builder)
    assert [each.target for each in walk.changed] == [f"{PATH}?page[page]=2"]


def test_page_with_the_filters_of_an_earlier_walk_continues_the_open_walk() -> None:
    since = f"{PATH}?filter[updated_since]=2026-09-01T00:00:00Z"
    builder = trace().walk(PATH, [FULL, SHORT]).get(since, records=FULL).get(f"{PATH}?page[page]=2", records=SHORT)

    full, poll = walks(builder)
    assert full.is_complete
    assert [each.id for each in poll.changed] == ["e-000004"]


def test_page_that_is_read_again_stays_in_its_walk() -> None:
    builder = trace().walk(PATH, [FULL, SHORT]).get(f"{PATH}?page[page]=2", records=SHORT)

    assert numbers(builder) == [[1, 2]]


def test_retry_of_the_first_page_is_of_the_same_walk() -> None:
    builder = trace().get(PATH, status=500).get(PATH, records=SHORT).get(PATH, records=SHORT)

    assert [len(each.requests) for each in walks(builder)] == [2, 1]


def test_walk_begun_again_from_page_one_is_another_walk() -> None:
    builder = trace().get(PATH, records=FULL).get(f"{PATH}?page[page]=2", status=500).walk(PATH, [FULL, SHORT])

    assert [each.is_complete for each in walks(builder)] == [False, True]


def test_retried_last_page_before_the_next_walk_stays_in_its_walk() -> None:
    builder = trace(gap=0.01).get(PATH, records=FULL).get(f"{PATH}?page[page]=2", status=500)
    builder.get(f"{PATH}?page[page]=2", records=SHORT).walk(PATH, [FULL, SHORT])

    assert [each.is_complete for each in walks(builder)] == [True, True]


def test_empty_page_after_the_last_one_is_of_its_walk_though_a_probe_with_another_size_is_open() -> None:
    builder = trace().get(f"{PATH}?page[per_page]=1", records=records([1]))
    builder.get(f"{PATH}?page[page]=1&page[per_page]=500", records=FULL)
    builder.get(f"{PATH}?page[page]=2&page[per_page]=500", records=[])

    assert numbers(builder) == [[1], [1, 2]]
    assert not any(each.changed for each in walks(builder))
