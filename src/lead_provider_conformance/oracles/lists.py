"""The lists of the API: which there are, as the contract says, and one of them as a test asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lead_provider_conformance.api.operations import MAX_RECORDS, Api, page_query
from lead_provider_conformance.api.records import identity, skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory

Resource = Mapping[str, Any]
Pair = tuple[str, str]

WALKS = 3


@dataclass(frozen=True, slots=True)
class ListOperation:
    """An operation that answers with pages of records.

    `filters` are what it can be narrowed by, `required` those of them that it cannot do without, `sort_keys` what it
    can be sorted by, without the minus. `shows_one` says whether its records are shown on their own, too, and `file` is
    the operation that answers with the whole list as a CSV, if there is one.
    """

    operation: Operation
    filters: frozenset[str]
    required: frozenset[str]
    sort_keys: frozenset[str]
    shows_one: bool
    file: Operation | None

    def __repr__(self) -> str:
        """As its operation's: short, and the same in every run."""
        return repr(self.operation)

    @property
    def name(self) -> str:
        """The path without what all of a version have in common, such as `participants/ecf`."""
        return self.operation.path.split("/", 3)[3]

    @property
    def file_filters(self) -> frozenset[str]:
        """What the CSV can be narrowed by."""
        return frozenset(_queries(self.file).get("filter", {}).get("properties", ())) if self.file else frozenset()

    @classmethod
    def of(cls, contract: Contract) -> tuple[ListOperation, ...]:
        """Every list of a version."""
        reading = {each.path: each for each in contract.operations if each.method == "GET"}
        found = []
        for path, operation in reading.items():
            schemas = _queries(operation)
            if "page" in schemas:
                narrowing = schemas.get("filter", {})
                words = schemas.get("sort", {}).get("items", {}).get("enum", ())
                found.append(
                    cls(
                        operation=operation,
                        filters=frozenset(narrowing.get("properties", ())),
                        required=frozenset(narrowing.get("required", ())),
                        sort_keys=frozenset(word.lstrip("-") for word in words),
                        shows_one=bool(reading.keys() & {f"{path}/{{id}}", _transfers_of_one(path)}),
                        file=reading.get(f"{path}.csv"),
                    )
                )
        return tuple(found)


def _queries(operation: Operation) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each["schema"] for each in operation.parameters if each["in"] == "query"}


def _transfers_of_one(path: str) -> str:
    """Where the transfers of one participant are: the only records whose id stands inside the path."""
    return path.replace("/transfers", "/{id}/transfers") if path.endswith("/transfers") else ""


