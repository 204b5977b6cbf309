"""Watermarks: from which instant a poll asks for changes, compared with the walks before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lead_provider_conformance.readiness.days import instant
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import SINCE, Walk

TOLERANCE = 1.0
"""Seconds below one are not judged."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A time in which the session's clock differs from the one that the client can know otherwise.

    `start` and `end` are on the machine's clock; `seconds` is how far the session's clock is ahead by it.
    """

    start: float
    end: float
    seconds: float

    def includes(self, walk: Walk) -> bool:
        """Return whether a walk began in this time."""
        return self.start <= walk.began.start < self.end


@lru_cache(maxsize=4)
def apart_times(trace: Trace) -> tuple[Apart, ...]:
    """Return the times between each `clock-apart` and the next move of the clock."""
    moves = trace.events_named("clock-apart", "clock-moved")
    times = []
    for number, each in enumerate(moves):
        seconds = float(each.facts.get("seconds") or 0)
        if each.name == "clock-apart" and seconds:
            end = moves[number + 1].at if number + 1 < len(moves) else float("inf")
            times.append(Apart(each.at, end, seconds))
    return tuple(times)


def scope_of(walk: Walk) -> frozenset[tuple[str, str]]:
    """Return the filters of a walk that select records, without `updated_since`."""
    return frozenset((key, value) for key, value in walk.filters.items() if key.startswith("filter[") and key != SINCE)


def completed_before(trace: Trace, walk: Walk) -> Sequence[Walk]:
    """Return the complete walks that ended before a walk began and read at least the records that it is for."""
    scope = scope_of(walk)
    return [
        each for each in _complete(trace).get(walk.path, ()) if each.end <= walk.start.start and scope_of(each) <= scope
    ]


@lru_cache(maxsize=4)
def _complete(trace: Trace) -> dict[str, list[Walk]]:
    found: dict[str, list[Walk]] = {}
    for each in trace.walks:
        if each.is_complete:
            found.setdefault(each.path, []).append(each)
    return found


@lru_cache(maxsize=100_000)
def latest_since(trace: Trace, previous: Walk, *, by_server: bool = False) -> float:
    """Return the latest instant from which a poll may ask after a complete walk, in seconds of the session's clock.

    It is the start of that walk, or the latest `updated_at` that the walk showed. A client that takes the start from a
    clock of its own is given the benefit of that clock, unless `by_server`.
    """
    start = previous.began
    instants = [start.server_start, *_updated(previous)]
    if not by_server:
        apart = next((each.seconds for each in apart_times(trace) if each.includes(previous)), 0.0)
        instants += [start.start, start.server_start - apart]
    return max(instants)


def _updated(walk: Walk) -> list[float]:
    """Return every `updated_at` on the pages of a walk, in seconds since the epoch, without those in the future."""
    texts = [
        attributes.get("updated_at")
        for page in walk.pages.values()
        for record in page.records
        if isinstance(attributes := record.get("attributes"), dict)
    ]
    now = walk.end + walk.began.offset
    moments = (moment.timestamp() for text in texts if (moment := instant(text)) is not None)
    return [each for each in moments if each <= now]


def gap(trace: Trace, walk: Walk) -> float | None:
    """Return the seconds between the last complete walk and the instant from which a poll asks.

    It is not positive if there is no gap, and None if there is no complete walk before, or no readable instant.
    """
    since = walk.since
    before = completed_before(trace, walk)
    if since is None or not before:
        return None
    return since.timestamp() - max(latest_since(trace, each) for each in before)
