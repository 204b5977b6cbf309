"""The rule about requests that the contract allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lead_provider_conformance.readiness.coverage import content_of
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import UUID, record_ids
from lead_provider_conformance.readiness.rule import Result, failed, passed, rule
from lead_provider_conformance.readiness.rules.access import of_api
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import PER_PAGE, SINCE

REQUIREMENT = "contract/request-schema"
_OTHER_RULES = {f"query:{SINCE}", f"query:{PER_PAGE}", "query:filter[cohort]"}
"""Places that are for sync/encoded-filter, paging/max-3000 and partnership/schools-cohort."""
_MOST_FAILURES = 20
_REFUSALS = (400, 404, 405, 415, 422)
_TESTS_OF_A_KIND = 3
"""Refused requests with the same flaw, about other content each, that are taken for tests on purpose."""

_Kind = tuple[str, str, str]


@rule(REQUIREMENT)
def request_schema(trace: Trace) -> Iterator[Result]:
    """Each request is one that the contract allows.

    Tests of error handling on purpose are no failure: few requests with a flaw, all refused and none repeated. A flaw
    in the query that the service did not refuse was ignored or misread: one such request is a failure.
    """
    kinds: dict[_Kind, list[tuple[Exchange, str]]] = defaultdict(list)
    sound: Exchange | None = None
    for each in of_api(trace):
        flaws = list(_flaws(each))
        for kind, sentence in flaws:
            kinds[kind].append((each, sentence))
        if not flaws:
            sound = each
    traps = _trap_ids(trace)
    failures = 0
    for kind, found in kinds.items():
        exchanges = [exchange for exchange, _ in found]
        if failures < _MOST_FAILURES and not _is_tolerated(trace, kind, exchanges, traps):
            failures += 1
            yield _failure(kind, exchanges, found[-1][1])
    if not failures and sound:
        yield passed(sound)


def _failure(kind: _Kind, exchanges: Sequence[Exchange], sentence: str) -> Result:
    last = exchanges[-1]
    times = "" if len(exchanges) == 1 else f" {len(exchanges)} requests have this flaw."
    return failed(
        f"{last.method} {last.path} is no request of the contract: {sentence}.{times}",
        *exchanges,
        kind=REQUIREMENT,
        place=kind[2],
        group=" ".join(kind),
    )


def _flaws(exchange: Exchange) -> Iterator[tuple[_Kind, str]]:
    """Yield what is wrong with a request: operation and place, and one sentence."""
    if exchange.method in ("HEAD", "OPTIONS"):
        return
    if exchange.operation is None:
        # A service may accept another form of a path, such as one with a slash at its end.
        if not exchange.succeeded and exchange.status not in (401, 429):
            path = UUID.sub("{id}", exchange.path.lower())
            yield (exchange.method, path, "path"), "the contract has no such path and method"
        return
    for violation in exchange.violations:
        if violation["requirement"] == REQUIREMENT and not _is_of_another_rule(violation):
            kind = exchange.method, exchange.operation, violation["where"]
            yield kind, str(violation["message"]).rstrip(".")


def _is_of_another_rule(violation: Mapping[str, Any]) -> bool:
    """Return whether a violation is for another rule, or harmless: a body where none is read, such as `{}`."""
    return violation["where"] in _OTHER_RULES or "takes no body" in violation["message"]


def _is_tolerated(trace: Trace, kind: _Kind, exchanges: Sequence[Exchange], traps: frozenset[str]) -> bool:
    """Return whether requests with one flaw are tests on purpose, or the sandbox accepted a single odd body."""
    accepted = [each for each in exchanges if each.status not in _REFUSALS]
    if accepted:
        return not kind[2].startswith("query:") and len(exchanges) == 1
    own = [each for each in exchanges if not record_ids(each) & traps]
    contents = {(each.target, content_of(each)) for each in own}
    if len(contents) < len(own) or len(own) > _TESTS_OF_A_KIND:
        return False
    # A client that never gets the operation right does not test its errors.
    return len(own) <= 1 or any(each.operation == kind[1] and each.succeeded for each in trace.exchanges)


def _trap_ids(trace: Trace) -> frozenset[str]:
    """Return the ids of the records of tasks that are wrong on purpose."""
    ids = ((task.participant_id, task.application_id) for _, task in trace.tasks if task.trap)
    return frozenset(each.lower() for pair in ids for each in pair if each)
