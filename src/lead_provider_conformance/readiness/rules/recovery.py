"""Rules about errors that the client did not cause: retry, within bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from lead_provider_conformance.readiness.coverage import content_of, repeated
from lead_provider_conformance.readiness.exchange import SERVER_ERRORS, Exchange
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
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, cues_from, obstacle_in
from lead_provider_conformance.readiness.trace import Trace

RETRIED, NOT_JSON = "errors/5xx-retried", "errors/not-json"
_SITUATIONS = ("server-error-on-page", "cut-response", "poll-fails", "outage", "declaration-error")
_WINDOW, _MOST_ATTEMPTS = 300.0, 20
"""More attempts at one request within five minutes are too many."""
_VISIBLE, _HAMMERING = 1.0, 10
"""So many attempts in a row, less than a second apart each, have no wait."""
_ATTEMPTS_TO_GROW, _GROWTH, _LONG = 5, 1.5, 30.0
"""The waits of so many attempts must grow, unless they are long."""
_HELD = 90.0
_REMEDY = "Let the system run on after the error until the request has succeeded."


@rule(RETRIED)
def retried(trace: Trace) -> Iterator[Result]:
    """A read without a usable response is repeated later, with growing waits and a limit.

    A later run of the client or the next poll is a repetition too.
    """
    yield from unmet(trace, *_SITUATIONS)
    met = [exchange for _, exchange in delivered(trace, *_SITUATIONS)]
    attempts = _attempts(trace, met)
    for each in attempts:
        unbounded = _unbounded(each)
        if unbounded:
            yield unbounded
            return
    for each in attempts:
        yield _recovered(trace, RETRIED, each[-1])


@rule(NOT_JSON)
def not_json(trace: Trace) -> Iterator[Result]:
    """After an error that is not JSON the client continues as after another error."""
    yield from unmet(trace, "html-error")
    for attempts in _attempts(trace, [exchange for _, exchange in delivered(trace, "html-error")]):
        exchange = attempts[-1]
        if _stops_only_here(trace, exchange):
            yield failed(
                f"The client stopped at the HTML page that {exchange.method} {exchange.path} returned with "
                f"{exchange.status}, though it repeats requests after errors in JSON.",
                exchange,
            )
        else:
            yield _recovered(trace, NOT_JSON, exchange)


def _attempts(trace: Trace, exchanges: Sequence[Exchange]) -> Sequence[Sequence[Exchange]]:
    """Return the attempts at each request within a cue, in order."""
    found: dict[tuple[float, str, str, str], list[Exchange]] = defaultdict(list)
    for each in exchanges:
        cue = cue_of(trace, each)
        found[cue.start if cue else 0.0, each.method, each.target, content_of(each)[2]].append(each)
    return list(found.values())


def _unbounded(attempts: Sequence[Exchange]) -> Result | None:
    """Return the failure of attempts that have no limit, no wait, or waits that do not grow."""
    first = attempts[0]
    name = f"{first.method} {first.path}"
    dense = [each for each in attempts if each.start < first.start + _WINDOW]
    if len(dense) > _MOST_ATTEMPTS:
        return failed(
            f"{name} was sent {len(dense)} times within five minutes while it failed; at most {_MOST_ATTEMPTS} "
            "attempts are expected.",
            *dense,
            kind="no limit",
        )
    gaps = [later.start - each.end for each, later in pairwise(attempts)]
    row = 0
    for gap in gaps:
        row = row + 1 if gap < _VISIBLE else 0
        if row >= _HAMMERING:
            return failed(f"{name} was repeated {row} times without a wait while it failed.", *attempts, kind="no wait")
    if len(attempts) >= _ATTEMPTS_TO_GROW and min(gaps) >= _VISIBLE and max(gaps) < min(_LONG, _GROWTH * min(gaps)):
        return failed(
            f"{name} was sent {len(attempts)} times while it failed, with waits of {min(gaps):.0f} to "
            f"{max(gaps):.0f} s; expected growing waits.",
            *attempts,
            kind="same waits",
        )
    return None


def _recovered(trace: Trace, obligation: str, exchange: Exchange) -> Result:
    """Return whether a request without a usable response was repeated with success."""
    again = repeated(trace, exchange)
    if again is not None:
        return passed(exchange, again)
    if not trace.outlived(exchange):
        return not_outlived(exchange)
    name = f"{exchange.method} {exchange.path}"
    if exchange.is_write:
        return not_met(f"{name} was not repeated.", _REMEDY, exchange, blocked_by="declare/retry-exact-copy")
    problem = exchange.error or f"had {exchange.status}"
    return absent(
        trace,
        obligation,
        tuple(cues_from(trace, exchange.start)),
        f"{name} {problem}, and no later request obtained the records: the same page, a walk begun again, or a poll "
        "from the same instant.",
        _REMEDY,
        exchange,
        group=f"{obligation} {exchange.path}",
    )


def _stops_only_here(trace: Trace, exchange: Exchange) -> bool:
    """Return whether the client stopped at an error that is not JSON, and repeats requests after those in JSON."""
    cue = cue_of(trace, exchange)
    obstacle = obstacle_in(trace, cue) if cue else None
    if obstacle is None or obstacle.exchange is not exchange:
        return False
    return any(
        other.status in SERVER_ERRORS and other.document is not None and _is_repeated_in_cue(trace, other)
        for other in trace.exchanges
    )


def _is_repeated_in_cue(trace: Trace, exchange: Exchange) -> bool:
    cue = cue_of(trace, exchange)
    return any(
        each.start > exchange.end and each.target == exchange.target and cue_of(trace, each) == cue
        for each in trace.exchanges
    )


@rule("errors/timeout")
def timeout(trace: Trace) -> Iterator[Result]:
    """A response that is held is given up by the client, which then continues."""
    yield from unmet(trace, "held-response")
    for _, exchange in delivered(trace, "held-response"):
        seconds = exchange.end - exchange.start
        name = f"{exchange.method} {exchange.path}"
        if exchange.error == "closed by the client":
            cue = cue_of(trace, exchange)
            if trace.outlived(exchange):
                yield passed(exchange)
            elif cue and cue.problem:
                yield not_met(f"the cue did not end as planned: {cue.problem}", _REMEDY, exchange)
            else:
                yield not_outlived(exchange)
        elif exchange.status is not None and seconds >= _HELD - 1:
            yield failed(
                f"The client waited {seconds:.0f} s for the response to {name}. It should give a response up before "
                f"{_HELD:.0f} s, and treat the result as unknown.",
                exchange,
            )
        else:
            yield not_met(f"the response to {name} was held for {seconds:.0f} s only.", _REMEDY, exchange)


@rule("errors/recorded-evidence")
def recorded_evidence(trace: Trace) -> Iterator[Result]:
    """The journal of the session is the record of requests, responses and times."""
    if trace.exchanges:
        yield passed(trace.exchanges[-1])
