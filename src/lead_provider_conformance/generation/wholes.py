"""A whole list, beside which answers to queries of it are held: nothing may be missing from them, or out of place.

What the published texts promise of lists is one requirement, and what only the deployed service's own tests say is
another: several values with commas between, values that nobody has, several keys to sort by, the order that nobody
asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lead_provider_conformance.api import Api, utc
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.criteria import Criterion, among, between_changes, shown, since, values_of
from lead_provider_conformance.generation.case import Expected
from lead_provider_conformance.generation.findings import Failure
from lead_provider_conformance.generation.labels import ASKS
from lead_provider_conformance.generation.queries import LONG_AFTER, UNKNOWN_COHORT
from lead_provider_conformance.generation.replay import About, Sent
from lead_provider_conformance.http import MissingFromAnswer, NoAnswer
from lead_provider_conformance.lists import LARGEST_PAGE, Listing, ListOperation
from lead_provider_conformance.records import NOBODYS_ID, Participant, identity, legible, moment
from lead_provider_conformance.states import States
from lead_provider_conformance.states.inventory import Inventory
from lead_provider_conformance.words import CouldNotRun

Resource = Mapping[str, Any]
Query = Sequence[tuple[str, str]]

AS_PROMISED = "generated/lists-what-was-asked"
AS_DEPLOYED = "generated/lists-as-deployed"
SHOWN = "generated/shown-as-listed"
DEFAULT_SIZE = 100
ATTEMPTS = 3
_OTHERWISE = "the record is not shown as the list has it"
_SINCE = {"updated_since": "updated_at", "created_since": "created_at"}
_VALID = (Expected.ACCEPTED, Expected.RULED)
_TELLING = ("cohort", "participant_id", "delivery_partner_id", "urn")
_FORMER = "from_participant_id"
_NOBODYS = frozenset({NOBODYS_ID, UNKNOWN_COHORT})


@dataclass(frozen=True, slots=True)
class Difference:
    """In what an answer differs from what it must hold, and which requirement that breaks."""

    requirement: str
    told: str


@dataclass(frozen=True)
class Whole:
    """A list as it is without any query, and what is asked of the answers to queries of it.

    `cohorts` are those that the provider's participants are in: a list need not show which of its records is in which.
    """

    listing: Listing
    cohorts: tuple[str, ...] = ()

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every record, as the list showed it first; none if it cannot be read, or not on one page."""
        try:
            listed = self.listing.unfiltered
        except CouldNotRun:
            return ()
        return listed if len(listed) <= LARGEST_PAGE else ()

    @cached_property
    def _identities(self) -> Sequence[str]:
        return _identities(self.resources)

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
        for member in _SINCE.values():
            try:
                yield f"half:{member}", utc(between_changes(self.resources, member))
            except (CouldNotRun, MissingFromAnswer):
                continue

    def _shown(self) -> Iterator[tuple[str, list[str]]]:
        for member in _TELLING:
            try:
                yield member, values_of(self.resources, member)
            except CouldNotRun:
                if member == "cohort" and self.cohorts:
                    yield member, list(self.cohorts)
            except MissingFromAnswer:
                continue
        if former := sorted({each for resource in self.resources for each in _former_ids(resource)}):
            yield _FORMER, former

    def failures(self, results: Sequence[Sent]) -> Mapping[str, tuple[Failure, ...]]:
        """What in the answers is not as in the whole list, by each requirement that they are about: that queries which
        ask for one thing give what they must, or that a record on its own is as it is listed.

        Somebody may be changing records meanwhile: whatever seems to be wrong is asked again, until the list is the
        same before and after it.
        """
        if not self.resources:
            return {}
        if any(_shows_one(sent) for sent in results):
            return {SHOWN: tuple(self._shown_otherwise(results))}
        found: dict[str, list[Failure]] = {AS_PROMISED: [], AS_DEPLOYED: list(self._between(results))}
        for sent in results:
            if self._is_about(sent) and (difference := self._difference(sent)):
                found[difference.requirement].append(Failure(difference.told, difference.told, sent))
        return {requirement: tuple(failures) for requirement, failures in found.items()}

    def _shown_otherwise(self, results: Sequence[Sent]) -> Iterator[Failure]:
        listed = {each["id"] for each in self.resources}
        for sent in filter(_shows_one, results):
            try:
                alone = sent.answer.resource if sent.answer else {}
                otherwise = alone.get("id") in listed and alone not in self.resources
                if otherwise and self._still_otherwise(alone["id"]):
                    yield Failure(_OTHERWISE, _OTHERWISE, sent)
            except (MissingFromAnswer, NoAnswer):
                continue  # other requirements tell of what cannot be read

    def _still_otherwise(self, record: str) -> bool:
        before, alone, after = self.listing.all(), self.listing.show(record).resource, self.listing.all()
        return before == after and alone not in after

    def _is_about(self, sent: Sent) -> bool:
        return _succeeded(sent) and any(f" {ASKS}" in label for label in sent.case.labels)

    def _difference(self, sent: Sent) -> Difference | None:
        if sent.answer is None:
            return None
        query = tuple(pair for pair in sent.case.query if pair not in self.listing.always)
        try:
            found = difference(query, sent.answer.resources, self.resources, self._identities)
            for _ in range(ATTEMPTS if found else 0):
                before, again, after = self.listing.all(), self.listing.ask(*query), self.listing.all()
                if before == after:
                    return difference(query, again.resources, before)
                if _same(before, after):
                    return Difference(
                        AS_DEPLOYED, "the same records come in another order when they are asked for again"
                    )
        except (MissingFromAnswer, NoAnswer):
            return None  # other requirements tell of what cannot be read
        return None

    def _between(self, results: Sequence[Sent]) -> Iterator[Failure]:
        """Two values of a filter that no record shows, and both of them together."""
        if any("cohort" in resource["attributes"] for resource in self.resources):
            return
        asked = {value: sent for sent in results if self._is_about(sent) and (value := _alone(sent, "cohort"))}
        both = next((value for value in asked if "," in value), None)
        if both is None or not asked.keys() >= set(both.split(",")):
            return
        try:
            one, other, together = (
                {identity(each) for each in self.listing.all(("filter[cohort]", value))}
                for value in (*both.split(","), both)
            )
        except (MissingFromAnswer, NoAnswer):
            return
        if (one | other) - together:
            told = "records are missing from a list for two cohorts that is listed for one of them"
        elif one & other:
            told = "a record is listed for one cohort, and for another one"
        elif self.resources and not together:
            told = "nothing is listed for any cohort"
        else:
            return
        yield Failure(told, told, asked[both])


