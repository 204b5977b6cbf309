"""The lists of the API: their operations in the contract, and requests to one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from lead_provider_conformance.api.operations import MAX_RECORDS, Api, page_query
from lead_provider_conformance.api.records import identities, skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.http import Resource, Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory

Pair = tuple[str, str]

MAX_SHOWN_BY_ID = 3
"""The most records that a rule requests one by one by their ids."""
ATTEMPTS = 3
"""How often the pages of a list are read before its records are said to keep changing."""


@dataclass(frozen=True, slots=True)
class ListOperation:
    """An operation that returns pages of all records of a kind.

    `has_detail` means that a record can be requested by its id. `csv` is the operation that returns the whole list as
    CSV. `sort_keys` are without the minus. `single_filters` take one value, not several with commas between.
    """

    operation: Operation
    filters: frozenset[str]
    required_filters: frozenset[str]
    single_filters: frozenset[str]
    sort_keys: frozenset[str]
    has_detail: bool
    csv: Operation | None

    def __repr__(self) -> str:
        """Return a short text that is the same in every run."""
        return repr(self.operation)

    @property
    def name(self) -> str:
        """The operationId without `list_`, such as `ecf_participants`."""
        return self.operation.id.removeprefix("list_")

    @property
    def path_name(self) -> str:
        """The path without the version, such as `participants/ecf`."""
        return self.operation.path.split("/", 3)[3]

    @property
    def csv_filters(self) -> frozenset[str]:
        """The filters of the CSV operation."""
        return frozenset(_queries(self.csv).get("filter", {}).get("properties", ())) if self.csv else frozenset()

    def filters_in(self, programmes: Collection[str]) -> frozenset[str]:
        """Return the filters of these programmes: a server of one programme need not know the other's."""
        filters = _queries(self.operation).get("filter", {}).get("properties", {})
        return frozenset(
            name for name, schema in filters.items() if set(schema.get("x-programmes", programmes)) & set(programmes)
        )

    @classmethod
    def of(cls, contract: Contract) -> tuple[ListOperation, ...]:
        """Return every list of a version."""
        reading = {each.path: each for each in contract.operations if each.method == "GET"}
        found = []
        for path, operation in reading.items():
            schemas = _queries(operation)
            if "page" in schemas and "{" not in path:
                filters = schemas.get("filter", {})
                keys = schemas.get("sort", {}).get("items", {}).get("enum", ())
                found.append(
                    cls(
                        operation=operation,
                        filters=frozenset(filters.get("properties", ())),
                        required_filters=frozenset(filters.get("required", ())),
                        single_filters=frozenset(
                            name for name, schema in filters.get("properties", {}).items() if takes_one_value(schema)
                        ),
                        sort_keys=frozenset(key.lstrip("-") for key in keys),
                        has_detail=bool(reading.keys() & {f"{path}/{{id}}", _transfers_of_one(path)}),
                        csv=reading.get(f"{path}.csv"),
                    )
                )
        return tuple(found)


def _queries(operation: Operation) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each["schema"] for each in operation.parameters if each["in"] == "query"}


def takes_one_value(schema: Mapping[str, Any]) -> bool:
    """Return whether a filter takes one value, not several with commas between."""
    return schema.get("format") == "uuid" or bool(schema.get("x-single"))


def _transfers_of_one(path: str) -> str:
    """Return the path of one participant's transfers, the only path with the id in the middle."""
    return path.replace("/transfers", "/{id}/transfers") if path.endswith("/transfers") else ""


