"""Rules about filter[updated_since]: from which instant each poll asks for changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from lead_provider_conformance.readiness.coverage import covers
from lead_provider_conformance.readiness.days import instant
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import PARTICIPANTS
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, cues_from
from lead_provider_conformance.readiness.rules.access import are_tests
from lead_provider_conformance.readiness.rules.sandbox import RFC_3339
from lead_provider_conformance.readiness.script import EventLine
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import SINCE, Walk
from lead_provider_conformance.readiness.watermarks import (
    TOLERANCE,
    apart_times,
    completed_before,
    gap,
    latest_by_server,
    latest_since,
    walk_before,
)

_HOUR = 3600.0


def _polls(trace: Trace) -> Iterator[Walk]:
    """Yield the polls from a readable instant, without those that begin while the clocks are apart."""
    apart = apart_times(trace)
    for each in trace.walks:
        if each.since is not None and 1 in each.numbers and not any(time.includes(each) for time in apart):
            yield each


@rule("sync/encoded-filter")
def encoded_filter(trace: Trace) -> Iterator[Result]:
    """Each filter[updated_since] is an RFC 3339 instant with a zone, with + sent as %2B."""
    dated = [each for each in trace.exchanges if each.parameter(SINCE) is not None]
    malformed = [each for each in dated if not RFC_3339.fullmatch(_since(each))]
    if malformed and not are_tests(malformed):
        text = _since(malformed[-1])
        hint = " A + must be sent as %2B: it arrives as a space." if " " in text else ""
        yield failed(
            f"filter[updated_since] of {malformed[-1].method} {malformed[-1].path} arrived as `{text}`; expected an "
            f"RFC 3339 instant with a zone. {len(malformed)} of {len(dated)} requests are wrong.{hint}",
            *malformed,
        )
    elif len(dated) > len(malformed):
        yield passed(next(each for each in reversed(dated) if each not in malformed))


def _since(exchange: Exchange) -> str:
    return exchange.parameter(SINCE) or ""


@rule("sync/no-gap")
def no_gap(trace: Trace) -> Iterator[Result]:
    """Each poll asks from no later than the start of the last complete walk; sync/from-last-success has the rest."""
    for walk in _polls(trace):
        if _failed_before(trace, walk):
            continue
        seconds = gap(trace, walk)
        if seconds is not None and seconds > TOLERANCE:
            yield _gap(trace, walk, seconds)
        elif seconds is not None:
            yield passed(walk.start)


def _gap(trace: Trace, walk: Walk, seconds: float) -> Result:
    """Return the failure of a gap, with the records that changed in it."""
    last = max(completed_before(trace, walk), key=lambda each: each.began.start, default=None)
    until = walk.since.timestamp() if walk.since else 0.0
    ids = sorted(
        {
            str(value)
            for event in trace.events
            if until - seconds <= event.at + event.offset < until
            for name, value in event.facts.items()
            if name in ("id", "participant_id", "declaration_id", "application_id") and value
        }
    )
    changed = f" Records that changed in the gap: {', '.join(ids[:5])}." if ids else ""
    return failed(
        f"A poll of {walk.path} asks for changes since {_text(until)}; the last complete walk of the list began "
        f"{seconds:.0f} s earlier, so changes between are missed.{changed}",
        *([last.start] if last else []),
        walk.start,
        group=f"gap {walk.path}",
    )


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


@rule("sync/server-time")
def server_time(trace: Trace) -> Iterator[Result]:
    """While the server's clock is apart, polls ask from an instant of that clock, or allow for the difference."""
    for apart in apart_times(trace):
        for walk in filter(apart.includes, trace.walks):
            before = [each for each in completed_before(trace, walk) if apart.includes(each)]
            if walk.since is None or not before:
                continue
            seconds = walk.since.timestamp() - max(map(latest_by_server, before))
            if seconds > TOLERANCE:
                yield failed(
                    f"A poll of {walk.path} asks for changes since {walk.filters[SINCE]}, {seconds:.0f} s after the "
                    f"start of the last complete walk by the server's clock, which is {abs(apart.seconds):.0f} s "
                    "apart from the machine's. Take the instant from the Date header or from updated_at.",
                    before[-1].start,
                    walk.start,
                    group=f"clock {walk.path}",
                )
            else:
                yield passed(before[-1].start, walk.start)


@rule("sync/from-last-success")
def from_last_success(trace: Trace) -> Iterator[Result]:
    """After a poll that failed half-way, the next one asks from no later than the last complete walk."""
    for walk in trace.walks:
        if walk.is_poll and walk.is_complete and _was_resumed(trace, walk):
            yield passed(*walk.requests)
        # The clock decides on the instant of a poll only: after a failed full read, everything must be read again.
        apart = walk.is_poll and any(each.includes(walk) for each in apart_times(trace))
        if not walk.was_ended_by_error or apart:
            continue
        following = next((each for each in _attempts(trace, walk)), None)
        if following is None:
            if walk.is_poll:
                yield _no_poll_after(trace, walk)
        elif covers(trace, following, walk):
            yield passed(*walk.requests, following.start)
        else:
            yield failed(
                f"A walk through {walk.path} failed, and the next poll asks for changes since "
                f"{following.filters[SINCE]}. That is later than the start of the last complete walk: changes that "
                "the failed walk should have shown are missed.",
                *walk.requests,
                following.start,
                group=f"failed {walk.path}",
            )


