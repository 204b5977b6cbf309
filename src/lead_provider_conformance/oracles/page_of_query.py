"""Pages of a filtered and sorted list, compared with those computed from the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from lead_provider_conformance.api.records import identities, identity, time_of
from lead_provider_conformance.http import Resource
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.oracles.filters import FilterCase, field_values, time_filter, value_filter
from lead_provider_conformance.oracles.lists import Listing

PAGES_READ = (3, 2)
"""A defect may show on one of the later pages only."""
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
        return f"{self.listing} with {self.case}{order}"

    def matching(self, records: Sequence[Resource]) -> list[Resource]:
        """Return the records that the filter includes, in the order of the query."""
        found = [each for each in records if self.case.must_include(each)]
        return sorted(found, key=_changed_at) if self.is_sorted else found

    def read(self, number: int, size: int) -> Sequence[Resource]:
        """Read a page from the server."""
        sort = [("sort", SORT_KEY)] if self.is_sorted else []
        return self.listing.page(number, size, self.case.query, *sort).resources

    def problem(self, number: int, page: Sequence[Resource], records: Sequence[Resource], size: int) -> str | None:
        """Return how a page differs from that of the whole list `records`, or None."""
        name = f"Page {number} of {self}"
        excluded = next((each for each in page if not self.case.may_include(each)), None)
        if excluded is not None:
            return f"{name} lists {excluded['id']}, which the filter leaves out."
        repeated = [each for each, count in Counter(identities(page)).items() if count > 1]
        if repeated:
            return f"{name} lists {repeated[0]} more than once."
        matching = self.matching(records)
        expected = matching[(number - 1) * size : number * size]
        if len(page) != len(expected):
            return f"{name} holds {len(page)} of {len(matching)} records, at {size} a page; expected {len(expected)}."
        if self.is_sorted and [*map(_changed_at, page)] != [*map(_changed_at, expected)]:
            return f"{name} does not hold the records that are there in the order of {SORT_KEY}."
        return None


def query_with_pages(listing: Listing, filters: Collection[str]) -> PageOfQuery | None:
    """Return the query whose filter includes about half of the list, or None if no filter includes enough.

    Rather choose one with which the pages of the whole list have records that the filter leaves out.
    """
    records = listing.snapshot
    counted = [*_value_filters(records, filters), *_time_filters(records, filters)]
    usable = [(case, count) for case, count in counted if PAGES <= count < len(records)]
    for case, _ in sorted(usable, key=lambda each: (not _shows(records, *each), abs(2 * each[1] - len(records)))):
        if all(case.may_include(each) is case.must_include(each) for each in records):
            return PageOfQuery(listing, case, SORT_KEY in listing.operation.sort_keys)
    return None


def _shows(records: Sequence[Resource], case: FilterCase, count: int) -> bool:
    """Return whether the pages of the whole list have records that the filter leaves out."""
    size = _page_size(count)
    pages = (records[(number - 1) * size : number * size] for number in PAGES_READ)
    return all(not all(map(case.may_include, page)) for page in pages)


def _page_size(count: int) -> int:
    return max(1, -(-count // PAGES))


def assert_page_of_query(query: PageOfQuery) -> None:
    """Read later pages of a query, and check them.

    Other tests change records at the same time. A difference counts only if it shows twice, each time with the same
    whole list before and after the page: a record that changes and changes back within a second can look unchanged
    once. Raise CouldNotRun if the list keeps changing.
    """
    records: Sequence[Resource] = query.listing.snapshot
    for number in PAGES_READ:
        records = _assert_page(query, number, records)


def _assert_page(query: PageOfQuery, number: int, records: Sequence[Resource]) -> Sequence[Resource]:
    """Read a page of a query, and check it. Return the records of the whole list as they are now known."""
    listing, shown_before = query.listing, False
    for _ in range(ATTEMPTS):
        size = _page_size(len(query.matching(records)))
        page = query.read(number, size)
        shown = listing.api.client.latest_exchange
        problem = query.problem(number, page, records, size)
        if problem is None:
            return records
        after = listing.all()
        if _by_identity(after) == _by_identity(records):
            if shown_before:
                raise ShownFailure(problem, shown)
            shown_before = True
        records = after
    raise _kept_changing(listing)


def assert_second_page(listing: Listing, case: FilterCase, listed: Sequence[Resource]) -> bool:
    """Compare the second page of a filtered list with the `listed` records, which do not show what the filter goes by.

    Return False if no page could show that the server ignores the filter. Raise CouldNotRun if the list keeps changing.
    """
    shown_before = False
    for _ in range(ATTEMPTS):
        included = identities(listed)
        size = _telling_size(identities(listing.snapshot), included)
        if size is None:
            return False
        page = identities(listing.page(2, size, case.query).resources)
        shown = listing.api.client.latest_exchange
        expected = min(size, len(included) - size)
        others = sorted(set(page) - set(included))
        if not others and len(page) == expected:
            return True
        listed = listing.all(case.query)
        is_unchanged = set(identities(listed)) == set(included)
        if is_unchanged and shown_before:
            name = f"Page 2 of {listing} with {case}"
            if others:
                raise ShownFailure(f"{name} lists {others[0]}, which the filter leaves out.", shown)
            raise ShownFailure(f"{name} holds {len(page)} records; expected {expected}, at {size} a page.", shown)
        shown_before = shown_before or is_unchanged
    raise _kept_changing(listing)


def _telling_size(whole: Sequence[str], included: Sequence[str]) -> int | None:
    """Return the page size, about half of the `included` records, at which page 2 of the whole list has others."""
    sizes = (each for each in range(1, len(included)) if not set(whole[each : 2 * each]) <= set(included))
    return min(sizes, key=lambda each: abs(2 * each - len(included)), default=None)


def _kept_changing(listing: Listing) -> CouldNotRun:
    return CouldNotRun(
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