def whole_of(
    operation: Operation, contract: Contract, api: Api, about: About, states: States, own: Inventory
) -> Whole | None:
    """The whole list that an operation gives, or of which it shows one record; None if there is none, or nothing is
    known of what the list cannot do without.
    """
    path = operation.path.replace("/{id}", "")
    for each in ListOperation.of(contract) if operation.method == "GET" else ():
        if each.operation.path == path and about.more.keys() >= each.required:
            always = tuple((f"filter[{name}]", about.more[name]) for name in sorted(each.required))
            cohorts = sorted({str(cohort) for _, cohort in legible(states.inventory.participants, _cohort) if cohort})
            return Whole(Listing(api, each, always, own), tuple(cohorts))
    return None


def difference(
    query: Query, resources: Sequence[Resource], whole: Sequence[Resource], due: Sequence[str] | None = None
) -> Difference | None:
    """What in the answer to a query is not as the whole list says; None if nothing is, or it cannot be told.

    `due` are the identities of the whole, if they are known.
    """
    asked = dict(query)
    order = asked.pop("sort", "")
    page, size = int(asked.pop("page[page]", "1")), int(asked.pop("page[per_page]", str(DEFAULT_SIZE)))
    due = due or _identities(whole)
    listed = _identities(resources)
    for name, value in asked.items():
        return _not_filtered(name, value, resources, whole)
    if order:
        return _not_sorted(order, resources, listed, due)
    there = due[(page - 1) * size :][: min(size, LARGEST_PAGE)]
    if len(listed) != len(there):
        return Difference(AS_PROMISED, "a page does not hold as many records as the whole list has for it")
    if set(listed) != set(there) and page == 1 and size >= len(due):
        return Difference(AS_PROMISED, "a page for all of the records does not hold them")
    if listed != there:
        return Difference(AS_DEPLOYED, "a page does not hold what the whole list has there")
    return None


