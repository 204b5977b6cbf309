"""What a filter has to leave of a list, told from what the records themselves show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import identity, parse_time
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.lists import Listing

Resource = Mapping[str, Any]
ENROLMENTS = ("ecf_enrolments", "npq_enrolments")
LONG_BEFORE = "2000-01-01T00:00:00Z"
LONG_AFTER = "2999-01-01T00:00:00Z"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A filter with a value. A record that it lists `may` be listed, and one that `must` be is.

    The two differ where a record does not show which of several values counts: that of one enrolment or another, or
    a fraction of the second.
    """

    name: str
    value: str
    may: Callable[[Resource], bool]
    must: Callable[[Resource], bool]

    @property
    def query(self) -> tuple[str, str]:
        """The filter as it is sent."""
        return (f"filter[{self.name}]", self.value)

    def __str__(self) -> str:
        return "=".join(self.query)


def shown(resource: Resource, member: str) -> frozenset[str]:
    """Every value that a record shows for a member: its own, those of a list, or those of its enrolments."""
    attributes = resource["attributes"]
    enrolments = next((attributes[name] for name in ENROLMENTS if isinstance(attributes.get(name), list)), None)
    places = [attributes] if member in attributes or enrolments is None else enrolments
    values = [place.get(member) for place in places if isinstance(place, dict)]
    return frozenset(str(each) for value in values for each in (value if isinstance(value, list) else [value]))


def among(name: str, *wanted: str, any_enrolment: bool = False) -> Criterion:
    """The filter that lists the records that show one of the values.

    Of a record whose enrolments show several values it must list all only if it is said to look at `any_enrolment`.
    """
    either = frozenset(wanted)

    def may(resource: Resource) -> bool:
        return bool(shown(resource, name) & either)

    def must(resource: Resource) -> bool:
        found = shown(resource, name)
        return bool(found & either) and (any_enrolment or name in resource["attributes"] or found <= either)

    return Criterion(name, ",".join(wanted), may, must)


def since(
    instant: datetime, name: str = "updated_since", member: str = "updated_at", *, exact: bool = True
) -> Criterion:
    """The filter that lists what changed, or was made, at an instant or later.

    A record of that very second may be left out: only whole seconds are shown. Where what is shown is not `exact`, it
    may be older than what counts.
    """
    return Criterion(
        name,
        format_time(instant),
        lambda resource: not exact or parse_time(resource["attributes"].get(member)) >= instant,
        lambda resource: parse_time(resource["attributes"].get(member)) > instant,
    )


def between_changes(resources: Iterable[Resource], member: str = "updated_at") -> datetime:
    """A time just before some of the records changed, and as little as may be after others had.

    A filter that is off by little then lists too much or too little. Raises CouldNotRun if all changed at once.
    """
    return stillness(resources, member)[1]


def stillness(resources: Iterable[Resource], member: str = "updated_at") -> tuple[datetime, datetime]:
    """The first second and the last of the shortest time in which no record changed, and before and after which some
    did. Raises CouldNotRun if all changed at once.
    """
    times = sorted({parse_time(each["attributes"].get(member)) for each in resources})
    if len(times) < 2:
        raise CouldNotRun(
            f"All the records have the same {member}, so nothing would be left out.",
            f"Give the target records with different {member}.",
        )
    gaps = [(after - before, before, after) for before, after in pairwise(times)]
    _, before, after = min((each for each in gaps if each[0] > SECOND), default=max(gaps))
    return (before + SECOND).replace(microsecond=0), (after - SECOND).replace(microsecond=0)


def values_of(resources: Iterable[Resource], member: str) -> list[str]:
    """What the records show for a member, in order. Raises CouldNotRun if all of them show nothing."""
    found = {value for each in resources for value in shown(each, member)} - {"None", ""}
    if not found:
        raise CouldNotRun(f"No record shows a {member}.", f"Give the target records with a {member}.")
    return sorted(found)


def assert_lists_only(listing: Listing, *criteria: Criterion) -> None:
    """Hold the list with these filters against what it shows without them.

    Other tests may be changing records meanwhile: what is listed is told by what it shows there, and what seems to be
    missing is looked up again, among the records that nobody has changed since then.
    """
    query = tuple(each.query for each in criteria)
    narrowed = listing.all(*query)
    asked = f"{listing} with {' and '.join(map(str, criteria))}"
    for record in narrowed:
        if not all(each.may(record) for each in criteria):
            raise AssertionError(f"{asked} lists {record['id']}, which it should leave out.")
    if not _due(listing.unfiltered, criteria) - _identities(narrowed):
        return
    begun = listing.api.last_response_at
    again = _identities(listing.all(*query))
    due = _due((each for each in listing.all() if _unchanged_since(begun, each)), criteria)
    if missing := due - again:
        raise AssertionError(f"{asked} lacks {len(missing)} of the records, as {min(missing)}.")


def _identities(resources: Iterable[Resource]) -> set[str]:
    return {identity(each) for each in resources}


def _unchanged_since(begun: datetime | None, resource: Resource) -> bool:
    """Whether a record was as it is before an instant of whole seconds, which is all that is shown, or does not say."""
    changed = resource["attributes"].get("updated_at")
    return changed is None or begun is None or parse_time(changed) < begun


def _due(resources: Iterable[Resource], criteria: Iterable[Criterion]) -> set[str]:
    wanted = tuple(criteria)
    return {identity(each) for each in resources if all(criterion.must(each) for criterion in wanted)}


def assert_in_order(asked: Response | Listing, member: str, *, descending: bool = False) -> None:
    """Hold the order of a page, or of a whole list as the run first read it, against what its records show."""
    resources = asked.unfiltered if isinstance(asked, Listing) else asked.resources
    times = [parse_time(each["attributes"].get(member)) for each in resources]
    for earlier, (first, second) in enumerate(pairwise(times)):
        if (first < second) if descending else (first > second):
            one, other = resources[earlier]["id"], resources[earlier + 1]["id"]
            raise AssertionError(
                f"GET {asked.path} puts {one}, whose {member} is {format_time(first)}, "
                f"before {other}, whose is {format_time(second)}."
            )


def assert_ties_keep_their_order(listing: Listing, key: str, whole: Response) -> None:
    """Hold the order of records with the same time, in a list that is sorted by it and all on one page, against their
    order on a page of another size.

    Records of the last second are left out: they may change again within it. One that has changed since shows so. Where
    no two of the others have the same time, the time alone says how they stand, and nothing more is asked.
    """
    settled = whole.server_time - SECOND
    times = [each for each in _times(whole, key) if each[1] < settled]
    alike = [[*group] for _, group in groupby(times, key=lambda each: each[1])]
    tied = [group for group in alike if group[1:]]
    if not tied:
        return
    again = _times(listing.page(1, len(whole.resources) - 1, ("sort", key)), key)
    for group in tied:
        before = [each for each in group if each in again]
        now = [each for each in again if each in group]
        assert now == before, (
            f"{listing} sorted by {key} gives {before[0][0]} before others of the same time on a page of all "
            f"{len(whole.resources)}, and {now[0][0]} before them on one of {len(whole.resources) - 1}."
        )


def _times(response: Response, member: str) -> list[tuple[str, datetime]]:
    return [(each["id"], parse_time(each["attributes"].get(member))) for each in response.resources]
