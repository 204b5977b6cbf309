"""Walks: the requests with which a client reads a list page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import is_list, place

DEFAULT_SIZE, LARGEST_SIZE = 100, 3000
PAGE, PER_PAGE, SINCE = "page[page]", "page[per_page]", "filter[updated_since]"


@dataclass(slots=True, eq=False)
class Walk:
    """The requests for the pages of one list with one set of filters, in the order of their start.

    A walk begins with page 1. Requests for later pages belong to the latest walk of the list with the same filters;
    if there is none, to the latest walk of the list, whose filters they change. Repeated requests for a page belong
    to the walk too. The pages may be requested in any order, and at once.
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

    @property
    def start(self) -> Exchange:
        """The first request."""
        return self.requests[0]

    @property
    def end(self) -> float:
        """The end of the last response, on the machine's clock."""
        return max(each.end for each in self.requests)

    @property
    def since(self) -> datetime | None:
        """The instant of `filter[updated_since]`, aware; None without the filter or if it is unreadable."""
        text = self.filters.get(SINCE)
        try:
            moment = datetime.fromisoformat(text.upper()) if text else None
        except ValueError:
            return None
        return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def is_poll(self) -> bool:
        """Whether the walk asks for changes only."""
        return SINCE in self.filters

    @property
    def is_full(self) -> bool:
        """Whether the walk has no filter but the cohort: it reads everything."""
        return not any(key.startswith("filter[") and key != "filter[cohort]" for key in self.filters)

    @property
    def pages(self) -> Mapping[int, Exchange]:
        """The first successful request for each page, by its number."""
        pages: dict[int, Exchange] = {}
        for each in self.requests:
            if each.succeeded:
                pages.setdefault(page_number(each) or 0, each)
        return pages

    @property
    def last_page(self) -> int | None:
        """The number of the first page that was shorter than a full one or empty; None if none was."""
        short = [number for number, each in self.pages.items() if len(each.records) < self.size]
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
    def failures(self) -> tuple[Exchange, ...]:
        """The requests without a 2xx response."""
        return tuple(each for each in self.requests if not each.succeeded)


def walks_of(exchanges: Iterable[Exchange]) -> tuple[Walk, ...]:
    """Return the walks in the order of their first requests."""
    walks: list[Walk] = []
    latest: dict[tuple[str, frozenset[tuple[str, str]]], Walk] = {}
    of_path: dict[str, Walk] = {}
    for each in exchanges:
        if not is_list(each):
            continue
        number, size = page_number(each), page_size(each)
        filters = {key: value for key, value in each.query if key not in (PAGE, PER_PAGE)}
        key = each.path, frozenset(filters.items())
        walk = latest.get(key)
        if walk is None and number != 1:
            walk = of_path.get(each.path)
        if walk is None or (number == 1 and not _repeats_first_page(walk, each)):
            walk = Walk(place(each)[0] or each.path, each.path, filters, size)
            walks.append(walk)
            latest[key] = of_path[each.path] = walk
        elif walk.filters != filters or walk.size != size:
            walk.changed.append(each)
        walk.requests.append(each)
    return tuple(walks)


def _repeats_first_page(walk: Walk, exchange: Exchange) -> bool:
    """Return whether a request for page 1 repeats one that failed, or that has no response yet."""
    first = [each for each in walk.requests if page_number(each) == 1]
    return len(first) == len(walk.requests) and not any(each.succeeded and each.end <= exchange.start for each in first)


def page_number(exchange: Exchange) -> int | None:
    """Return the number of the requested page; None if it is not a number."""
    text = exchange.parameter(PAGE)
    if text is None:
        return 1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def page_size(exchange: Exchange) -> int:
    """Return the number of records of a full page."""
    text = exchange.parameter(PER_PAGE)
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        return DEFAULT_SIZE
    return min(int(text), LARGEST_SIZE)