@dataclass(frozen=True)
class Listing:
    """One list as a provider asks for it: the query that the list cannot do without is always sent."""

    api: Api
    about: ListOperation
    always: tuple[Pair, ...] = ()
    inventory: Inventory | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"GET {self.path}"

    @property
    def path(self) -> str:
        """Where the list is."""
        return self.about.operation.path

    def ask(self, *query: Pair, deliberate: str | None = None) -> Response:
        """The list with a query, as the server answers it."""
        return self.api.send("GET", self.path, query=[*self.always, *query], deliberate=deliberate)

    def page(self, number: int, size: int, *query: Pair) -> Response:
        """One page of the list."""
        return self.ask(*query, *page_query(size, number))

    def all(self, *query: Pair) -> tuple[Resource, ...]:
        """Every record of the list as it is now, in its order, through as few pages as possible.

        Raises CouldNotRun if it is too long for that.
        """
        return self._whole(tuple(self.api.paginate(self.path, *self.always, *query, page_size=PAGE_LIMIT)))

    def _whole(self, records: tuple[Resource, ...]) -> tuple[Resource, ...]:
        if len(records) >= MAX_RECORDS:
            raise CouldNotRun(
                f"{self} holds {MAX_RECORDS:,} records or more, and no more are read: what is missing from a part "
                "of it cannot be told.",
                "Run with the token of a provider that has fewer.",
            )
        return records

    def ask_for_file(self, *query: Pair, deliberate: str | None = None) -> Response:
        """The whole list as a CSV, where there is one."""
        return self.api.send("GET", f"{self.path}.csv", query=[*self.always, *query], deliberate=deliberate)

    @property
    def some_record(self) -> Resource:
        """A record of the list, as it was when the run first read it. Raises CouldNotRun if there is none."""
        for record in self.unfiltered:
            return record
        raise CouldNotRun(f"{self} lists nothing.", "Give the target records of that kind.")

    def show(self, record_id: str) -> Response:
        """One record on its own, where the list's records are shown so."""
        folder, transfers, _ = self.path.partition("/transfers")
        return self.api.send("GET", f"{folder}/{record_id}{transfers}", query=self.always)

    def seen_by(self, other: Api) -> Listing:
        """The same list as another provider asks for it."""
        return Listing(other, self.about, self.always, self.inventory and self.inventory.seen_by(other))

    @cached_property
    def unfiltered(self) -> tuple[Resource, ...]:
        """Every record, as the list showed it when the run first read it; other tests may have changed some since.

        Raises CouldNotRun if the list cannot be read, or is too long to be.
        """
        return self._whole(self.inventory.listed(self.path, *self.always)) if self.inventory else self.all()

    def walk(self, pages: int) -> Walk:
        """The list read page by page, in about so many pages.

        Where a page holds what another one held, or none holds a record, and the list itself has changed meanwhile,
        the walk is made again. Raises CouldNotRun if the list does not keep still.
        """
        before = self.unfiltered
        for _ in range(WALKS):
            size = max(1, -(-len(before) // pages))
            walk = Walk(before, size, tuple(self.page(number, size) for number in range(1, pages + 1)))
            if not walk.twice and not walk.never:
                return walk
            after = self.all()
            if {identity(each) for each in before} == {identity(each) for each in after}:
                return walk
            before = after
        raise CouldNotRun(
            f"{self} kept changing while its pages were read.", "Run when nobody else changes the target's records."
        )


@dataclass(frozen=True)
class Walk:
    """The pages of a list of a size, and the whole list as one page showed it."""

    whole: tuple[Resource, ...]
    size: int
    pages: tuple[Response, ...]

    @cached_property
    def met(self) -> tuple[str, ...]:
        """The records in the order in which they were met."""
        return tuple(record for number in range(len(self.pages)) for record in self.on(number))

    def on(self, number: int) -> tuple[str, ...]:
        """The records of one page; the first is number 0."""
        return tuple(identity(each) for each in self.pages[number].resources)

    @property
    def in_other_order(self) -> bool:
        """Whether the pages show records in another order than the whole list does."""
        whole = [identity(each) for each in self.whole]
        both = set(whole).intersection(self.met)
        return [each for each in self.met if each in both] != [each for each in whole if each in both]

    @property
    def twice(self) -> list[str]:
        """Records that were met more than once."""
        return sorted(record for record, times in Counter(self.met).items() if times > 1)

    @property
    def never(self) -> list[str]:
        """Records of the list that no page held."""
        return sorted({identity(each) for each in self.whole}.difference(self.met))


class Lists:
    """The lists of the version and programme under test, by name."""

    def __init__(self, api: Api, contract: Contract, states: States, inventory: Inventory) -> None:
        self._api = api
        self._contract = contract
        self._states = states
        self._inventory = inventory

    def __iter__(self) -> Iterator[Listing]:
        return (self.at(each.name) for each in ListOperation.of(self._contract))

    def at(self, name: str) -> Listing:
        """The list at a path, such as `participants/ecf`. Raises LookupError if the contract has none there."""
        for each in ListOperation.of(self._contract):
            if each.name == name:
                return self.of(each)
        raise LookupError(f"version {self._api.version} has no list at {name}")

    def of(self, about: ListOperation) -> Listing:
        """That list. What it cannot do without is a cohort, and the one with the most participants is taken."""
        always = tuple((f"filter[{name}]", self.cohort) for name in sorted(about.required))
        return Listing(self._api, about, always, self._inventory)

    @cached_property
    def cohort(self) -> str:
        """The cohort with the most participants. Raises CouldNotRun if nobody is in any."""
        found = skip_malformed(self._states.inventory.participants, lambda each: each.cohort)
        cohorts = Counter(str(cohort) for _, cohort in found if cohort)
        if not cohorts:
            raise CouldNotRun("No participant shows a cohort.", "Give the target participants with a cohort.")
        return min(cohorts, key=lambda cohort: (-cohorts[cohort], cohort))
