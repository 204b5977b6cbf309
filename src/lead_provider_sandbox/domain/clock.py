"""Instants and the clock.

An instant is text of one fixed form, `2021-05-31T02:22:32.123456Z`: always UTC, always microseconds. Such texts sort
in time order in any database. The API shows whole seconds (behaviour HDR-TIMESTAMP-FORMAT).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Instant = str

RFC_3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})T(?P<time>\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
"""Date-times that the service accepts (behaviours DECL-DATE-FORMS-ACCEPTED, FILT-UPDATED-SINCE-OFFSET)."""


def to_instant(moment: datetime) -> Instant:
    """Return the stored form of an aware date-time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def to_datetime(moment: Instant) -> datetime:
    """Return an instant as an aware date-time."""
    return datetime.fromisoformat(moment)


def parse_instant(text: str) -> Instant | None:
    """Return the instant of an RFC 3339 text, or None if it is not one; no zone means UTC."""
    match = RFC_3339.fullmatch(text)
    if match is None:
        return None
    zone = (match["zone"] or "Z").upper()
    if zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    try:
        return to_instant(datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{zone}"))
    except (ValueError, OverflowError):
        return None


def format_instant(moment: Instant | None) -> str | None:
    """Return an instant as the API shows it: UTC, whole seconds, Z."""
    return None if moment is None else moment[:19] + "Z"


def just_after(moment: Instant) -> Instant:
    """Return the next instant that the store can distinguish."""
    return to_instant(to_datetime(moment) + timedelta(microseconds=1))


@dataclass(slots=True)
class Clock:
    """The server's clock: the machine's clock plus `offset` seconds, or a fixed instant once `set_to` is given."""

    set_to: Instant | None = None
    offset: float = 0.0

    def now(self) -> Instant:
        """Return the current instant."""
        return self.set_to or to_instant(datetime.now(UTC) + timedelta(seconds=self.offset))
