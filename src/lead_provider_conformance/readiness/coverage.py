"""Whether a later request of the client obtained a response that an earlier one did not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from lead_provider_conformance.readiness.exchange import Exchange, parsed
from lead_provider_conformance.readiness.resources import place, record_ids
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import SINCE, Walk, page_number

Content = tuple[str, str, str]
"""What makes two writes the same: the method, the path, and the body without its layout."""


def content_of(exchange: Exchange) -> Content:
    """Return the content of a write; two writes with equal content are copies."""
    document = parsed(exchange.body)
    body = exchange.body or "" if document is None else repr(_sorted(document))
    # The date changes the response to a declaration: with another one it is another request.
    return f"{exchange.method} {exchange.headers.get('x-with-server-date', '')}", exchange.path.lower(), body


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return sorted((name, _sorted(each)) for name, each in value.items())
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def is_answered(exchange: Exchange) -> bool:
    """Return whether the response decided on the request: it was complete, and neither a 5xx nor a 429 nor a 401."""
    return not exchange.failed and exchange.status not in (401, 429)


def scope_of(walk: Walk) -> frozenset[tuple[str, str]]:
    """Return the filters of a walk that select records, without `updated_since`."""
    return frozenset((key, value) for key, value in walk.filters.items() if key.startswith("filter[") and key != SINCE)


def covers(later: Walk, walk: Walk) -> bool:
    """Return whether a walk reads every record that another one was for: the same filters or fewer."""
    if later.path != walk.path or not scope_of(later) <= scope_of(walk):
        return False
    if not later.is_poll:
        return True
    return walk.since is not None and later.since is not None and later.since <= walk.since


@lru_cache(maxsize=4)
def _walk_by_exchange(trace: Trace) -> Mapping[str, Walk]:
    return {each.id: walk for walk in trace.walks for each in walk.requests}


def walk_with(trace: Trace, exchange: Exchange) -> Walk | None:
    """Return the walk that a request belongs to; None if it reads no list."""
    return _walk_by_exchange(trace).get(exchange.id)


def covered(trace: Trace, walk: Walk, before: float = float("inf")) -> Walk | None:
    """Return the first complete walk that covers another one and began after it, before a time."""
    for each in trace.walks:
        if (
            walk.start.start < each.start.start < before
            and each is not walk
            and each.is_complete
            and covers(each, walk)
        ):
            return each
    return None


def repeated(trace: Trace, exchange: Exchange) -> Exchange | None:
    """Return the later request that obtained the response which an earlier one did not; None if there is none.

    For a page of a list it is the same page, or the last page of a walk that covers it. For other reads it is any
    response about the path. For a write it is a response to a write about the same records.
    """
    later = trace.after(exchange.start)
    if exchange.is_write:
        named = record_ids(exchange)
        return next(
            (
                each
                for each in later
                if each.method == exchange.method
                and is_answered(each)
                and (each.path.lower() == exchange.path.lower())
                and record_ids(each) == named
            ),
            None,
        )
    walk = walk_with(trace, exchange)
    if walk is None:
        return next((each for each in later if _reads_again(exchange, each)), None)
    number = page_number(exchange)
    for each in walk.requests:
        if each.start > exchange.start and each.succeeded and page_number(each) == number:
            return each
    found = covered(trace, walk)
    return found.pages[found.last_page or 1] if found else None


def _reads_again(exchange: Exchange, later: Exchange) -> bool:
    """Return whether a later read has the record, or the list in which it is."""
    if later.is_write or not is_answered(later):
        return False
    kind, record_id, _ = place(exchange)
    kinds = place(later)
    return later.path == exchange.path or (kinds[0] == kind and (kinds[1] == record_id or kinds[1] is None))
