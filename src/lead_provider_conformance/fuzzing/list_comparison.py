"""A whole list, beside which answers to queries of it are held: nothing may be missing from them, or out of place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import Participant, identity, skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Expected
from lead_provider_conformance.fuzzing.coverage_labels import ASKS
from lead_provider_conformance.fuzzing.replay import CaseRecords, CaseResult
from lead_provider_conformance.fuzzing.rules import Failure
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import distinct_values, instant_between_updates
from lead_provider_conformance.oracles.list_oracle import (
    AS_DEPLOYED,
    AS_PROMISED,
    FORMER,
    SINCE,
    Difference,
    difference,
    former_ids,
    identities,
)
from lead_provider_conformance.oracles.lists import Listing, ListOperation
from lead_provider_conformance.oracles.references import lacking, named
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory

Resource = Mapping[str, Any]
Query = Sequence[tuple[str, str]]

SHOWN = "generated/shown-as-listed"
ATTEMPTS = 3
_OTHERWISE = "the record is not shown as the list has it"
_IN_ANOTHER_ORDER = "the same records come in another order when they are asked for again"
_NOT_LISTED = "the list lacks a record that is shown on its own"
_VALID = (Expected.ACCEPTED, Expected.RULED)
_TELLING = ("cohort", "participant_id", "delivery_partner_id", "urn")


class _Latest:
    """A list as it was when it was last read: first by the run, and then only if that seems to have been too early."""

    def __init__(self, listing: Listing, resources: tuple[Resource, ...]) -> None:
        self.resources = resources
        self.identities = identities(resources)
        self._listing = listing
        self._is_first = True

    def read(self) -> tuple[Resource, ...]:
        """Read it, and give what it holds now."""
        self.resources = self._listing.all()
        self.identities = identities(self.resources)
        self._is_first = False
        return self.resources

    def read_since(self) -> tuple[Resource, ...]:
        """What it holds after the answers that are held against it."""
        return self.read() if self._is_first else self.resources


@dataclass(frozen=True)
class ListComparison:
    """A list as it is without any query, and what is asked of the answers to queries of it.

    `cohorts` are those that the provider's participants are in, by their ids: a list need not show which of its records
    is in which.
    """

    listing: Listing
    cohorts: Mapping[str, str] = field(default_factory=dict)
    _agreeing: set[str] = field(default_factory=set, init=False, repr=False)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every record, as the list showed it first; none if it cannot be read, or is too long to be."""
        try:
            return self.listing.snapshot
        except CouldNotRun:
            return ()

    @cached_property
    def _latest(self) -> _Latest:
        return _Latest(self.listing, self.resources)

    @cached_property
    def values(self) -> Mapping[str, str]:
        """What the placeholders of queries stand for: values that some of the records show."""
        found = dict(self._times())
        if self.resources:
            found["half:page"] = str(-(-len(self.resources) // 2))
        for member, values in self._shown():
            found[f"one:{member}"] = values[0]
            if len(values) > 1:
                found[f"other:{member}"] = values[-1]
        return found

    def _times(self) -> Iterator[tuple[str, str]]:
        for member in SINCE.values():
            try:
                half = format_time(instant_between_updates(self.resources, member))
            except (CouldNotRun, IncompleteResponse):
                continue
            yield f"half:{member}", half
            yield f"quoted:{member}", quote(half, safe="")

    def _shown(self) -> Iterator[tuple[str, list[str]]]:
        for member in _TELLING:
            try:
                yield member, distinct_values(self.resources, member)
            except CouldNotRun:
                if member == "cohort" and self.cohorts:
                    about = {str(each["attributes"].get("participant_id")) for each in self.resources}
                    of_those = {cohort for participant, cohort in self.cohorts.items() if participant in about}
                    yield member, sorted(of_those or set(self.cohorts.values()))
            except IncompleteResponse:
                continue
        if former := sorted({each for resource in self.resources for each in former_ids(resource)}):
            yield FORMER, former

    def look_at(self, sent: CaseResult) -> None:
        """Take note of an answer that is as the whole list says; what is not, `failures` looks into.

        It sends nothing, as the list has been read for the `values` of such a query.
        """
        with contextlib.suppress(IncompleteResponse):
            if self._is_about(sent) and self.resources and self._beside_the_latest(sent) is None:
                self._agreeing.add(sent.exchange.id)

    def failures(self, results: Sequence[CaseResult]) -> Mapping[str, tuple[Failure, ...]]:
        """What in the answers is not as in the whole list, by each requirement that they are about: that queries which
        ask for one thing give what they must, or that a record on its own is as it is listed.

        The list may have changed since it was first read, and somebody may be changing records meanwhile: whatever
        seems to be wrong is held against the list as it is now, and asked again, until the list is the same before and
        after it.
        """
        if any(_shows_one(sent) for sent in results):
            return {SHOWN: tuple(self._shown_otherwise(results))} if self.resources else {}
        found: dict[str, list[Failure]] = {}
        if names := named(self.listing, self.listing.inventory) if self.listing.inventory else ():
            found[SHOWN] = list(self._lacking(results, names))
        if self.resources:
            found |= {AS_PROMISED: [], AS_DEPLOYED: list(self._between(results))}
        for sent in results:
            if self.resources and self._is_about(sent) and (difference := self._difference(sent)):
                found[difference.requirement].append(Failure(difference.told, difference.told, sent))
        return {requirement: tuple(failures) for requirement, failures in found.items()}

    def _lacking(self, results: Sequence[CaseResult], names: Sequence[str]) -> Iterator[Failure]:
        """A record that is shown on its own and missing from the list, which nothing in the list itself can tell."""
        listed = next(filter(_succeeded, results), None)
        if listed and (record := lacking(self.listing, self.resources, names)):
            yield Failure(_NOT_LISTED, f"the whole list lacks {record}, which is shown on its own", listed)

    def _shown_otherwise(self, results: Sequence[CaseResult]) -> Iterator[Failure]:
        listed = {each["id"] for each in self.resources}
        for sent in filter(_shows_one, results):
            try:
                alone = sent.response.resource if sent.response else {}
                if alone.get("id") in listed and self._is_otherwise(alone):
                    yield Failure(_OTHERWISE, _OTHERWISE, sent)
            except (IncompleteResponse, NoResponse):
                continue  # other requirements tell of what cannot be read

    def _is_otherwise(self, alone: Resource) -> bool:
        latest = self._latest
        if alone in latest.resources or alone in latest.read_since():
            return False
        before, again, after = latest.resources, self.listing.get_one(alone["id"]).resource, latest.read()
        return before == after and again not in after

    def _is_about(self, sent: CaseResult) -> bool:
        answered = sent.response is not None and sent.response.status == 200
        return answered and any(f" {ASKS}" in label for label in sent.case.labels)

    def _difference(self, sent: CaseResult) -> Difference | None:
        """In what an answer differs from what the whole list says, and again differs while nobody changes anything."""
        if sent.exchange.id in self._agreeing:
            return None
        latest, wrong = self._latest, sent.case.wrong or None
        try:
            found = self._beside_the_latest(sent)
            if found and (before := latest.resources) != latest.read_since():
                if _same(before, latest.resources):
                    return Difference(AS_DEPLOYED, _IN_ANOTHER_ORDER)
                found = self._beside_the_latest(sent)
            for _ in range(ATTEMPTS if found else 0):
                before = latest.resources
                again = self.listing.get(*self._query(sent), deliberate=wrong).resources
                if before == latest.read():
                    now = difference(self._meant(sent), again, before, latest.identities)
                    return now and Difference(AS_DEPLOYED, f"{wrong}: {now.told}") if wrong else now
                if _same(before, latest.resources):
                    return Difference(AS_DEPLOYED, _IN_ANOTHER_ORDER)
        except (IncompleteResponse, NoResponse):
            return None  # other requirements tell of what cannot be read
        return None

    def _beside_the_latest(self, sent: CaseResult) -> Difference | None:
        """In what an answer differs from what the whole list said when it was last read."""
        answered = sent.response.resources if sent.response else ()
        return difference(self._meant(sent), answered, self._latest.resources, self._latest.identities)

    def _query(self, sent: CaseResult) -> Query:
        """What a case asks for, without what the list cannot do without."""
        return tuple(pair for pair in sent.case.query if pair not in self.listing.required_query)

    def _meant(self, sent: CaseResult) -> Query:
        """What it would ask for if nothing were wrong with it."""
        query = self._query(sent)
        return tuple((name, unquote(value)) for name, value in query) if sent.case.wrong else query

    def _between(self, results: Sequence[CaseResult]) -> Iterator[Failure]:
        """Two values of a filter that no record shows, and both of them together."""
        if any("cohort" in resource["attributes"] for resource in self.resources):
            return
        asked = {value: sent for sent in results if self._is_about(sent) and (value := _alone(sent, "cohort"))}
        both = next((value for value in asked if "," in value), None)
        if both is None or not asked.keys() >= set(both.split(",")):
            return
        try:
            for _ in range(ATTEMPTS):
                listed = self._of_cohorts(both)
                told = _not_together(*listed)
                if told is None:
                    return
                if listed == self._of_cohorts(both):  # and nobody has changed anything meanwhile
                    yield Failure(told, told, asked[both])
                    return
        except (IncompleteResponse, NoResponse):
            return  # other requirements tell of what cannot be read

    def _of_cohorts(self, both: str) -> tuple[frozenset[str], ...]:
        """What is listed for each of two cohorts, and for both."""
        queries = (("filter[cohort]", value) for value in (*both.split(","), both))
        return tuple(frozenset(identities(self.listing.all(query))) for query in queries)


def comparison_for(
    operation: Operation, contract: Contract, api: Api, about: CaseRecords, states: States, own: Inventory
) -> ListComparison | None:
    """The whole list that an operation gives, or of which it shows one record; None if there is none, or nothing is
    known of what the list cannot do without.
    """
    path = operation.path.replace("/{id}", "")
    for each in ListOperation.of(contract) if operation.method == "GET" else ():
        if each.operation.path == path and about.more.keys() >= each.required_filters:
            always = tuple((f"filter[{name}]", about.more[name]) for name in sorted(each.required_filters))
            found = skip_malformed(states.inventory.participants, _cohort)
            cohorts = {participant.id: str(cohort) for participant, cohort in found if cohort}
            return ListComparison(Listing(api, each, always, own), cohorts)
    return None


def _not_together(one: Set[str], other: Set[str], together: Set[str]) -> str | None:
    """How what is listed for two cohorts is not what is listed for each of them."""
    if (one | other) - together:
        return "records are missing from a list for two cohorts that is listed for one of them"
    if one & other:
        return "a record is listed for one cohort, and for another one"
    return None if together else "nothing is listed for any cohort"


def _succeeded(sent: CaseResult) -> bool:
    return sent.case.expected in _VALID and sent.response is not None and sent.response.status == 200


def _shows_one(sent: CaseResult) -> bool:
    return _succeeded(sent) and sent.exchange.operation is not None and "{id}" in sent.exchange.operation.path


def _cohort(participant: Participant) -> str | None:
    return participant.cohort


def _alone(sent: CaseResult, name: str) -> str | None:
    """The value of a filter, if it is the only one of a query."""
    filters = [(each, value) for each, value in sent.case.query if each.startswith("filter[")]
    return filters[0][1] if len(filters) == 1 and filters[0][0] == f"filter[{name}]" else None


def _same(one: Sequence[Resource], other: Sequence[Resource]) -> bool:
    return {identity(each): each for each in one} == {identity(each): each for each in other}
