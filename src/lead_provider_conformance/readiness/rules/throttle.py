"""Rules about 429: wait, then request the same again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_conformance.readiness.coverage import content_of, repeated
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import Result, failed, not_outlived, passed, rule, unmet
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, cues_from, requests_in
from lead_provider_conformance.readiness.trace import Trace

_TOLERANCE = 1.0
"""Seconds below one are not judged."""
_SHORTEST_WAIT = 0.5
"""The gap after a 429 without Retry-After below which the client did not wait; some clients vary a wait of 1 s."""
_FEW = 2
"""Other requests for the same path within the wait that independent workers of a client may have sent."""
_REMEDY = "Let the system run on after the 429, so that it can request the same again."


@dataclass(frozen=True, slots=True)
class _Wait:
    """The seconds that a client should wait after each 429, and those after which a request is not too early."""

    text: str
    tolerated: float


@rule("rate/429-backs-off")
def backs_off(trace: Trace) -> Iterator[Result]:
    """After a 429 with Retry-After the client waits as long, and then requests the same until it has it."""
    yield from unmet(trace, "throttled")
    yield from _judge(trace, "rate/429-backs-off", with_header=True)


@rule("rate/429-without-header")
def without_header(trace: Trace) -> Iterator[Result]:
    """After a 429 without Retry-After the client waits, and then requests the same until it has it."""
    yield from unmet(trace, "throttled-without-header")
    yield from _judge(trace, "rate/429-without-header", with_header=False)


def _judge(trace: Trace, obligation: str, *, with_header: bool) -> Iterator[Result]:
    episodes: dict[str, list[Exchange]] = defaultdict(list)
    for each in trace.exchanges:
        if each.status == 429 and ("retry-after" in each.response_headers) == with_header:
            episodes[each.situation or f"{each.act}"].append(each)
    for refused in episodes.values():
        early = _too_early(trace, refused) or _too_many(trace, refused)
        if early is not None:
            yield early
        else:
            yield _repeated(trace, obligation, refused)


def _wait(exchange: Exchange) -> _Wait:
    text = exchange.response_headers.get("retry-after")
    if text is None:
        return _Wait("the client must wait", _SHORTEST_WAIT)
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return _Wait(f"Retry-After was {text}", seconds - _TOLERANCE)


def _later_in_cue(trace: Trace, exchange: Exchange) -> Sequence[Exchange]:
    """Return the requests after a response in the same cue: the suite chooses the time of the next cue."""
    cue = cue_of(trace, exchange)
    requests = requests_in(trace, cue) if cue else trace.exchanges
    return [each for each in requests if each.start > exchange.end]


def _too_early(trace: Trace, refused: Sequence[Exchange]) -> Result | None:
    """Return the failure of a client that repeats refused requests before the wait is over.

    One such request is not enough if the client has several connections, or if no header says how long to wait.
    """
    pairs: list[tuple[Exchange, Exchange]] = []
    for each in refused:
        again = next((other for other in _later_in_cue(trace, each) if _is_copy(each, other)), None)
        if again is not None and again.start - each.end < _wait(each).tolerated:
            pairs.append((each, again))
    is_single = trace.largest_in_flight == 1 and "retry-after" in refused[0].response_headers
    if len(pairs) < (1 if is_single else 2):
        return None
    first, again = pairs[0]
    return failed(
        f"{again.method} {again.path} was repeated {again.start - first.end:.1f} s after its 429; "
        f"{_wait(first).text}. {len(pairs)} requests were repeated too early.",
        *(each for pair in pairs[:5] for each in pair),
        kind="429",
    )


def _is_copy(exchange: Exchange, other: Exchange) -> bool:
    return exchange.target == other.target and content_of(exchange) == content_of(other)


def _too_many(trace: Trace, refused: Sequence[Exchange]) -> Result | None:
    """Return the failure of a client that continues with other requests for the same path during the wait."""
    allowed = max(trace.largest_in_flight - 1, _FEW)
    for each in refused:
        until = each.end + _wait(each).tolerated
        others = [
            other
            for other in _later_in_cue(trace, each)
            if each.end + _TOLERANCE < other.start < until and (other.method, other.path) == (each.method, each.path)
        ]
        if len(others) > allowed:
            return failed(
                f"After the 429 for {each.method} {each.path} the client sent {len(others)} more requests for the "
                f"path within the wait; {_wait(each).text}.",
                each,
                *others,
                kind="429",
            )
    return None


def _repeated(trace: Trace, obligation: str, refused: Sequence[Exchange]) -> Result:
    """Return whether each refused request was repeated until it had another response than 429."""
    shown: list[Exchange] = []
    for each in refused:
        again = repeated(trace, each)
        if again is not None:
            shown = [each, again]
        elif not trace.outlived(each):
            return not_outlived(each)
        else:
            return absent(
                trace,
                obligation,
                tuple(cues_from(trace, each.start)),
                f"{each.method} {each.path} had 429 and was never repeated with success: the client gave up on it.",
                _REMEDY,
                each,
            )
    return passed(*shown)
