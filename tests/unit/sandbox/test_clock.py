"""Instants: parsing, the stored form and the shown form."""

from __future__ import annotations

import pytest

from lead_provider_sandbox.domain.clock import Clock, format_instant, just_after, parse_instant


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2021-11-01T00:00:00Z", "2021-11-01T00:00:00.000000Z"),
        ("2021-11-01T00:00:00z", "2021-11-01T00:00:00.000000Z"),
        ("2021-11-01T00:00:00", "2021-11-01T00:00:00.000000Z"),
        ("2021-11-01T00:00:00.1234567+00:00", "2021-11-01T00:00:00.123456Z"),
        ("2021-11-01T00:30:00+01:00", "2021-10-31T23:30:00.000000Z"),
        ("2021-11-01T00:30:00+0100", "2021-10-31T23:30:00.000000Z"),
        ("2021-11-01T00:30:00-01", "2021-11-01T01:30:00.000000Z"),
    ],
)
def test_parse_instant_accepts_rfc_3339(written: str, stored: str) -> None:
    assert parse_instant(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2021-11-01",
        "2021-11-01 00:00:00",
        "2021-11-01T00:00Z",
        "01-11-2021T00:00:00Z",
        "2021-13-01T00:00:00Z",
        "2021-02-30T00:00:00Z",
        "2021-11-01T29:00:00Z",
        "2021-11-01T00:00:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢١-11-01T00:00:00Z",
        "tomorrow",
    ],
)
def test_parse_instant_rejects_other_texts(written: str) -> None:
    assert parse_instant(written) is None


def test_format_instant_shows_whole_seconds() -> None:
    assert format_instant("2021-11-01T00:00:00.999999Z") == "2021-11-01T00:00:00Z"
    assert format_instant(None) is None


def test_just_after_sorts_after_its_instant() -> None:
    assert just_after("2021-12-31T23:59:59.999999Z") == "2022-01-01T00:00:00.000000Z"


def test_set_clock_stands_still() -> None:
    clock = Clock("2024-12-01T00:00:00.000000Z")

    assert clock.now() == clock.now() == "2024-12-01T00:00:00.000000Z"


def test_unset_clock_advances() -> None:
    assert "2025" < Clock().now() < "2999"
