"""Whether `updated_at` has moved is decided by the record's own times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lead_provider_conformance.testdata.changes import LastChange, assert_dated, just_before

THEN = datetime(2024, 11, 30, 12, tzinfo=UTC)
LATER = THEN + timedelta(seconds=1)
EARLIER = THEN - timedelta(seconds=1)


def test_time_that_moves_forward_passes() -> None:
    LastChange(THEN, settled=True).assert_moved_to(LATER)
    LastChange(THEN, settled=False).assert_moved_to(LATER)


def test_time_that_stands_still_passes_only_if_it_may_be_of_the_same_second() -> None:
    LastChange(THEN, settled=False).assert_moved_to(THEN)
    with pytest.raises(AssertionError, match="is 2024-11-30T12:00:00Z after the change; it was 2024-11-30T12:00:00Z"):
        LastChange(THEN, settled=True).assert_moved_to(THEN)


@pytest.mark.parametrize("settled", [True, False])
def test_time_that_moves_back_fails(*, settled: bool) -> None:
    with pytest.raises(AssertionError, match="updated_at is 2024-11-30T11:59:59Z after the change"):
        LastChange(THEN, settled=settled).assert_moved_to(EARLIER)


def test_filter_before_a_change_is_a_second_earlier() -> None:
    assert just_before(THEN) == ("filter[updated_since]", "2024-11-30T11:59:59Z")


@pytest.mark.parametrize("written", ["2024-11-30T12:00:00Z", "2024-11-30", "2024-11-30T00:00:00Z", THEN])
def test_date_of_an_event_is_the_day_of_the_change(written: object) -> None:
    assert_dated(written, THEN)


@pytest.mark.parametrize("written", ["2024-11-29T12:00:00Z", "2024-12-01", None, "", 20241130])
def test_date_of_an_event_on_another_day_fails(written: object) -> None:
    with pytest.raises(AssertionError, match="expected the day of the change, 2024-11-30"):
        assert_dated(written, THEN)


def test_date_of_an_event_at_midnight_may_be_of_either_day() -> None:
    midnight = datetime(2024, 7, 1, tzinfo=UTC)
    for day in ("2024-06-30", "2024-07-01"):
        assert_dated(day, midnight)


def test_date_of_an_event_may_be_the_day_in_london() -> None:
    assert_dated("2024-07-02", datetime(2024, 7, 1, 23, 30, tzinfo=UTC))


def test_date_of_an_event_late_on_a_day_in_winter_is_that_day() -> None:
    late = datetime(2024, 11, 30, 23, 30, tzinfo=UTC)
    assert_dated("2024-11-30", late)
    with pytest.raises(AssertionError, match="expected the day of the change, 2024-11-30"):
        assert_dated("2024-12-01", late)


def test_date_of_an_event_may_be_the_day_of_the_response() -> None:
    assert_dated("2024-12-24", THEN, datetime(2024, 12, 24, 9, tzinfo=UTC))
