"""Rules about records that change while the client reads a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lead_provider_conformance.readiness.coverage import Content, content_of
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import record_ids
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_outlived, passed, rule, unmet
from lead_provider_conformance.readiness.rules.absence import absent, cues_from
from lead_provider_conformance.readiness.trace import Trace


@rule("paging/survives-change")
def survives_change(trace: Trace) -> Iterator[Result]:
    """A record that moved while the list was read is shown to the client afterwards, by any read."""
    yield from unmet(trace, "changed-while-reading")
    for situation, exchange in delivered(trace, "changed-while-reading"):
        kind, record_id = situation.facts["kind"], situation.facts["id"]
        shown = next(
            (each for each in trace.shown.history(kind, record_id) if each.exchange.start >= exchange.end), None
        )
        if shown is not None:
            yield passed(exchange, shown.exchange)
        elif not trace.outlived(exchange):
            yield not_outlived(exchange)
        else:
            yield absent(
                trace,
                "paging/survives-change",
                tuple(cues_from(trace, exchange.end)),
                f"The record {record_id} of the {kind} changed while the list was read, and no later response showed "
                "it to the client.",
                "Let the system poll once more after the act change-while-reading.",
                exchange,
            )


@rule("paging/duplicates-tolerated")
def duplicates_tolerated(trace: Trace) -> Iterator[Result]:
    """Nothing is done twice about a record that is on two pages. Copies after an unknown result are one request."""
    yield from unmet(trace, "record-on-two-pages")
    for situation, exchange in delivered(trace, "record-on-two-pages"):
        record_id = str(situation.facts["id"]).lower()
        if not trace.outlived(exchange):
            yield not_outlived(exchange)
            continue
        done: dict[Content, list[Exchange]] = defaultdict(list)
        for each in trace.after(exchange.start):
            writes = done[content_of(each)] if each.is_write and record_id in record_ids(each) else None
            if writes is not None and (each.succeeded or any(earlier.end < each.start for earlier in writes)):
                writes.append(each)
        twice = next((each for each in done.values() if len(each) > 1), None)
        if twice:
            yield failed(
                f"{twice[1].method} {twice[1].path} about {record_id} was sent {len(twice)} times with the same body, "
                "after the first had succeeded, and after the record was on two pages of a list.",
                exchange,
                *twice,
            )
        else:
            yield passed(exchange, *(each for writes in done.values() for each in writes))
