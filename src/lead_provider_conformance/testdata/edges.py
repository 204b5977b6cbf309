"""Declarations on the first or the last day of a window, sent again with a usual date if they are refused there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.dates import (
    date_in_sequence,
    declaration_of,
    first_second,
    last_second,
    window_date,
    window_of,
)


@dataclass(frozen=True, slots=True)
class Edges:
    """Declares participants on the first or the last day of a window.

    `refused` are the dates that were refused although the same declaration was accepted with a usual date.
    """

    api: Api
    calendar: Calendar
    refused: list[str] = field(default_factory=list)

    def declare_first(self, participant: Participant, milestone: str, **more: Any) -> Response:
        """Declare a milestone at the beginning of its first day."""
        window = window_of(participant, milestone, self.calendar)
        return self._declare(participant, milestone, first_second(window.start) if window else None, more)

    def declare_last(self, participant: Participant, milestone: str, **more: Any) -> Response:
        """Declare a milestone at the end of its last day, if that is over."""
        window = window_of(participant, milestone, self.calendar)
        now = self.api.client.server_time
        is_over = window is not None and window.end is not None and now is not None and window.end < now.date()
        date = last_second(window.end) if window and window.end and is_over else None
        return self._declare(participant, milestone, date, more)

    def _declare(self, participant: Participant, milestone: str, date: datetime | None, more: Any) -> Response:
        usual = declaration_of(participant, milestone, self.calendar) | more
        # The dates of some cohorts follow each other within the first day.
        in_sequence = date_in_sequence(participant, milestone, self.calendar)
        if date is None or in_sequence != window_date(participant, milestone, self.calendar):
            return self.api.declare(usual)
        at_edge = format_time(date)
        response = self.api.declare(usual | {"declaration_date": at_edge})
        if response.status != 422:
            return response
        again = self.api.declare(usual)
        if again.status == 200:
            self.refused.append(f"{milestone} on {at_edge}")
        return again

    def assert_none_refused(self) -> None:
        """Check that no first or last day was refused."""
        assert not self.refused, f"Refused, and accepted on another day of the milestone: {', '.join(self.refused)}."
