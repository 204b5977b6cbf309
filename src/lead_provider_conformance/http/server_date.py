"""The server's clock for the requests of one test, set with a request header of the target."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

NOON = time(12, tzinfo=UTC)


@dataclass(eq=False)
class ServerDate:
    """The time of the server for the requests of one test. It is the server's own until the test travels to a day.

    `header` is the target's request header for the time; None if it has none.
    """

    header: str | None = None
    _ahead: timedelta | None = None

    def travel_to(self, day: date) -> None:
        """Let the requests from now on begin at noon of a day. The clock then runs on."""
        self._ahead = datetime.combine(day, NOON) - datetime.now(UTC)

    @property
    def now(self) -> datetime | None:
        """The time to send; None before the test travels."""
        return None if self._ahead is None else datetime.now(UTC) + self._ahead

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Leave the server its own time until the block ends."""
        ahead, self._ahead = self._ahead, None
        try:
            yield
        finally:
            self._ahead = ahead

    @property
    def headers(self) -> Mapping[str, str]:
        """The header of a request."""
        if self.header is None or self.now is None:
            return {}
        return {self.header: self.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
