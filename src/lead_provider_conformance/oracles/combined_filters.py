"""Choose several filters and their values, so that each leaves out records that the others include."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

from lead_provider_conformance.api.records import time_of
from lead_provider_conformance.http import Resource
from lead_provider_conformance.oracles.filters import FilterCase, field_values, time_filter, value_filter

Values = tuple[str | None, ...]
"""The values of the filtered fields of a record; None for one that is null, missing or different in its enrolments."""
TIME = "updated_since"
SECOND = timedelta(seconds=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CANDIDATES = 50
"""Rate the combinations of values that most records have: a field such as participant_id has as many as records."""


def decisive_cases(records: Sequence[Resource], filters: Collection[str]) -> list[FilterCase]:
    """Return filters for the values of a record: if possible, a server that ignores one lists too many records."""
    names = sorted({*filters} - {TIME})
    choices = [
        _Choice.of(records, chosen, with_time=TIME in filters)
        for count in range(len(names) + 1)
        for chosen in combinations(names, count)
        if chosen or TIME in filters
    ]
    return max(choices, key=lambda each: each.rating).cases


def contradictory_cases(records: Sequence[Resource], filters: Collection[str], name: str) -> list[FilterCase]:
    """Return filters that no record matches together: `name` by the value of one record, another by that of others.

    A server that ignores either of them lists records. Return none if no two filters exclude each other.
    """
    for value in sorted(_shown(records, name))[:CANDIDATES]:
        own = [each for each in records if value in field_values(each, name)]
        others = [each for each in records if value not in field_values(each, name)]
        for field in sorted({*filters} - {TIME, name}):
            apart = _shown(others, field) - _shown(own, field)
            if apart:
                since = [time_filter(_EARLIEST)] if TIME in filters else []
                return [value_filter(name, value), value_filter(field, max(apart)), *since]
        since_then = max(map(_changed_at, own)) + 2 * SECOND
        if TIME in filters and any(_changed_at(each) > since_then for each in others):
            return [value_filter(name, value), time_filter(since_then)]
    return []


def _shown(records: Iterable[Resource], field: str) -> set[str]:
    return {value for each in records for value in field_values(each, field)} - {"None", ""}


def _changed_at(record: Resource) -> datetime:
    return time_of(record["attributes"], "updated_at")


@dataclass(frozen=True, slots=True)
class _Choice:
    """Filters for the values of some records, and how well each of them can be seen."""

    cases: list[FilterCase]
    rating: tuple[bool, int, int, datetime]
    """Several filters first; then the number of those that leave out a record, less that of the others; then the
    number of records, and the latest change."""

    @classmethod
    def of(cls, records: Sequence[Resource], names: Sequence[str], *, with_time: bool) -> _Choice:
        """Return the best values for the filters of these names."""
        times: dict[Values, list[datetime]] = defaultdict(list)
        for each in records:
            values = tuple(_only(field_values(each, name)) for name in names)
            times[values].append(time_of(each["attributes"], "updated_at"))
        by_size = sorted(times, key=lambda each: len(times[each]), reverse=True)
        found = [cls._of_values(names, values, times, with_time=with_time) for values in by_size[:CANDIDATES]]
        return max(found, key=lambda each: each.rating)

    @classmethod
    def _of_values(
        cls, names: Sequence[str], values: Values, times: Mapping[Values, list[datetime]], *, with_time: bool
    ) -> _Choice:
        since = sorted(times[values])[len(times[values]) // 2] - SECOND if with_time else None
        cases = [value_filter(name, value) for name, value in zip(names, values, strict=True) if value is not None]
        decisive = sum(_leaves_out(values, place, times, since) for place, _ in enumerate(values))
        if since is not None:
            cases.append(time_filter(since))
            decisive += min(times[values]) < since - SECOND
        return cls(cases, (len(cases) > 1, 2 * decisive - len(cases), len(times[values]), max(times[values])))


def _only(values: Collection[str]) -> str | None:
    value = next(iter(values)) if len(values) == 1 else None
    return None if value in ("None", "") else value


def _leaves_out(values: Values, place: int, times: Mapping[Values, list[datetime]], since: datetime | None) -> bool:
    """Return whether a record matches all filters but that at a place."""
    return values[place] is not None and any(
        other[place] not in (None, values[place]) and (since is None or max(times[other]) > since)
        for other in _alike_but_for(values, place, times)
    )


def _alike_but_for(values: Values, place: int, known: Collection[Values]) -> Iterator[Values]:
    for other in known:
        pairs = enumerate(zip(values, other, strict=True))
        if all(number == place or wanted in (None, found) for number, (wanted, found) in pairs):
            yield other
