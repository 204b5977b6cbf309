"""Compare results of list queries, and single records, with the full list.

Other tests change records at the same time. So a difference counts only if it shows twice more, each time with the
same full list before and after the request. A record that was changed and changed back within a second looks the same
before and after: the fields of records that have changed since the run began decide nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from urllib.parse import unquote

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import identities, identity, skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import VALID
from lead_provider_conformance.fuzzing.case_records import CaseRecords
from lead_provider_conformance.fuzzing.causes import Failure
from lead_provider_conformance.fuzzing.coverage_labels import LIST_QUERY
from lead_provider_conformance.fuzzing.list_queries import placeholder_values
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.fuzzing.rules import is_list
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Resource, Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.list_oracle import Difference, compare, has_distinct_times, share_records
from lead_provider_conformance.oracles.lists import Listing, ListOperation
from lead_provider_conformance.oracles.references import missing_record, referenced_ids
from lead_provider_conformance.oracles.same_record import differs
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory

Query = Sequence[tuple[str, str]]

AS_PROMISED = "generated/lists-what-was-asked"
AS_DEPLOYED = "generated/lists-as-deployed"
SHOWN = "generated/shown-as-listed"
ATTEMPTS = 4
"""A record that changes and changes back within a second can look unchanged once; a difference must show twice."""
_SHOWN_DIFFERENTLY = "the record is not the same as in the list"
_UNSTABLE_ORDER = Difference("the same records are in another order when the list is read again", is_promised=False)
_NOT_LISTED = "the list lacks a record that is shown by its id"


@dataclass
class ListComparison:
    """One list, the results of its queries, and its single records.

    `cohorts` are the cohorts of the provider's participants, by id.
    """

    listing: Listing
    cohorts: Mapping[str, str] = field(default_factory=dict)
    _latest: tuple[Resource, ...] | None = field(default=None, init=False)

    @cached_property
    def snapshot(self) -> tuple[Resource, ...]:
        """Every record as the run first read the list; none if it cannot be read or is too long."""
        try:
            return self.listing.snapshot
        except CouldNotRun:
            return ()

    @property
    def _full_list(self) -> tuple[Resource, ...]:
        return self.snapshot if self._latest is None else self._latest

    def _read(self, *, again: bool = True) -> tuple[Resource, ...]:
        """Read the full list. Unless `again`, read it only if no earlier difference has made that necessary."""
        if again or self._latest is None:
            self._latest = self.listing.all()
        return self._latest

    @cached_property
    def values(self) -> Mapping[str, str]:
        """The values of the placeholders of list queries."""
        return placeholder_values(self.snapshot, self.cohorts)

    def failures(self, results: Sequence[CaseResult]) -> Mapping[str, tuple[Failure, ...]]:
        """Return the failures by requirement; only requirements that the results can decide are keys."""
        if any(_shows_one(result) for result in results):
            return {SHOWN: tuple(self._shown_differently(results))} if self.snapshot else {}
        failures: dict[str, list[Failure]] = {}
        if ids := referenced_ids(self.listing, self.listing.inventory) if self.listing.inventory else ():
            failures[SHOWN] = []
            result = min(filter(_succeeded, results), key=_number_of_parameters, default=None)
            if result and (record := missing_record(self.listing, self.snapshot, ids)):
                message = f"the list lacks {record}, which is shown by its id"
                failures[SHOWN].append(Failure(_NOT_LISTED, message, result))
        if self.snapshot:
            failures |= {AS_PROMISED: [], AS_DEPLOYED: list(self._hidden_cohorts(results))}
            for requirement, failure in self._shared_pages(results):
                failures[requirement].append(failure)
            for result in filter(_has_known_result, results):
                if difference := self._confirmed_difference(result):
                    requirement = AS_PROMISED if difference.is_promised else AS_DEPLOYED
                    failures[requirement].append(Failure(difference.message, difference.message, result))
        return {requirement: tuple(each) for requirement, each in failures.items()}

    def _shared_pages(self, results: Sequence[CaseResult]) -> Iterator[tuple[str, Failure]]:
        """Yield requirement and failure for every two pages of the same list that share a record."""
        numbered = (each for each in results if "page[page]" in dict(each.case.query))
        pages = [each for each in numbered if each.case.expected in VALID and is_list(each)]
        for first, second in combinations(pages, 2):
            if _share_records(first, second, [first.response, second.response]):
                with contextlib.suppress(IncompleteResponse, NoResponse):  # other requirements report these
                    if requirement := self._confirmed_sharing(first, second):
                        yield requirement, Failure("overlap", "two pages of the same list share a record", second)

    def _confirmed_sharing(self, first: CaseResult, second: CaseResult) -> str | None:
        """Return the requirement that two pages break, if they still share a record of an unchanged list.

        No published text promises the order of records with the same time.
        """
        for _ in range(ATTEMPTS):
            before = self._full_list
            pages = [self.listing.get(*self._sent_query(each)) for each in (first, second)]
            if before == self._read():
                has_order = has_distinct_times(first.case.query, before)
                return (AS_PROMISED if has_order else AS_DEPLOYED) if _share_records(first, second, pages) else None
        return None

    def _shown_differently(self, results: Sequence[CaseResult]) -> Iterator[Failure]:
        listed = {each["id"] for each in self.snapshot}
        for result in filter(_shows_one, results):
            try:
                record = result.response.resource if result.response else {}
                if record.get("id") in listed and self._differs_from_list(record):
                    yield Failure(_SHOWN_DIFFERENTLY, _SHOWN_DIFFERENTLY, result)
            except (IncompleteResponse, NoResponse):
                continue  # other requirements report unreadable responses

    def _differs_from_list(self, record: Resource) -> bool:
        if _lists(self._full_list, record) or _lists(self._read(again=False), record):
            return False
        before, shown, after = self._full_list, self.listing.get_one(record["id"]).resource, self._read()
        return before == after and not _lists(after, shown) and identity(shown) not in self._changing(after)

    def _confirmed_difference(self, result: CaseResult) -> Difference | None:
        """Return the difference between a result and the full list, if it shows again without changes meanwhile."""
        try:
            if self._difference(result) is None:
                return None
            return self._difference_without_changes(result)
        except (IncompleteResponse, NoResponse):
            return None  # other requirements report unreadable responses

    def _difference_without_changes(self, result: CaseResult) -> Difference | None:
        defect, before = result.case.defect, self._full_list
        if before != self._read(again=False):
            if _same_records(before, self._full_list):
                return _UNSTABLE_ORDER
            if self._difference(result) is None:
                return None
        previous: Difference | None = None
        for _ in range(ATTEMPTS):
            before = self._full_list
            again = self.listing.get(*self._sent_query(result), deliberate=defect or None).resources
            if before == self._read():
                difference = compare(self._meant_query(result), again, before, self._changing(before))
                if difference and difference == previous and defect:
                    return Difference(f"{defect}: {difference.message}", is_promised=False)
                if difference in (None, previous):
                    return difference
                previous = difference
            elif _same_records(before, self._full_list):
                return _UNSTABLE_ORDER
        return None

    def _changing(self, full_list: Sequence[Resource]) -> Set[str]:
        """Return the identities of the records that have changed or come since the run first read the list."""
        first = {identity(each): each for each in self.snapshot}
        return {record for each in full_list if first.get(record := identity(each)) != each}

    def _difference(self, result: CaseResult) -> Difference | None:
        listed = result.response.resources if result.response else ()
        return compare(self._meant_query(result), listed, self._full_list)

    def _sent_query(self, result: CaseResult) -> Query:
        """Return the query without the filters that the list always requires."""
        return tuple(pair for pair in result.case.query if pair not in self.listing.required_query)

    def _meant_query(self, result: CaseResult) -> Query:
        """Return the query without its defect."""
        query = self._sent_query(result)
        return tuple((name, unquote(value)) for name, value in query) if result.case.defect else query

    def _hidden_cohorts(self, results: Sequence[CaseResult]) -> Iterator[Failure]:
        """Compare the lists of two cohorts with the list of both, as records that show no cohort decide nothing."""
        if any("cohort" in resource["attributes"] for resource in self.snapshot):
            return
        by_cohort = {
            cohort: result
            for result in results
            if _has_known_result(result) and (cohort := _only_filter(result, "cohort"))
        }
        both = next((cohort for cohort in by_cohort if "," in cohort), None)
        if both is None or not by_cohort.keys() >= set(both.split(",")):
            return
        try:
            for _ in range(ATTEMPTS):
                listed = self._listed_for_cohorts(both)
                message = _cohort_message(*listed)
                if message is None:
                    return
                if listed == self._listed_for_cohorts(both):  # nothing has changed meanwhile
                    yield Failure(message, message, by_cohort[both])
                    return
        except (IncompleteResponse, NoResponse):
            return  # other requirements report unreadable responses

    def _listed_for_cohorts(self, both: str) -> tuple[frozenset[str], ...]:
        """Return the identities listed for each of two cohorts, and for both."""
        queries = (("filter[cohort]", value) for value in (*both.split(","), both))
        return tuple(frozenset(identities(self.listing.all(query))) for query in queries)


def comparison_for(
    operation: Operation, contract: Contract, api: Api, records: CaseRecords, states: States, inventory: Inventory
) -> ListComparison | None:
    """Return the comparison with the list of an operation, or with the list of the record that it shows.

    Return None if there is no list, or no value for a filter that it requires.
    """
    path = operation.path.replace("/{id}", "")
    for each in ListOperation.of(contract) if operation.method == "GET" else ():
        if each.operation.path == path and records.values.keys() >= each.required_filters:
            required_query = tuple((f"filter[{name}]", records.values[name]) for name in sorted(each.required_filters))
            participants = skip_malformed(states.inventory.participants, lambda participant: participant.cohort)
            cohorts = {participant.id: str(cohort) for participant, cohort in participants if cohort}
            return ListComparison(Listing(api, each, required_query, inventory), cohorts)
    return None


def _cohort_message(first: Set[str], second: Set[str], both: Set[str]) -> str | None:
    if (first | second) - both:
        return "the list for two cohorts lacks records that are listed for one of them"
    if first & second:
        return "a record is listed for two cohorts"
    return None


def _share_records(first: CaseResult, second: CaseResult, pages: Sequence[Response | None]) -> bool:
    listed, also_listed = (identities(page.resources) if page else [] for page in pages)
    return share_records(first.case.query, listed, second.case.query, also_listed)


def _has_known_result(result: CaseResult) -> bool:
    is_listed = result.response is not None and result.response.status == 200
    return is_listed and any(f" {LIST_QUERY}" in label for label in result.case.labels)


def _number_of_parameters(result: CaseResult) -> int:
    return len(result.case.query)


def _succeeded(result: CaseResult) -> bool:
    return result.case.expected in VALID and result.response is not None and result.response.status == 200


def _shows_one(result: CaseResult) -> bool:
    operation = result.exchange.operation
    return _succeeded(result) and operation is not None and "{id}" in operation.path


def _only_filter(result: CaseResult, name: str) -> str | None:
    """Return the value of a filter if the query has no other."""
    filters = [(each, value) for each, value in result.case.query if each.startswith("filter[")]
    return filters[0][1] if len(filters) == 1 and filters[0][0] == f"filter[{name}]" else None


def _lists(full_list: Sequence[Resource], record: Resource) -> bool:
    """Return whether a list has a record as it is, whatever the order of the record's own lists."""
    return any(identity(each) == identity(record) and not differs(each, record) for each in full_list)


def _same_records(first: Sequence[Resource], second: Sequence[Resource]) -> bool:
    return {identity(each): each for each in first} == {identity(each): each for each in second}
