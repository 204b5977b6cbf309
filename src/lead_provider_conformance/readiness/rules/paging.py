"""Rules about walks through the pages of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from lead_provider_conformance.readiness.coverage import covered, taken_as_complete
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent, cue_of
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import DEFAULT_SIZE, LARGEST_SIZE, PER_PAGE, Walk, page_number

_PROBE_SIZE = 5
"""A first page of so few records is a look at the list and no walk."""
_REMEDY = "Let the system read the list from the first page to the last."


@rule("paging/all-pages")
def all_pages(trace: Trace) -> Iterator[Result]:
    """Each walk ends with an empty or short page, and has no hole.

    A walk that an error ended, and one that is begun again later, are no failures of this rule.
    """
    for walk in trace.walks:
        if walk.is_complete:
            yield passed(*walk.requests)
        elif 1 in walk.numbers and not _is_probe(trace, walk):
            yield from _incomplete(trace, walk)


def _incomplete(trace: Trace, walk: Walk) -> Iterator[Result]:
    last = max(walk.requests, key=lambda each: each.end)
    if walk.was_ended_by_error:
        yield not_met("a walk was ended by an error.", _REMEDY, *walk.requests, blocked_by="errors/5xx-retried")
        return
    if covered(trace, walk):
        return
    poll = taken_as_complete(trace, walk)
    if poll is None and not trace.outlived(last):
        yield not_outlived(*walk.requests)
        return
    cue = cue_of(trace, last)
    reason = _reason(walk)
    if poll is not None or cue is None:
        yield failed(reason, *walk.requests, *([poll.start] if poll else []), group=f"pages of {walk.path}")
        return
    yield absent(trace, "paging/all-pages", (cue,), reason, _REMEDY, *walk.requests, group=f"pages of {walk.path}")


def _reason(walk: Walk) -> str:
    needed = walk.needed
    if walk.missing:
        return f"Page {needed} of {walk.path} was never read, though later pages were."
    return (
        f"The walk through {walk.path} ended with page {needed - 1}, which was full with {walk.size} records; page "
        f"{needed} was never requested. A list ends with an empty or short page."
    )


def _is_probe(trace: Trace, walk: Walk) -> bool:
    """Return whether a walk is only a look at the first page, by a client that reads the whole list otherwise."""
    if walk.numbers != {1}:
        return False
    if walk.size <= _PROBE_SIZE:
        return True
    return (walk.path, _filters(walk)) in _read_whole(trace)


@lru_cache(maxsize=4)
def _read_whole(trace: Trace) -> frozenset[tuple[str, frozenset[tuple[str, str]]]]:
    """Return the lists, with filters, that the client has read to the end over several pages."""
    return frozenset(
        (each.path, _filters(each)) for each in trace.walks if each.is_complete and (each.last_page or 0) > 1
    )


@rule("paging/same-filters")
def same_filters(trace: Trace) -> Iterator[Result]:
    """The pages of a walk have the same filters, sort order and page size."""
    for walk in trace.walks:
        for each in walk.changed[:1]:
            yield failed(
                f"Page {page_number(each)} of {walk.path} was requested as {each.target}, and the walk began as "
                f"{walk.start.target}. The filters, the sort order and the page size must be the same on all pages.",
                walk.start,
                each,
                group=f"filters of {walk.path}",
            )
        if not walk.changed and len(walk.numbers) > 1:
            yield passed(*walk.requests)


@rule("paging/default-hundred")
def default_hundred(trace: Trace) -> Iterator[Result]:
    """Polls have pages of 100. Guidance contradicts itself, so other sizes are reported and are no failure."""
    polls = [each for each in trace.walks if each.is_poll]
    others = Counter(each.size for each in polls if each.size != DEFAULT_SIZE)
    if others:
        sizes = ", ".join(f"{count} with {size}" for size, count in sorted(others.items()))
        yield not_met(
            f"of {len(polls)} polls, {sizes} records a page.", "Leave out page[per_page] in polls, or set it to 100."
        )
    elif polls:
        yield passed(polls[-1].start)


@rule("paging/no-count-assumed")
def no_count_assumed(trace: Trace) -> Iterator[Result]:
    """A list whose last page is full is read until the empty page after it."""
    ended = {(each.path, _filters(each), each.size, each.last_page): each for each in trace.walks if _ends_empty(each)}
    for walk in ended.values():
        yield passed(*walk.requests)
    for walk in trace.walks:
        key = walk.path, _filters(walk), walk.size, max(walk.pages, default=0) + 1
        if walk.is_complete or key not in ended or walk.failures or _is_probe(trace, walk) or covered(trace, walk):
            continue
        last = max(walk.requests, key=lambda each: each.end)
        cue = cue_of(trace, last)
        if cue is not None and trace.outlived(last):
            group = f"pages of {walk.path}"
            reason, obligation = _reason(walk), "paging/no-count-assumed"
            yield absent(trace, obligation, (cue,), reason, _REMEDY, *walk.requests, group=group)


def _filters(walk: Walk) -> frozenset[tuple[str, str]]:
    return frozenset(walk.filters.items())


def _ends_empty(walk: Walk) -> bool:
    """Return whether a complete walk has full pages and then an empty one."""
    last = walk.last_page
    return walk.is_complete and last is not None and last > 1 and not walk.counts[walk.pages[last].id]


@rule("paging/max-3000")
def max_3000(trace: Trace) -> Iterator[Result]:
    """No request expects pages of more than 3,000 records. One such request is a test of the limit."""
    larger = [each for each in trace.exchanges if _expected_size(each) > LARGEST_SIZE]
    if len(larger) > 1:
        size = _expected_size(larger[-1])
        yield failed(
            f"{len(larger)} requests have page[per_page] above {LARGEST_SIZE:,}, the last one {size:,}. A page has "
            f"{LARGEST_SIZE:,} records at most, so a page of that many is no short one.",
            *larger,
        )
    elif trace.walks:
        yield passed(trace.walks[-1].start)


def _expected_size(exchange: Exchange) -> int:
    text = exchange.parameter(PER_PAGE) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
