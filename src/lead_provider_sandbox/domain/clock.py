"""Instants and the clock.

An instant is kept as text of one fixed form, `2021-05-31T02:22:32.123456Z`: always UTC, always microseconds. Such
texts sort as the instants do in any database, and what the API shows, whole seconds (behaviour
HDR-TIMESTAMP-FORMAT), is a slice of them.
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
"""The forms of a date-time that the service takes (behaviours DECL-DATE-FORMS-ACCEPTED, FILT-UPDATED-SINCE-OFFSET)."""


def instant(moment: datetime) -> Instant:
    """The stored form of an aware date-time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def read_instant(text: str) -> Instant | None:
    """The instant that an RFC 3339 text names, or None when it names none; no zone means UTC."""
    match = RFC_3339.fullmatch(text)
    if match is None:
        return None
    zone = (match["zone"] or "Z").upper()
    if zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{zone}")
        return instant(moment)
    except (ValueError, OverflowError):
        return None


def as_datetime(moment: Instant) -> datetime:
    """The aware date-time of an instant."""
    return datetime.fromisoformat(moment)


def shown(moment: Instant | None) -> str | None:
    """An instant as the API shows it: UTC, whole seconds, Z."""
    return None if moment is None else moment[:19] + "Z"


def just_after(moment: Instant) -> Instant:
    """The next instant that can be told apart in the store."""
    return instant(as_datetime(moment) + timedelta(microseconds=1))


@dataclass(slots=True)
class Clock:
    """The server's clock: the machine's, unless it has been set, in which case it stands still."""

    set_to: Instant | None = None

    def now(self) -> Instant:
        """The present instant."""
        return self.set_to or instant(datetime.now(UTC))
