"""Reasons for which a client may send a write about a record, though it sent the same or none before."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from lead_provider_conformance.readiness.coverage import content_of
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import DECLARATIONS, place, record_ids
from lead_provider_conformance.readiness.script import EventLine, Task
from lead_provider_conformance.readiness.trace import Trace

_ABOUT_ALL = ("clock-moved", "week-passed", "declaration-state")
"""Events after which any write may be due again."""


def people_of_write(trace: Trace, exchange: Exchange) -> frozenset[str]:
    """Return the ids that a write names, with the participant of a declaration in its path."""
    named = record_ids(exchange)
    kind, record_id, _ = place(exchange)
    if kind == DECLARATIONS and record_id:
        shown = trace.shown.attributes(DECLARATIONS, record_id, exchange.start)
        participant = (shown or {}).get("participant_id")
        named |= frozenset({participant.lower()} if isinstance(participant, str) else ())
    return named


def writes_about(trace: Trace, record_id: str) -> Sequence[Exchange]:
    """Return the writes that name a record, in the order of their start."""
    return _writes_by_id(trace).get(record_id.lower(), ())


@lru_cache(maxsize=4)
def _writes_by_id(trace: Trace) -> Mapping[str, Sequence[Exchange]]:
    found: dict[str, list[Exchange]] = defaultdict(list)
    for write in trace.writes():
        for record_id in people_of_write(trace, write):
            found[record_id].append(write)
    return found


def ids_of_event(event: EventLine) -> frozenset[str]:
    """Return the ids of records among the facts of an event, in lower case."""
    values: list[Any] = []
    for value in event.facts.values():
        values += value if isinstance(value, list | tuple) else [value]
    return frozenset(each.lower() for each in values if isinstance(each, str))


def ids_of_task(task: Task) -> frozenset[str]:
    """Return the ids of the records that a task is about, in lower case."""
    return frozenset(each.lower() for each in (task.participant_id, task.application_id) if each)


def _between(exchanges: Sequence[Exchange], after: float, before: float) -> Iterator[Exchange]:
    """Yield those that started after a time and before another one; they are in the order of their starts."""
    for each in islice(exchanges, bisect_right(exchanges, after, key=lambda each: each.start), None):
        if each.start >= before:
            return
        yield each


def has_reason_between(trace: Trace, first: Exchange, second: Exchange) -> bool:
    """Return whether the same write may be due again: something about its records happened in between.

    That is another accepted write, an event, a task, or a move of the clock.
    """
    ids = people_of_write(trace, first)
    return (
        any(
            each.succeeded and content_of(each) != content_of(first)
            for record_id in ids
            for each in _between(writes_about(trace, record_id), first.end, second.start)
        )
        or any(
            first.start < each.at < second.start and (each.name in _ABOUT_ALL or ids_of_event(each) & ids)
            for each in trace.events
        )
        or any(first.end < cue.start <= second.start and ids_of_task(task) & ids for cue, task in trace.tasks)
    )
