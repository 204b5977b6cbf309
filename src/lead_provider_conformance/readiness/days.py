"""Days and instants in the texts of requests and records."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def instant(text: object) -> datetime | None:
    """Return the instant of a date or a date-time, aware; None if it is neither. Without a zone it is UTC."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def days(text: object) -> frozenset[date]:
    """Return the days that a text can mean: as written, in UTC, and in British Summer Time. Empty if it has none.

    A rule about days fails only if it is broken on each of them: sources do not say which zone counts.
    """
    moment = instant(text)
    if moment is None:
        return frozenset()
    return days_of(moment) | {moment.date()}


def days_of(moment: datetime) -> frozenset[date]:
    """Return the days of an instant in UTC and in British Summer Time."""
    moment = moment.astimezone(UTC)
    return frozenset({moment.date(), (moment + timedelta(hours=1)).date()})


def all_before(text: object, day: date) -> bool:
    """Return whether each day that the text can mean is before `day`; False if it has none."""
    found = days(text)
    return bool(found) and max(found) < day


def all_after(text: object, day: date) -> bool:
    """Return whether each day that the text can mean is after `day`; False if it has none."""
    found = days(text)
    return bool(found) and min(found) > day


def is_later(one: object, other: object) -> bool:
    """Return whether each day that `one` can mean is after each day that `other` can mean."""
    mine, its = days(one), days(other)
    return bool(mine and its) and min(mine) > max(its)


def same_day(one: object, other: object) -> bool:
    """Return whether two texts can mean the same day."""
    return bool(days(one) & days(other))
