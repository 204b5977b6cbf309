"""Let the requests of a test travel to another day, if the target names a header for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.predicates import SETTLED_AFTER

NAME_THE_HEADER = (
    "If a request header sets the server's clock, name it in the target file, as in `server_date: X-With-Server-Date`."
)


def travel_to_next(server_date: ServerDate, today: date) -> None:
    """Travel a day ahead. Raise CouldNotRun if the target cannot do so."""
    if server_date.header is None:
        raise CouldNotRun("The test needs two days.", NAME_THE_HEADER)
    now = server_date.now or datetime.now(UTC)
    server_date.travel_to(max(now.date(), today) + timedelta(days=1))


def travel_to_opening(server_date: ServerDate, today: date, day: date) -> None:
    """Travel to the opening of a window on `day`, unless it has come. Raise CouldNotRun if the target cannot do so."""
    settled = day + SETTLED_AFTER
    if settled <= today or (server_date.now and settled <= server_date.now.date()):
        return
    if server_date.header is None:
        raise CouldNotRun(f"The test needs a milestone window that opens on {day}.", NAME_THE_HEADER)
    server_date.travel_to(settled)