@dataclass(frozen=True)
class Listing:
    """One list as a provider requests it. `required_query` holds the filters that every request must have."""

    api: Api
    operation: ListOperation
    required_query: tuple[Pair, ...] = ()
    inventory: Inventory | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"GET {self.path}"

    @property
    def path(self) -> str:
        """The path of the list."""
        return self.operation.operation.path

    def get(self, *query: Pair, deliberate: str | None = None) -> Response:
        """Request the list with a query."""
        return self.api.send("GET", self.path, query=[*self.required_query, *query], deliberate=deliberate)

    def page(self, number: int, size: int, *query: Pair) -> Response:
        """Request one page of the list."""
        return self.get(*query, *page_query(size, number))

    def all(self, *query: Pair) -> tuple[Resource, ...]:
        """Return every record of the list as it is now, in as few pages as possible.

        Raise CouldNotRun if the list is too long.
        """
        return self._whole(tuple(self.api.paginate(self.path, *self.required_query, *query, page_size=PAGE_LIMIT)))

    def _whole(self, records: tuple[Resource, ...]) -> tuple[Resource, ...]:
        if len(records) >= MAX_RECORDS:
            raise CouldNotRun(
                f"{self} holds {MAX_RECORDS:,} records or more. The suite reads no more, so it cannot find missing "
                "records.",
                "Run with the token of a provider that has fewer.",
            )
        return records

    def get_csv(self, *query: Pair, deliberate: str | None = None) -> Response:
        """Request the whole list as CSV."""
        return self.api.send("GET", f"{self.path}.csv", query=[*self.required_query, *query], deliberate=deliberate)

    def require_fields(self, *fields: str) -> None:
        """Raise CouldNotRun if the list has records, and none shows one of the `fields` that the contract documents."""
        if self.inventory:
            self.inventory.require_fields(self.operation.name, *fields, query=self.required_query)

    @property
    def first_record(self) -> Resource:
        """The first record of the snapshot. Raise CouldNotRun if the list is empty."""
        for record in self.snapshot:
            return record
        raise CouldNotRun(f"{self} lists nothing.", "Give the target records of that kind.")

    def get_one(self, record_id: str) -> Response:
        """Request one record by its id."""
        folder, transfers, _ = self.path.partition("/transfers")
        return self.api.send("GET", f"{folder}/{record_id}{transfers}", query=self.required_query)

    def require_listed(self, record_id: str) -> None:
        """Raise CouldNotRun unless the list still has the record: others may have removed it since it was read."""
        if record_id not in {each["id"] for each in self.all()}:
            raise CouldNotRun(f"{self} has lost {record_id} during the run.", "Run again.")

    def as_provider(self, other: Api) -> Listing:
        """Return the same list as another provider requests it."""
        inventory = self.inventory and self.inventory.for_provider(other)
        return Listing(other, self.operation, self.required_query, inventory)

    @cached_property
    def snapshot(self) -> tuple[Resource, ...]:
        """Every record as the run first read the list; other tests may have changed some since.

        Raise CouldNotRun if the list cannot be read or is too long.
        """
        return self._whole(self.inventory.resources(self.path, *self.required_query)) if self.inventory else self.all()

    def read_pages(self, count: int) -> Pages:
        """Read the list in at most `count` pages, and if there are fewer, the empty one after them.

        Read again if pages repeat or lack records and the list has changed meanwhile. Raise CouldNotRun if it keeps
        changing.
        """
        whole = identities(self.snapshot)
        for _ in range(ATTEMPTS):
            size = _page_size(len(whole), count)
            filled = max(1, -(-len(whole) // size))
            read = [PageRecords.of(self.page(number, size)) for number in range(1, filled + 1)]
            if 1 < filled < count:  # a server may show a page again after the last one
                beyond = self.page(filled + 1, size)
                read += [PageRecords.of(beyond)] if beyond.status == 200 else []
            pages = Pages(whole, size, read)
            if not pages.duplicates and not pages.missing:
                return pages
            whole = identities(self.all())
            if set(pages.whole) == set(whole):
                return pages
        raise CouldNotRun(
            f"{self} kept changing while its pages were read.", "Run when nothing else changes the target's records."
        )


def _page_size(total: int, pages: int) -> int:
    """Return the least page size with which a list has at most that many pages, and a last one that is not full.

    A server that pages more rows than it lists records shows the others on the last page then. A list of three has a
    page of two, so that a server can lose its last record. If no size leaves room, return the least.
    """
    least = max(1, -(-total // pages))
    return next((each for each in range(least, total) if total % each), least)


class PageRecords(list[str]):
    """The identities of the records on one page, with the id of the exchange that showed it, and the records."""

    exchange: str = ""
    resources: tuple[Resource, ...] = ()

    @classmethod
    def of(cls, response: Response) -> PageRecords:
        """Return the records of a page."""
        records = cls(identities(response.resources))
        records.exchange, records.resources = response.exchange, response.resources
        return records


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a list of one size, and the whole list as one page returned it, as the identities of records."""

    whole: Sequence[str]
    size: int
    by_page: Sequence[PageRecords]

    @property
    def ids(self) -> list[str]:
        """The records of all pages, in order."""
        return [record for page in self.by_page for record in page]

    @property
    def first_moved(self) -> str | None:
        """The first record that has another place on the pages than in the whole list; None if there is none."""
        both = set(self.whole).intersection(self.ids)
        paged, whole = ([each for each in some if each in both] for some in (self.ids, self.whole))
        return next((one or other for one, other in zip_longest(paged, whole) if one != other), None)

    def last_with(self, record: str) -> str:
        """Return the id of the exchange that showed the last page with a record."""
        return next(page.exchange for page in reversed(self.by_page) if record in page)

    @property
    def duplicates(self) -> list[str]:
        """Records that occur more than once."""
        return sorted(record for record, count in Counter(self.ids).items() if count > 1)

    @property
    def missing(self) -> list[str]:
        """Records of the whole list that are on no page."""
        return sorted(set(self.whole).difference(self.ids))


@dataclass(frozen=True, eq=False, repr=False)
class Lists:
    """The lists of the version and programme under test, by name."""

    api: Api
    contract: Contract
    states: States
    inventory: Inventory

    def __iter__(self) -> Iterator[Listing]:
        return (self.of(each) for each in ListOperation.of(self.contract))

    @property
    def implemented(self) -> Sequence[Listing]:
        """The lists of the programme that the target has."""
        operations = ((each, each.operation.operation) for each in self)
        return [
            each
            for each, operation in operations
            if self.api.programme in operation.programmes and self.states.target.implements(operation.id)
        ]

    def at(self, name: str) -> Listing:
        """Return the list `name`, such as `ecf_participants`. Raise LookupError if the contract lacks it."""
        for each in ListOperation.of(self.contract):
            if each.name == name:
                return self.of(each)
        raise LookupError(f"version {self.api.version} has no list {name}")

    def of(self, operation: ListOperation) -> Listing:
        """Return the list of an operation. A required cohort filter takes `cohort`."""
        query = tuple((f"filter[{name}]", self.cohort) for name in sorted(operation.required_filters))
        return Listing(self.api, operation, query, self.inventory)

    @cached_property
    def cohort(self) -> str:
        """The cohort with the most participants; without participants, the oldest that is paid for."""
        found = skip_malformed(self.states.inventory.participants, lambda each: each.cohort)
        cohorts = Counter(str(cohort) for _, cohort in found if cohort)
        if not cohorts:
            known = self.states.calendar.cohorts
            frozen = (year for year, cohort in known.items() if cohort.payments_frozen)
            return str(1 + max(frozen, default=min(known) - 1))
        return min(cohorts, key=lambda cohort: (-cohorts[cohort], cohort))
