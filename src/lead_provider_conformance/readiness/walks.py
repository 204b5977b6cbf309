"""Walks: the requests with which a client reads a list page by page."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import Requested, is_list, place
from lead_provider_conformance.readiness.shown import Page

DEFAULT_SIZE, LARGEST_SIZE = 100, 3000
PAGE, PER_PAGE, SINCE = "page[page]", "page[per_page]", "filter[updated_since]"


@dataclass(slots=True, eq=False)
class Walk:
    """The requests for the pages of one list with one set of filters, in the order of their start.

    A walk begins with page 1. The pages may be requested in any order, and at once: a page 1 that comes a little later
    than other pages is theirs. Repeated requests for a page belong to the walk too. Requests for later pages with
    filters of their own belong to the walk that they continue, whose filters they change.
    """

    kind: str
    path: str
    filters: Mapping[str, str]
    """All parameters but the page and its size."""
    size: int
    """The records of a full page."""
    requests: list[Exchange] = field(default_factory=list)
    changed: list[Exchange] = field(default_factory=list)
    """The requests whose filters, sorting or page size differ from those of the first request."""
    counts: dict[str, int] = field(default_factory=dict)
    """The number of records in the response of each successful request, by the exchange's id."""
    updated: list[str] = field(default_factory=list)
    """The latest `updated_at` in each of these responses, in UTC, without those in the future."""
    since: datetime | None = field(init=False)
    """The instant of `filter[updated_since]`, aware; None without the filter or if it is unreadable."""
    selection: frozenset[tuple[str, str]] = field(init=False)
    """The filters that select records, without `updated_since`."""
    _pages: dict[int, Exchange] | None = field(init=False, default=None, repr=False)
    """The cached `pages`; None after a change of the requests."""
    _numbers: frozenset[int] | None = field(init=False, default=None, repr=False)
    """The cached `numbers`; None after a change of them."""

    def __post_init__(self) -> None:
        """Read the filters."""
        self.since = _instant(self.filters.get(SINCE))
        self.selection = frozenset(
            (key, value) for key, value in self.filters.items() if key.startswith("filter[") and key != SINCE
        )

    def add(self, exchange: Exchange, page: Page | None) -> None:
        """Add a request, with the content of its response if it was successful."""
        self.requests.append(exchange)
        self._pages = None
        if self._numbers is not None and page_number(exchange) not in self._numbers:
            self._numbers = None
        if page is not None:
            self.counts[exchange.id] = page.records
            self.updated.append(page.updated)

    def remove(self, exchange: Exchange) -> None:
        """Remove a request."""
        self.requests.remove(exchange)
        self._pages = self._numbers = None

    def take(self, exchange: Exchange, page: Page | None) -> None:
        """Add a request that changes the filters, at its place in time."""
        self.changed.append(exchange)
        self.add(exchange, page)
        self.requests.sort(key=lambda request: (request.start, request.id))

    @property
    def start(self) -> Exchange:
        """The first request."""
        return self.requests[0]

    @property
    def began(self) -> Exchange:
        """The first successful request, or the first one. Requests that failed before it may be of an earlier run."""
        return min(self.pages.values(), key=lambda each: each.start, default=self.start)

    @property
    def end(self) -> float:
        """The end of the last response, on the machine's clock."""
        return max(each.end for each in self.requests)

    @property
    def is_poll(self) -> bool:
        """Whether the walk has `filter[updated_since]`."""
        return SINCE in self.filters

    @property
    def is_full(self) -> bool:
        """Whether the walk has no filter but the cohort: it reads everything."""
        return not any(key.startswith("filter[") and key != "filter[cohort]" for key in self.filters)

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the requested pages."""
        if self._numbers is None:
            self._numbers = frozenset(number for each in self.requests if (number := page_number(each)))
        return self._numbers

    @property
    def pages(self) -> Mapping[int, Exchange]:
        """The first successful request for each page, by its number."""
        if self._pages is None:
            self._pages = {}
            for each in self.requests:
                if each.id in self.counts:
                    self._pages.setdefault(page_number(each) or 0, each)
        return self._pages

    @property
    def last_page(self) -> int | None:
        """The number of the first page that was shorter than a full one or empty; None if none was."""
        short = [number for number, each in self.pages.items() if self.counts[each.id] < self.size]
        return min(short, default=None)

    @property
    def missing(self) -> tuple[int, ...]:
        """The pages before the last known one that have no successful request."""
        pages = self.pages
        last = self.last_page or max(pages, default=0)
        return tuple(number for number in range(1, last) if number not in pages)

    @property
    def is_complete(self) -> bool:
        """Whether every page up to a short or empty one was read."""
        return self.last_page is not None and not self.missing

    @property
    def needed(self) -> int:
        """The number of the first page that has no successful request."""
        return min(self.missing, default=max(self.pages, default=0) + 1)

    @property
    def was_ended_by_error(self) -> bool:
        """Whether the walk is not complete because the page that it needs next could not be read."""
        return not self.is_complete and any(page_number(each) == self.needed for each in self.failures)

    @property
    def failures(self) -> tuple[Exchange, ...]:
        """The requests without a 2xx response."""
        return tuple(each for each in self.requests if not each.succeeded)


def _instant(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper()) if text else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


_APART = 0.1
"""Requests that a client sends at once arrive within so many seconds."""

_Key = tuple[str, frozenset[tuple[str, str]], int]


def walks_of(exchanges: Iterable[Exchange], pages: Mapping[str, Page]) -> tuple[Walk, ...]:
    """Return the walks in the order of their first requests. `pages` are the successful responses by exchange id."""
    requests = [each for each in exchanges if is_list(each)]
    first_pages: dict[_Key, list[float]] = defaultdict(list)
    for each in requests:
        if page_number(each) == 1:
            first_pages[_key(each)].append(each.start)
    walks: list[Walk] = []
    latest: dict[_Key, Walk] = {}
    for each in requests:
        key = _key(each)
        walk = latest.get(key)
        if walk is None or _begins_another(walk, each, first_pages[key]):
            walk = Walk(place(each)[0] or each.path, each.path, filters_of(each), page_size(each))
            walks.append(walk)
            latest[key] = walk
        walk.add(each, pages.get(each.id))
    return tuple(_joined(walks, pages))


def filters_of(exchange: Exchange) -> Mapping[str, str]:
    """Return all parameters of a request but the page and its size."""
    return {key: value for key, value in exchange.query if key not in (PAGE, PER_PAGE)}


def _key(exchange: Exchange) -> _Key:
    return exchange.path, frozenset(filters_of(exchange).items()), page_size(exchange)


def _begins_another(walk: Walk, exchange: Exchange, first_pages: Sequence[float]) -> bool:
    """Return whether a request with the filters of a walk begins another one.

    `first_pages` are the starts of all requests for page 1 with these filters, in order.
    """
    if page_number(exchange) == 1:
        return not _repeats_first_page(walk, exchange) and not _completes_start(walk, exchange)
    read = walk.pages.get(page_number(exchange) or 0)
    if not walk.is_complete and (read is None or read.end > exchange.start):
        return False
    following = bisect_right(first_pages, exchange.start)
    return following < len(first_pages) and first_pages[following] <= exchange.end + _APART


def _repeats_first_page(walk: Walk, exchange: Exchange) -> bool:
    """Return whether a request for page 1 repeats one that failed, or that has no response yet."""
    if walk.numbers != {1}:
        return False
    return not any(each.succeeded and each.end <= exchange.start for each in walk.requests)


def _completes_start(walk: Walk, exchange: Exchange) -> bool:
    """Return whether a request for page 1 was sent at once with later pages that came before it."""
    return 1 not in walk.numbers and exchange.start <= walk.end + _APART


def _joined(walks: Sequence[Walk], pages: Mapping[str, Page]) -> Iterator[Walk]:
    """Yield the walks, with requests that continue another walk with changed filters moved to that one."""
    of_path: dict[str, list[Walk]] = defaultdict(list)
    for walk in walks:
        of_path[walk.path].append(walk)
    for walk in walks:
        for each in _strays(walk):
            number = page_number(each) or 0
            candidates = (
                other
                for other in reversed(of_path[each.path])
                if other is not walk and 1 in other.numbers and other.start.start < each.start
            )
            open_walk = next(candidates, None)
            if open_walk and not open_walk.is_complete and max(open_walk.numbers) == number - 1:
                walk.remove(each)
                open_walk.take(each, pages.get(each.id))
    return (each for each in walks if each.requests)


def _strays(walk: Walk) -> tuple[Exchange, ...]:
    """Return the requests of a walk that may continue another one.

    These are all if it has no page 1, and otherwise those that came after it was complete. The page after the last
    is none of them: a client may read until a page is empty.
    """
    if 1 not in walk.numbers:
        return tuple(walk.requests)
    if not walk.is_complete:
        return ()
    last = walk.last_page or 0
    completed = max(each.end for number, each in walk.pages.items() if number <= last)
    own = (1, last + 1)
    return tuple(each for each in walk.requests if each.start > completed and page_number(each) not in own)


def page_number(exchange: Requested) -> int | None:
    """Return the number of the requested page; None if it is not a number."""
    text = exchange.parameter(PAGE)
    if text is None:
        return 1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def page_size(exchange: Requested) -> int:
    """Return the number of records of a full page."""
    text = exchange.parameter(PER_PAGE)
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        return DEFAULT_SIZE
    return min(int(text), LARGEST_SIZE)
