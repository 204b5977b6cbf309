"""The wait for a server that throttles."""

from __future__ import annotations

import pytest

from lead_provider_conformance.http.rate_limit import retry_after_seconds


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), (" 120 ", 120), ("0", 1), (None, 30), ("", 30), ("soon", 30), ("-5", 30), ("1.5", 30)],
)
def test_retry_after_header_is_parsed_within_limits(retry_after: str | None, seconds: float) -> None:
    assert retry_after_seconds(retry_after) == seconds
