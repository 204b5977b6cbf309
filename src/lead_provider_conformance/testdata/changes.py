"""Compare the `updated_at` of a record before and after a change. No clock is compared with the times of a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lead_provider_conformance.api.operations import format_time

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LastChange:
    """When a record last changed, before a test changes it.

    It is `settled` if the record was listed with that time when the run began. The time of one that the run itself has
    made or changed may be the same after the next change: times are whole seconds.
    """

    at: datetime
    settled: bool

    def assert_moved_to(self, updated_at: datetime) -> None:
        """Check that a change has moved the time."""
        moved = updated_at > self.at if self.settled else updated_at >= self.at
        assert moved, f"updated_at is {format_time(updated_at)} after the change; it was {format_time(self.at)} before."


def just_before(updated_at: datetime) -> tuple[str, str]:
    """Return the filter for records that have changed since the second before this one."""
    return "filter[updated_since]", format_time(updated_at - SECOND)