def _was_resumed(trace: Trace, walk: Walk) -> bool:
    """Return whether a walk failed in one cue, and was repeated with the same filters in a later one."""
    failed_in = {_cue(trace, each) for each in walk.failures}
    return bool(failed_in) and any(_cue(trace, each) not in failed_in for each in walk.pages.values())


def _cue(trace: Trace, exchange: Exchange) -> tuple[str, int] | None:
    cue = cue_of(trace, exchange)
    return (cue.act, cue.number) if cue else None


def _attempts(trace: Trace, walk: Walk) -> Iterator[Walk]:
    """Yield the walks through the same records that began after the end of a walk."""
    for each in trace.walks:
        if each.path == walk.path and each.start.start > walk.end and each.selection == walk.selection:
            yield each


def _no_poll_after(trace: Trace, walk: Walk) -> Result:
    last = walk.requests[-1]
    if not trace.outlived(last):
        return not_outlived(*walk.requests)
    return absent(
        trace,
        "sync/from-last-success",
        tuple(each for each in cues_from(trace, last.end) if each.start > last.end),
        f"A poll of {walk.path} failed, and the list was never polled again.",
        "Let the system poll again after the poll that failed.",
        *walk.requests,
    )


def _failed_before(trace: Trace, walk: Walk) -> bool:
    """Return whether the walk before, through the same records, was ended by an error."""
    before = walk_before(trace, walk)
    return before is not None and before.was_ended_by_error


@rule("sync/two-windows-back")
def two_windows_back(trace: Trace) -> Iterator[Result]:
    """Each poll asks from the start of the walk before the last one, or earlier; late records are shown."""
    for event in trace.events_named("late-commit"):
        yield from _late_commit(trace, event)
    minutes = trace.settings.get("poll_minutes")
    for walk in _polls(trace):
        before = completed_before(trace, walk)
        if len(before) < 2 or _failed_before(trace, walk) or walk.since is None:
            continue
        earlier, last = before[-2], before[-1]
        if _clock_moved(trace, earlier, walk):
            continue
        allowed = max(latest_since(trace, each) for each in before[:-1])
        if isinstance(minutes, int | float):
            # Two intervals of the client's own schedule, though it may have skipped a poll.
            allowed = max(allowed, walk.start.server_start - 120 * minutes, walk.start.start - 120 * minutes)
        allowed = max(allowed, latest_since(trace, last) - (60 * minutes if minutes else _HOUR))
        seconds = walk.since.timestamp() - allowed
        if seconds > TOLERANCE:
            yield failed(
                f"A poll of {walk.path} asks for changes since {walk.filters[SINCE]}; two polls back is "
                f"{_text(allowed)}. Records that are committed late are missed.",
                earlier.start,
                last.start,
                walk.start,
                group=f"windows {walk.path}",
            )
        else:
            yield passed(earlier.start, last.start, walk.start)


def _clock_moved(trace: Trace, earlier: Walk, walk: Walk) -> bool:
    """Return whether the session's clock was moved between two walks: then their distance is no interval."""
    moves = trace.events_named("clock-moved", "clock-apart", "week-passed")
    return any(earlier.start.start < each.at < walk.start.start for each in moves)


def _late_commit(trace: Trace, event: EventLine) -> Iterator[Result]:
    """Yield whether a record with an `updated_at` from before the last poll was shown afterwards."""
    participant = str(event.facts["participant_id"])
    shown = [each for each in trace.shown.history(PARTICIPANTS, participant) if each.exchange.start > event.at]
    whole = [each for each in trace.walks if each.kind == PARTICIPANTS and not each.selection and each.is_complete]
    before = [each for each in whole if each.end < event.at]
    poll = next((each for each in whole if each.began.start > event.at), None)
    updated = instant(event.facts.get("updated_at"))
    if shown:
        yield passed(shown[0].exchange)
    elif updated is None or len(before) < 2 or updated.timestamp() < before[-2].began.server_start:
        yield not_met(
            "the client had not polled all participants twice before a record appeared late.",
            "Let the system poll the participants in each cue of the act.",
        )
    elif poll is not None:
        yield failed(
            f"The participant {participant} appeared with updated_at {event.facts['updated_at']}, from before the last "
            f"poll began. The next poll asked for changes since {poll.filters.get(SINCE)}, and no response showed it.",
            before[-1].start,
            poll.start,
            group=f"windows {poll.path}",
        )
    else:
        yield absent(
            trace,
            "sync/two-windows-back",
            tuple(cues_from(trace, event.at)),
            f"The participant {participant} appeared late, and the client did not poll again.",
            "Let the system poll again at the end of the act.",
        )
