"""Rules about records that changed while the client did not look."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_conformance.readiness.coverage import content_of, is_answered
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import PARTICIPANTS
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_outlived, passed, rule, unmet
from lead_provider_conformance.readiness.rules.absence import absent, cues_from
from lead_provider_conformance.readiness.rules.reasons import writes_about
from lead_provider_conformance.readiness.trace import Trace

_CHANGES = ("renamed", "cohort-moved", "eligible", "leaving", "left", "induction-ended", "mentor-as-well")
"""Events that change what matters for a declaration. A new e-mail address does not."""


@rule("sync/missed-updates")
def missed_updates(trace: Trace) -> Iterator[Result]:
    """Each record that changed while the service was down is shown to the client afterwards."""
    yield from unmet(trace, "outage")
    met = [(situation, exchange) for situation, exchange in delivered(trace, "outage")]
    if not met:
        return
    last = max((exchange for _, exchange in met), key=lambda each: each.end)
    ids = {str(each).lower() for situation, _ in met for each in situation.facts.get("ids") or ()}
    for event in trace.events_named("outage-over"):
        ids |= {str(each).lower() for each in event.facts.get("ids") or ()}
    if not trace.outlived(last):
        yield not_outlived(last)
        return
    for record_id in sorted(ids):
        shown = _shown_after(trace, record_id, last.end)
        if shown is not None:
            yield passed(last, shown)
            continue
        cues = tuple(each for each in cues_from(trace, last.end) if each.start >= last.end)
        yield absent(
            trace,
            "sync/missed-updates",
            cues,
            f"{record_id} changed while the service was down, and no later response showed it to the client.",
            "Let the system poll after the service is back.",
            last,
            group="missed updates",
        )


def _shown_after(trace: Trace, record_id: str, moment: float) -> Exchange | None:
    for kind in trace.shown.versions:
        for each in trace.shown.history(kind, record_id):
            if each.exchange.start > moment:
                return each.exchange
    return None


@rule("sync/data-acted-on-before-declaring")
def refreshed(trace: Trace) -> Iterator[Result]:
    """A participant who has changed is read before the next write about them, in the cues after the change."""
    for event in trace.events_named(*_CHANGES):
        participant = str(event.facts.get("participant_id") or "").lower()
        start = min((cue.start for cue in trace.cues if cue.start >= event.at), default=None)
        writes = writes_about(trace, participant) if start is not None else ()
        write = next((each for each in writes if start is not None and each.start > start), None)
        if write is None or _is_copy(trace, write, event.at):
            continue
        read = _read_between(trace, participant, event.at, write)
        if read:
            yield passed(read, write)
        else:
            yield failed(
                f"{write.method} {write.path} was sent about {participant}, who had changed ({event.name}), and the "
                "participant had not been read since. Read the record before writing about it.",
                write,
                group="not refreshed",
            )


def _is_copy(trace: Trace, write: Exchange, before: float) -> bool:
    """Return whether a write repeats one from before a time that had no decision."""
    return any(
        each.start < before and not is_answered(each) and content_of(each) == content_of(write)
        for each in trace.writes(str(write.operation))
    )


def _read_between(trace: Trace, participant: str, moment: float, write: Exchange) -> Exchange | None:
    for each in trace.shown.history(PARTICIPANTS, participant):
        if each.exchange.start > moment and each.end <= write.start and not each.exchange.is_write:
            return each.exchange
    return None
