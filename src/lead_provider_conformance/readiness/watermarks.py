"""Watermarks: compare the `updated_since` of each poll with the walks before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from lead_provider_conformance.readiness.days import instant
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import Walk

COHORT = "filter[cohort]"
Scope = frozenset[tuple[str, str]]
"""The filters that select the records of a walk."""
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


@dataclass(frozen=True, slots=True)
class _Completed:
    """The complete walks of one list with one set of filters, in the order of their ends.

    `ends` are their ends, and `limits` the largest `latest_since` of each walk and those before it.
    """

    walks: list[Walk]
    ends: list[float]
    limits: list[float]


@lru_cache(maxsize=4)
def _completed(trace: Trace) -> Mapping[str, Mapping[Scope, _Completed]]:
    walks: dict[str, dict[Scope, list[Walk]]] = defaultdict(lambda: defaultdict(list))
    for each in trace.walks:
        if each.is_complete:
            walks[each.path][each.selection].append(each)
    found: dict[str, dict[Scope, _Completed]] = defaultdict(dict)
    for path, scopes in walks.items():
        for scope, of_scope in scopes.items():
            ordered = sorted(of_scope, key=lambda each: each.end)
            limits = list(accumulate((latest_since(trace, each) for each in ordered), max))
            found[path][scope] = _Completed(ordered, [each.end for each in ordered], limits)
    return found


LATEST = 5
"""The walks before a poll that it is compared with; older ones began earlier."""


def completed_before(trace: Trace, walk: Walk) -> Sequence[Walk]:
    """Return the latest complete walks that ended before a walk began and read at least the records that it is for.

    They are in the order of their starts.
    """
    found: list[Walk] = []
    for scope, completed in _completed(trace).get(walk.path, {}).items():
        if scope <= walk.selection:
            count = bisect_right(completed.ends, walk.start.start)
            found += completed.walks[max(0, count - LATEST) : count]
    return sorted(found, key=lambda each: each.began.start)[-LATEST:]


def walk_before(trace: Trace, walk: Walk) -> Walk | None:
    """Return the walk through the same records that began last before another one."""
    walks = _by_selection(trace)[walk.path, walk.selection]
    place = bisect_left(walks, walk.start.start, key=lambda each: each.start.start)
    return walks[place - 1] if place else None


@lru_cache(maxsize=4)
def _by_selection(trace: Trace) -> dict[tuple[str, Scope], list[Walk]]:
    """Return the walks by path and selection, in the order of their starts."""
    found: dict[tuple[str, Scope], list[Walk]] = defaultdict(list)
    for each in trace.walks:
        found[each.path, each.selection].append(each)
    for walks in found.values():
        walks.sort(key=lambda each: each.start.start)
    return found


def latest_since(trace: Trace, previous: Walk) -> float:
    """Return the latest safe `updated_since` after a complete walk, in seconds of the session's clock.

    It is the start of that walk, or the latest `updated_at` that the walk showed. A client that takes the start from a
    clock of its own is given the benefit of that clock.
    """
    apart = next((each.seconds for each in apart_times(trace) if each.includes(previous)), 0.0)
    began = previous.began
    return max(began.start, began.server_start - apart, latest_by_server(previous))


def latest_by_server(previous: Walk) -> float:
    """Return the latest safe `updated_since` after a complete walk, by the server's clock only."""
    shown = instant(max(previous.updated, default=""))
    return max(previous.began.server_start, shown.timestamp() if shown else 0.0)


def gap(trace: Trace, walk: Walk) -> float | None:
    """Return the seconds between the last complete walk and the `updated_since` of a poll.

    It is not positive if there is no gap, and None if there is no complete walk before, or no readable instant.
    """
    since = walk.since
    if since is None:
        return None
    limits, of_cohorts = [], []
    for scope, completed in _completed(trace).get(walk.path, {}).items():
        count = bisect_right(completed.ends, walk.start.start)
        if count and scope <= walk.selection:
            limits.append(completed.limits[count - 1])
        elif count and {name for name, _ in scope - walk.selection} == {COHORT}:
            of_cohorts.append(completed.limits[count - 1])
    if of_cohorts:
        # Walks through one cohort after the other are one through all, which is as old as the oldest.
        limits.append(min(of_cohorts))
    return since.timestamp() - max(limits) if limits else None
