"""Whether a later request of the client obtained a response that an earlier one did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from lead_provider_conformance.readiness.exchange import Exchange, parsed
from lead_provider_conformance.readiness.resources import place, record_ids
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import Walk, page_number
from lead_provider_conformance.readiness.watermarks import TOLERANCE, gap

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


def covers(trace: Trace, later: Walk, walk: Walk) -> bool:
    """Return whether a walk reads every record that another one was for.

    It has the same filters or fewer. It is a full one, or starts from the same instant or an earlier one. It may also
    start from an instant that leaves no gap after the last complete walk.
    """
    if later.path != walk.path or not later.selection <= walk.selection:
        return False
    if not later.is_poll:
        return True
    if walk.since is not None and later.since is not None and later.since <= walk.since:
        return True
    seconds = gap(trace, later)
    return seconds is not None and seconds <= TOLERANCE


@lru_cache(maxsize=4)
def _walk_by_exchange(trace: Trace) -> Mapping[str, Walk]:
    return {each.id: walk for walk in trace.walks for each in walk.requests}


def walk_with(trace: Trace, exchange: Exchange) -> Walk | None:
    """Return the walk that a request belongs to; None if it reads no list."""
    return _walk_by_exchange(trace).get(exchange.id)


def covered(trace: Trace, walk: Walk) -> Walk | None:
    """Return the first complete walk that covers another one and began after it; None if there is none.

    There is none either if the client polls as if the other walk had been complete: see `taken_as_complete`.
    """
    for each in _later(trace, walk):
        if not covers(trace, each, walk):
            return None
        if each.is_complete:
            return each
    return None


def taken_as_complete(trace: Trace, walk: Walk) -> Walk | None:
    """Return the poll that treats an incomplete walk as complete, or None.

    Its `updated_since` is later than the records that the walk should have read.
    """
    for each in _later(trace, walk):
        if not covers(trace, each, walk):
            return each
        if each.is_complete:
            return None
    return None


def _later(trace: Trace, walk: Walk) -> Iterator[Walk]:
    """Yield the later walks through the same records. Walks that read a part of them do not count."""
    scope = walk.selection
    for each in trace.walks:
        is_later = each.path == walk.path and each.start.start > walk.start.start
        if is_later and each.selection <= scope and (each.since is not None or not each.is_poll):
            yield each


def repeated(trace: Trace, exchange: Exchange) -> Exchange | None:
    """Return the later request that obtained the response which an earlier one did not; None if there is none.

    For a page of a list it is the same page, or the last page of a walk that has or covers it. For other reads it is
    any response about the path. For a write it is a response to a write about the same records.
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
    if walk.is_complete:
        return walk.pages[walk.last_page or 1]
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
