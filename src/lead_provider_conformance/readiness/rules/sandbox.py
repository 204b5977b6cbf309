"""Rules about features of the sandbox service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lead_provider_conformance.contract.contract import operation_paths
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import Result, failed, not_applicable, not_met, passed, rule
from lead_provider_conformance.readiness.rules.access import are_tests
from lead_provider_conformance.readiness.script import EventLine
from lead_provider_conformance.readiness.trace import Trace

SERVER_DATE = "x-with-server-date"
RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)


@rule("sandbox/server-date")
def server_date(trace: Trace) -> Iterator[Result]:
    """Each X-With-Server-Date is an RFC 3339 instant with a zone."""
    dated = [each for each in trace.exchanges if SERVER_DATE in each.headers]
    malformed = [each for each in dated if not RFC_3339.fullmatch(each.headers[SERVER_DATE].strip())]
    if malformed and not are_tests(malformed):
        yield failed(
            f"X-With-Server-Date of {malformed[-1].method} {malformed[-1].path} is "
            f"`{malformed[-1].headers[SERVER_DATE]}`; expected an RFC 3339 instant with a zone, such as "
            "2026-11-01T09:00:00Z.",
            *malformed,
        )
    elif dated:
        yield passed(dated[-1])
    elif trace.events_named("clock-moved"):
        yield not_applicable("The session has a clock of its own, so the client needs no X-With-Server-Date.")


@rule("sandbox/server-date-not-live")
def server_date_not_live(trace: Trace) -> Iterator[Result]:
    """No request has X-With-Server-Date while the session stands for the live service."""
    for event in trace.events_named("live-like"):
        if not event.facts.get("on", True):
            continue
        requests = _until_switched_off(trace, event)
        dated = [each for each in requests if SERVER_DATE in each.headers]
        if dated:
            yield failed(
                f"{dated[0].method} {dated[0].path} has X-With-Server-Date while the session stands for the live "
                f"service; {len(dated)} of {len(requests)} requests have. It must not be sent to the live service.",
                *dated,
            )
        elif requests:
            yield passed(requests[-1])
        else:
            yield not_met("the client sent no request while the session stood for the live service.", _REMEDY)


_REMEDY = "Let the system run in the cue that stands for the live service."


def _until_switched_off(trace: Trace, event: EventLine) -> list[Exchange]:
    """Return the requests from the cue after an event on, until the session stands for the sandbox again."""
    off = [each.at for each in trace.events_named("live-like") if each.at > event.at and not each.facts.get("on", True)]
    until = min(off, default=float("inf"))
    start = min((each.start for each in trace.cues if each.start >= event.at), default=event.at)
    return [each for each in trace.exchanges if start <= each.start < until]


@rule("sandbox/each-operation-first")
def each_operation_first(trace: Trace) -> Iterator[Result]:
    """Each operation that the client uses had a 2xx response. Reported only: this rule never fails."""
    used = trace.uses or frozenset(operation_paths(trace.edition, trace.scope))
    tried = {each.operation: each for each in trace.exchanges if each.succeeded and each.operation in used}
    missing = sorted(used - tried.keys())
    if not missing:
        yield passed(*tried.values())
    elif trace.exchanges:
        yield not_met(
            f"{len(tried)} of {len(used)} operations were tried; not tried: {', '.join(missing)}.",
            "Try each operation by itself, or name the operations that the system uses in the profile.",
        )