def _not_filtered(name: str, value: str, resources: Sequence[Resource], whole: Sequence[Resource]) -> Difference | None:
    criterion = _criterion(name.removeprefix("filter[").removesuffix("]"), value, whole)
    if criterion is None:
        return None
    promised = "," not in value and value not in _NOBODYS
    requirement = AS_PROMISED if promised else AS_DEPLOYED
    if not all(criterion.may(each) for each in resources):
        return Difference(requirement, f"records are listed that {name} leaves out")
    listed = set(_identities(resources))
    if any(criterion.must(each) and identity(each) not in listed for each in whole):
        return Difference(requirement, f"records are missing that {name} does not leave out")
    return None


def _not_sorted(
    order: str, resources: Sequence[Resource], listed: Sequence[str], due: Sequence[str]
) -> Difference | None:
    first, _, others = order.partition(",")
    requirement = AS_DEPLOYED if others else AS_PROMISED
    descending, member = first.startswith("-"), first.removeprefix("-")
    if set(listed) != set(due):
        return Difference(requirement, "a sorted list does not hold the same records")
    if all(member in each["attributes"] for each in resources):
        times = [moment(each["attributes"][member]) for each in resources]
        if times != sorted(times, reverse=descending):
            return Difference(requirement, f"the list is not sorted by {order}")
    if member == "created_at" and not descending and listed != due:
        return Difference(AS_DEPLOYED, "the list without a sort is in another order than by created_at")
    # In which order a list comes that nobody asked to be sorted, nobody promised.
    if member == "created_at" and descending and due[0] != due[-1] and listed.index(due[0]) < listed.index(due[-1]):
        return Difference(AS_DEPLOYED, f"the list is not sorted by {order}")
    return None


def _identities(resources: Sequence[Resource]) -> list[str]:
    return [identity(each) for each in resources]


def _criterion(name: str, value: str, whole: Sequence[Resource]) -> Criterion | None:
    """What a filter leaves of the records; None if they do not show it."""
    if value in (LONG_AFTER, *_NOBODYS):
        return Criterion(name, value, lambda _: False, lambda _: False)
    if name in _SINCE:
        if not all(_SINCE[name] in each["attributes"] for each in whole):
            return None
        # Which transfers changed is told by the person, and not by what is shown: behaviour FILT-UPDATED-SINCE-SUBJECT.
        exact = not any("transfers" in each["attributes"] for each in whole)
        return since(moment(value), name, _SINCE[name], exact=exact)
    if name == _FORMER:
        return Criterion(name, value, lambda each: value in _former_ids(each), lambda each: value in _former_ids(each))
    if all(shown(each, name) <= {"None"} for each in whole):
        return None
    return among(name, *value.split(","))


def _former_ids(resource: Resource) -> list[str]:
    changes = resource["attributes"].get("participant_id_changes")
    return [str(each.get(_FORMER)) for each in changes or () if isinstance(each, dict)]


def _succeeded(sent: Sent) -> bool:
    return sent.case.expected in _VALID and sent.answer is not None and sent.answer.status == 200


def _shows_one(sent: Sent) -> bool:
    return _succeeded(sent) and sent.exchange.operation is not None and "{id}" in sent.exchange.operation.path


def _cohort(participant: Participant) -> str | None:
    return participant.cohort


def _alone(sent: Sent, name: str) -> str | None:
    """The value of a filter, if it is the only one of a query."""
    filters = [(each, value) for each, value in sent.case.query if each.startswith("filter[")]
    return filters[0][1] if len(filters) == 1 and filters[0][0] == f"filter[{name}]" else None


def _same(one: Sequence[Resource], other: Sequence[Resource]) -> bool:
    return {identity(each): each for each in one} == {identity(each): each for each in other}
