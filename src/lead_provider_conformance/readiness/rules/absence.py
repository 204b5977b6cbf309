"""Decide on a request that the client should have sent and did not: failed, or blocked by another cause."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import Result, not_met
from lead_provider_conformance.readiness.script import CueLine
from lead_provider_conformance.readiness.trace import Trace

SITUATION_OBLIGATIONS = {
    "server-error-on-page": "errors/5xx-retried",
    "changed-while-reading": "paging/survives-change",
    "record-on-two-pages": "paging/duplicates-tolerated",
    "poll-fails": "errors/5xx-retried",
    "outage": "errors/5xx-retried",
    "unknown-member": "read/tolerates-new-members",
    "unknown-value": "read/tolerates-new-values",
    "html-error": "errors/not-json",
    "cut-response": "errors/5xx-retried",
    "held-response": "errors/timeout",
    "throttled": "rate/429-backs-off",
    "throttled-without-header": "rate/429-without-header",
    "token-refused": "access/stop-on-401",
    "lost-declaration": "declare/retry-exact-copy",
    "lost-declaration-copy-refused": "declare/duplicate-422-read",
    "declaration-error": "errors/5xx-retried",
    "declaration-refused": "errors/goes-on",
    "two-members-refused": "errors/goes-on",
    "lost-void": "void/exact-retry",
    "rival-accepts": "npq/accept-lost-race",
    "lost-accept": "npq/accept-retry",
    "merged-while-writing": "errors/404",
}
"""The obligation that decides whether a client survives a situation."""
_STATUS_OBLIGATIONS = {
    400: "errors/goes-on",
    401: "access/stop-on-401",
    403: "access/stop-on-401",
    404: "errors/404",
    422: "errors/goes-on",
    429: "rate/429-backs-off",
}
"""The same for responses that the client caused. Every other failure is for `errors/5xx-retried`."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the client could not be expected to send more in a cue. `obligation` is the one that covers the cause."""

    reason: str
    obligation: str | None = None
    exchange: Exchange | None = None


def absent(
    trace: Trace,
    obligation: str,
    cues: Sequence[CueLine],
    reason: str,
    remedy: str,
    *exchanges: Exchange,
    group: str | None = None,
    cause: Cause | None = None,
) -> Result:
    """Return the result for a request that the client did not send in any of the cues.

    It is a failure if the client was free to send it in at least one cue: the act has ended, the client sent
    requests in the cue, and did not stop at a response that another obligation covers. Otherwise it could not run.
    `reason` is the sentence of a failure; `remedy` is for the other case. `exchanges` led to the expectation.
    """
    found: Obstacle | None = None
    for cue in cues:
        obstacle = obstacle_in(trace, cue)
        if obstacle is None or obstacle.obligation == obligation:
            ids = tuple(each.id for each in exchanges)
            return Result(Outcome.FAILED, reason, ids, group=group, cause=cause)
        found = found or obstacle
    if found is None:
        return not_met("the session ended before the client was given the time for it.", remedy, *exchanges)
    shown = (*exchanges, found.exchange) if found.exchange else exchanges
    return not_met(found.reason, remedy, *shown, blocked_by=found.obligation)


def obstacle_in(trace: Trace, cue: CueLine) -> Obstacle | None:
    """Return why the client could not be expected to send more in a cue; None if it was free to.

    An act that was cut short decides nothing: its later cues give the client the time for the request.
    """
    if not trace.has_ended(cue.act):
        return Obstacle(f"the act {cue.act} was cut short.")
    sent = requests_in(trace, cue)
    if not sent:
        return Obstacle(f"the client sent no request in cue {cue.number} of the act {cue.act}.")
    stop = _stop(trace, sent)
    if stop is not None:
        return stop
    if cue.problem and (cue.status is None or cue.status < 0):  # a command that ended by itself was free to go on
        return Obstacle(f"cue {cue.number} of the act {cue.act} did not end as planned: {cue.problem}")
    if cue.status and not any(each.is_write for each in sent):
        return Obstacle(f"the command ended with exit status {cue.status} before it sent any change.")
    return None


def requests_in(trace: Trace, cue: CueLine) -> tuple[Exchange, ...]:
    """Return the requests from the start of a cue until the next cue starts, in order.

    Requests after the end of the cue count: a person may have confirmed it while the system was still at work.
    """
    until = min((each.start for each in trace.cues if each.start > cue.start), default=float("inf"))
    first, last = (bisect_left(trace.exchanges, at, key=lambda each: each.start) for at in (cue.start, until))
    return trace.exchanges[first:last]


def cues_from(trace: Trace, moment: float) -> Iterator[CueLine]:
    """Yield the cues that started at or after a time on the machine's clock, and the one that it was within."""
    for cue in trace.cues:
        if cue.start >= moment or (cue.end is None or cue.end > moment):
            yield cue


def cue_of(trace: Trace, exchange: Exchange) -> CueLine | None:
    """Return the cue that was the latest one when a request came."""
    started = [each for each in trace.cues if each.start <= exchange.start]
    return max(started, key=lambda each: each.start, default=None)


def _stop(trace: Trace, sent: Sequence[Exchange]) -> Obstacle | None:
    """Return the response that the client stopped at: a failure or a situation without a reaction in the cue."""
    in_flight = trace.largest_in_flight
    last = sent[-2 * in_flight :]
    for exchange in sorted(last, key=lambda each: each.end, reverse=True):
        if sum(each.start > exchange.end for each in last) >= in_flight:
            continue  # Fewer can be requests that were under way: they are no reaction.
        situation = next((each for each in trace.situations if each.id == exchange.situation), None)
        if situation is not None and situation.name in SITUATION_OBLIGATIONS:
            reason = f"the client stopped at the situation {situation.name}."
            return Obstacle(reason, SITUATION_OBLIGATIONS[situation.name], exchange)
        if not exchange.succeeded:
            status = exchange.status or exchange.error
            obligation = _STATUS_OBLIGATIONS.get(exchange.status or 0, "errors/5xx-retried")
            reason = f"the client stopped at the response {status} to {exchange.method} {exchange.path}."
            return Obstacle(reason, obligation, exchange)
    return None
