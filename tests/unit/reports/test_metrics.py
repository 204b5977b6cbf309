"""Status coverage and latency by operation."""

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.reports.metrics import NO_OPERATION, coverage, latencies, percentile


def exchanges(*responses: tuple[str | None, int | None, float]) -> list[dict[str, object]]:
    run = Run()
    for operation, status, seconds in responses:
        run.exchanged("GET", "/", status, operation=operation, seconds=seconds)
    return list(run.record().exchanges.values())


def test_coverage_counts_statuses_by_operation() -> None:
    (v3,) = coverage(exchanges(("show", 200, 0), ("show", 200, 0), ("show", 404, 0), ("list", None, 0)), {})

    assert v3.version == "v3"
    assert v3.statuses == (200, 404, None)
    assert dict(v3.operations) == {"list": {None: 1}, "show": {200: 2, 404: 1}}


def test_coverage_includes_documented_statuses_that_were_not_seen() -> None:
    (v3,) = coverage(exchanges(("show", 200, 0), ("show", 418, 0)), {"v3": {"show": (200, 404), "void": (200,)}})

    assert v3.statuses == (200, 404, 418)
    assert [operation for operation, _ in v3.operations] == ["show", "void"]
    assert v3.is_documented("show", 404)
    assert not v3.is_documented("show", 418)


def test_coverage_counts_requests_outside_the_contract() -> None:
    (v3,) = coverage(exchanges((None, 404, 0)), {})

    assert dict(v3.operations) == {NO_OPERATION: {404: 1}}


def test_latencies_ignore_missing_responses_and_list_slowest_first() -> None:
    slow, fast = latencies(
        exchanges(("fast", 200, 0.001), ("slow", 200, 0.2), ("slow", 500, 0.4), ("fast", None, 30), (None, 200, 9))
    )

    assert (slow.operation, slow.exchanges, slow.median, slow.p95, slow.slowest) == ("slow", 2, 0.2, 0.4, 0.4)
    assert (fast.operation, fast.slowest) == ("fast", 0.001)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0, 1), (1, 100)])
def test_percentile_is_an_observed_value(share: float, value: float) -> None:
    assert percentile(range(1, 101), share) == value
