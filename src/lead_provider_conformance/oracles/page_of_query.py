"""The third page of a filtered and sorted list, compared with the page computed from the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from lead_provider_conformance.api.records import identity, time_of
from lead_provider_conformance.http import Resource
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.oracles.filters import FilterCase, field_values, time_filter, value_filter
from lead_provider_conformance.oracles.lists import Listing

PAGE = 3
"""The page that is read: defects of later pages need not show on the second one."""
PAGES = 4
ATTEMPTS = 3
"""How often a list that changes is read again."""
SORT_KEY = "updated_at"
GAP = timedelta(seconds=2)
"""The shortest time between two updates that a filter by time can separate without doubt."""


@dataclass(frozen=True, slots=True)
class PageOfQuery:
    """A filter, and an order if the list can be sorted."""

    listing: Listing
    case: FilterCase
    is_sorted: bool

    def __str__(self) -> str:
        order = f" and sort={SORT_KEY}" if self.is_sorted else ""
        return f"Page {PAGE} of {self.listing} with {self.case}{order}"

    def matching(self, records: Sequence[Resource]) -> list[Resource]:
        """Return the records that the filter includes, in the order of the query."""
        found = [each for each in records if self.case.must_include(each)]
        return sorted(found, key=_changed_at) if self.is_sorted else found

    def read(self, size: int) -> Sequence[Resource]:
        """Read the page from the server."""
        sort = [("sort", SORT_KEY)] if self.is_sorted else []
        return self.listing.page(PAGE, size, self.case.query, *sort).resources

    def problem(self, page: Sequence[Resource], records: Sequence[Resource], size: int) -> str | None:
        """Return how a page differs from that of the whole list `records`, or None."""
        excluded = next((each for each in page if not self.case.may_include(each)), None)
        if excluded is not None:
            return f"{self} lists {excluded['id']}, which the filter leaves out."
        matching = self.matching(records)
        expected = matching[(PAGE - 1) * size : PAGE * size]
        if len(page) != len(expected):
            return f"{self} holds {len(page)} of {len(matching)} records, at {size} a page; expected {len(expected)}."
        if self.is_sorted and [*map(_changed_at, page)] != [*map(_changed_at, expected)]:
            return f"{self} does not hold the records that are there in the order of {SORT_KEY}."
        return None


def query_with_pages(listing: Listing, filters: Collection[str]) -> PageOfQuery | None:
    """Return the query whose filter includes about half of the list, or None if no filter includes enough."""
    records = listing.snapshot
    counted = [*_value_filters(records, filters), *_time_filters(records, filters)]
    usable = [(case, count) for case, count in counted if PAGES <= count < len(records)]
    for case, _ in sorted(usable, key=lambda each: abs(2 * each[1] - len(records))):
        if all(case.may_include(each) is case.must_include(each) for each in records):
            return PageOfQuery(listing, case, SORT_KEY in listing.operation.sort_keys)
    return None


def assert_page_of_query(query: PageOfQuery) -> None:
    """Read the third page of a query, and check it.

    Other tests change records at the same time. A difference counts only if it shows twice, each time with the same
    whole list before and after the page: a record that changes and changes back within a second can look unchanged
    once. Raise CouldNotRun if the list keeps changing.
    """
    listing, records, shown_before = query.listing, query.listing.snapshot, False
    for _ in range(ATTEMPTS):
        size = -(-len(query.matching(records)) // PAGES)
        page = query.read(size)
        shown = listing.api.client.latest_exchange
        problem = query.problem(page, records, size)
        if problem is None:
            return
        after = listing.all()
        if _by_identity(after) == _by_identity(records):
            if shown_before:
                raise ShownFailure(problem, shown)
            shown_before = True
        records = after
    raise CouldNotRun(
        f"{listing} kept changing while its pages were read.", "Run when nothing else changes the target's records."
    )


def _by_identity(records: Sequence[Resource]) -> dict[str, Resource]:
    return {identity(each): each for each in records}


def _value_filters(records: Sequence[Resource], filters: Collection[str]) -> Iterator[tuple[FilterCase, int]]:
    """Yield the filter by each value of a field, with the number of records that have the value."""
    for name in sorted(set(filters) - {"updated_since"}):
        counts = Counter(value for each in records for value in field_values(each, name))
        yield from ((value_filter(name, value), counts[value]) for value in sorted(counts.keys() - {"None", ""}))


def _time_filters(records: Sequence[Resource], filters: Collection[str]) -> Iterator[tuple[FilterCase, int]]:
    """Yield the filter by the time in the middle of a gap near the middle of the list, with the number after it."""
    if "updated_since" not in filters:
        return
    times = sorted(_changed_at(each) for each in records)
    gaps = [(number, one + (other - one) / 2) for number, (one, other) in enumerate(pairwise(times), 1)]
    wide = [(number, moment) for number, moment in gaps if times[number] - times[number - 1] >= GAP]
    if wide:
        before, moment = min(wide, key=lambda gap: abs(2 * gap[0] - len(times)))
        yield time_filter(moment.replace(microsecond=0)), len(times) - before


def _changed_at(resource: Resource) -> datetime:
    return time_of(resource["attributes"], SORT_KEY)
