"""Rules about the number of requests and their times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import (
    Result,
    delivered,
    failed,
    not_met,
    not_outlived,
    passed,
    rule,
    unmet,
)
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, cues_from
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import DEFAULT_SIZE, Walk
from lead_provider_conformance.readiness.watermarks import TOLERANCE

LIMIT, WINDOW = 1000, 300.0
RUNS_BY_ITSELF = "self"
"""The drive of a client that chooses its times."""
_FEW_IN_FLIGHT, _SHORTEST_MEDIAN = 4, 0.05
_ROUND_APART = 600.0
"""Polls of several lists within so many seconds are one round."""
_STARTED_BY_SUITE = 30.0
"""A poll so soon after the start of a cue is one that the suite caused."""
_FEWEST_ROUNDS = 4
_MOST_IN_OUTAGE, _MOST_PER_MINUTE = 20, 60.0
_MOST_FOR_ONE_LIST = 5
"""A system with many lists may try each of them, with the usual repetitions, before it gives up."""


@rule("rate/limit")
def limit(trace: Trace) -> Iterator[Result]:
    """At most 1,000 requests with the token in any five minutes, on the machine's clock; refused requests count.

    The suite gives the cues of days within minutes. A client that does not run by itself is judged in each cue alone.
    """
    requests = [each for each in trace.exchanges if "$TOKEN" in each.headers.get("authorization", "")]
    for together in _by_cue(trace, requests):
        oldest = 0
        for number, each in enumerate(together):
            while together[oldest].start <= each.start - WINDOW:
                oldest += 1
            if number - oldest >= LIMIT:
                within = _within(together, oldest)
                yield failed(
                    f"{within} requests came within five minutes; at most {LIMIT:,} are allowed with one token. "
                    f"{each.method} {each.path} is the first over the limit.",
                    together[oldest],
                    each,
                )
                return
    if requests:
        yield passed(requests[-1])


def _by_cue(trace: Trace, requests: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """Yield the requests that came at the pace of the client: those of each cue, or all if it runs by itself."""
    if trace.drive == RUNS_BY_ITSELF:
        yield requests
        return
    starts = [cue.start for cue in trace.cues]
    for _, each in groupby(requests, key=lambda request: bisect_right(starts, request.start)):
        yield list(each)


def _within(requests: Sequence[Exchange], first: int) -> int:
    """Return the number of requests within five minutes from one on."""
    return sum(each.start < requests[first].start + WINDOW for each in requests[first:])


@rule("rate/spread")
def spread(trace: Trace) -> Iterator[Result]:
    """The requests are spaced, or few at a time. Bursts are reported, and are no failure."""
    gaps = [later.start - each.start for each, later in zip(trace.exchanges, trace.exchanges[1:], strict=False)]
    if not gaps:
        return
    if trace.largest_in_flight <= _FEW_IN_FLIGHT or median(gaps) >= _SHORTEST_MEDIAN:
        yield passed(trace.exchanges[-1])
    else:
        yield not_met(
            f"the requests came in bursts, up to {trace.largest_in_flight} at a time, with a median gap of "
            f"{1000 * median(gaps):.0f} ms.",
            "Consider a small delay, such as 100 ms, between two requests.",
        )


@rule("rate/large-pages-for-full-sync")
def large_pages(trace: Trace) -> Iterator[Result]:
    """A full walk may have larger pages. Both are allowed, so this rule never fails."""
    full = [each for each in trace.walks if each.is_full and not each.is_poll and each.is_complete]
    larger = [each for each in full if each.size > DEFAULT_SIZE]
    for each in (larger or full)[:1]:
        yield passed(*each.requests)


@rule("rate/random-minute")
def random_minute(trace: Trace) -> Iterator[Result]:
    """The rounds of polls that the client starts itself do not all begin at one minute of the hour."""
    rounds = list(_rounds(trace))
    hours = {int(each.start.server_start // 3600) for each in rounds}
    if len(rounds) < _FEWEST_ROUNDS or len(hours) < _FEWEST_ROUNDS:
        if trace.exchanges:
            yield not_met(
                f"{len(rounds)} rounds of polls began at a time that the client chose; {_FEWEST_ROUNDS} in different "
                "hours are needed.",
                "Let the system poll by its own schedule for some hours.",
            )
        return
    starts = [each.start for each in rounds]
    minutes = {int(each.server_start // 60 % 60) for each in starts}
    if all((each.server_start + 60) % 3600 <= 120 for each in starts):
        yield failed("All rounds of polls began within 60 s of a full hour; expected other minutes.", *starts)
    elif len(minutes) == 1:
        yield failed(f"All rounds of polls began at minute {minutes.pop()} of the hour; expected others.", *starts)
    else:
        yield passed(*starts)


def _rounds(trace: Trace) -> Iterator[Walk]:
    """Yield the first poll of each round that the client started by itself."""
    last = float("-inf")
    for walk in trace.walks:
        if not walk.is_poll:
            continue
        cue = cue_of(trace, walk.start)
        if walk.start.server_start - last > _ROUND_APART:
            if cue is None or walk.start.start - cue.start > _STARTED_BY_SUITE:
                yield walk
            last = walk.start.server_start


@rule("rate/pause-in-maintenance")
def pause_in_maintenance(trace: Trace) -> Iterator[Result]:
    """While the service is down the client sends few requests, and afterwards polls from before the outage."""
    yield from unmet(trace, "outage")
    probes = [exchange for _, exchange in delivered(trace, "outage")]
    if not probes:
        return
    burst = _densest(probes)
    most = max(_MOST_IN_OUTAGE, _MOST_FOR_ONE_LIST * len({each.operation for each in burst}))
    if len(burst) > most:
        yield failed(
            f"The client sent {len(burst)} requests within a minute while the service was down; at most {most} are "
            "expected, retries included.",
            *burst,
        )
        return
    first, last = probes[0], probes[-1]
    if not trace.outlived(last):
        yield not_outlived(last)
        return
    later = [each for each in trace.walks if each.began.start > last.end and each.is_complete]
    caught_up = next((each for each in later if _reaches_back(each, first)), None)
    if caught_up:
        yield passed(*probes, *caught_up.requests)
        return
    yield absent(
        trace,
        "rate/pause-in-maintenance",
        tuple(cues_from(trace, last.end)),
        "After the outage no complete poll asked for changes from before it.",
        "Let the system poll after the service is back.",
        *probes,
        *(each.start for each in later),
    )


def _densest(exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
    """Return the most requests that came within a minute."""
    groups = [
        [later for later in exchanges[number:] if later.start < each.start + _MOST_PER_MINUTE]
        for number, each in enumerate(exchanges)
    ]
    return max(groups, key=len)


def _reaches_back(walk: Walk, exchange: Exchange) -> bool:
    """Return whether a walk reads changes from before an exchange, on the session's clock or the machine's."""
    since = walk.since
    if not walk.is_poll:
        return True
    before = max(exchange.server_start, exchange.start)
    return since is not None and since.timestamp() <= before + TOLERANCE
