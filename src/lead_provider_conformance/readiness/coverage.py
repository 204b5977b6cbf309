"""Whether a later request of the client obtained a response that an earlier one did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice

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
    """Return the first complete walk that covers an incomplete one and began after it; None if there is none.

    There is none either if the client polls as if the other walk had been complete: see `taken_as_complete`.
    """
    deciding = _deciding(trace).get(walk)
    return deciding if deciding and covers(trace, deciding, walk) else None


def taken_as_complete(trace: Trace, walk: Walk) -> Walk | None:
    """Return the poll that treats an incomplete walk as complete, or None.

    Its `updated_since` is later than the records that the walk should have read.
    """
    deciding = _deciding(trace).get(walk)
    return deciding if deciding and not covers(trace, deciding, walk) else None


@lru_cache(maxsize=4)
def _deciding(trace: Trace) -> Mapping[Walk, Walk | None]:
    """Return for each incomplete walk the first later one that is complete or does not cover it."""
    by_path: dict[str, list[Walk]] = defaultdict(list)
    for each in trace.walks:
        by_path[each.path].append(each)
    found: dict[Walk, Walk | None] = {}
    for walks in by_path.values():
        walks.sort(key=lambda each: each.start.start)
        for number in reversed(range(len(walks))):
            if not walks[number].is_complete:
                found[walks[number]] = _first_deciding(trace, walks, number, found)
    return found


def _first_deciding(trace: Trace, walks: Sequence[Walk], number: int, found: Mapping[Walk, Walk | None]) -> Walk | None:
    """Return the walk that decides about one of the walks of a list; `found` has those of the later ones.

    A later walk that reads only a part of the records decides nothing.
    """
    walk = walks[number]
    for each in islice(walks, number + 1, None):
        if not each.selection <= walk.selection or (each.is_poll and each.since is None):
            continue
        if each.is_complete or not covers(trace, each, walk):
            return each
        if each.selection == walk.selection and each.since == walk.since:
            return found[each]
    return None


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
