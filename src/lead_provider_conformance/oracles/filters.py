"""Expected results of filters and sorts, computed from the records of the unfiltered list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from unicodedata import normalize

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import identities, identity, time_of
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http import Resource, Response
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import Cause, CouldNotRun, KnownCause, ShownFailure
from lead_provider_conformance.oracles.lists import Listing
from lead_provider_conformance.oracles.same_record import assert_same_records

ENROLMENTS = ("ecf_enrolments", "npq_enrolments")
DISTANT_PAST = "2000-01-01T00:00:00Z"
DISTANT_FUTURE = "9999-12-31T00:00:00Z"
SECOND = timedelta(seconds=1)
ATTEMPTS = 3
"""A record that changes twice within a second can look unchanged once, but not three times."""


@dataclass(frozen=True, slots=True)
class FilterCase:
    """A filter with a value, and the records that the filtered list may and must include.

    The two differ where a record does not show which of its values counts: that of one of several enrolments, or a
    fraction of a second.
    """

    name: str
    value: str
    may_include: Callable[[Resource], bool]
    must_include: Callable[[Resource], bool]

    @property
    def query(self) -> tuple[str, str]:
        """The query parameter and its value."""
        return (f"filter[{self.name}]", self.value)

    def __str__(self) -> str:
        return "=".join(self.query)


def is_sorted_by_name(names: Sequence[str], *, reverse: bool = False) -> bool:
    """Return whether names are in the order of a usual collation.

    Databases compare texts by code points, without regard to case, or by their letters and digits without accents.
    """

    def letters(name: str) -> str:
        return "".join(filter(str.isalnum, normalize("NFKD", name.casefold())))

    forms: tuple[Callable[[str], str], ...] = (str, str.casefold, letters)
    keys = [[form(each) for each in names] for form in forms]
    return any(each == sorted(each, reverse=reverse) for each in keys)


def field_values(resource: Resource, field: str) -> frozenset[str]:
    """Return the values of a field: the record's own, the items of a list, or those of its enrolments."""
    attributes = resource["attributes"]
    enrolments = enrolments_of(resource)
    places = enrolments if enrolments and field not in attributes else [attributes]
    values = [place.get(field) for place in places if isinstance(place, dict)]
    return frozenset(str(item) for value in values for item in (value if isinstance(value, list) else [value]))


def value_filter(name: str, *values: str, any_enrolment: bool = False) -> FilterCase:
    """Return the filter for records with one of the values.

    A record whose enrolments have other values as well must be included only with `any_enrolment`.
    """
    wanted = frozenset(values)

    def may_include(resource: Resource) -> bool:
        return bool(field_values(resource, name) & wanted)

    def must_include(resource: Resource) -> bool:
        found = field_values(resource, name)
        return bool(found & wanted) and (any_enrolment or name in resource["attributes"] or found <= wanted)

    return FilterCase(name, ",".join(values), may_include, must_include)


def any_of(name: str, values: Sequence[str]) -> FilterCase:
    """Return the filter for three of the ids, evenly spread, and an unknown one among them."""
    chosen = (values[0], UNKNOWN_ID, values[len(values) // 2], values[-1])
    return value_filter(name, *dict.fromkeys(chosen))


def several_cohorts(resources: Iterable[Resource]) -> FilterCase | None:
    """Return the filter for all cohorts of records but the newest, in descending order; None without cohorts.

    Other tests send cohorts in ascending order, or the newest.
    """
    cohorts = sorted({cohort for each in resources for cohort in field_values(each, "cohort")} - {"None"})
    return value_filter("cohort", *reversed(cohorts[:-1] if cohorts[2:] else cohorts)) if cohorts else None


def time_filter(
    instant: datetime, name: str = "updated_since", field: str = "updated_at", *, exact: bool = True
) -> FilterCase:
    """Return the filter for records updated, or created, at an instant or later.

    A record of that very second may be left out, since records show whole seconds. A field that is not `exact` may
    show an earlier time than the one that the server filters by.
    """
    return FilterCase(
        name,
        format_time(instant),
        lambda resource: not exact or time_of(resource["attributes"], field) >= instant,
        lambda resource: time_of(resource["attributes"], field) > instant,
    )


def instant_between_updates(resources: Iterable[Resource], field: str = "updated_at") -> datetime:
    """Return the end of the shortest gap between updates, so that a filter that is slightly wrong shows.

    Raise CouldNotRun if all records have the same time.
    """
    return shortest_gap(resources, field)[1]


def shortest_gap(resources: Iterable[Resource], field: str = "updated_at") -> tuple[datetime, datetime]:
    """Return the first and last second of the shortest gap between updates. Raise CouldNotRun if there is none."""
    found = [time_of(each["attributes"], field) for each in resources]
    times = sorted(set(found))
    if len(times) < 2:
        some = (
            f"All the records have the same {field}"
            if len(found) > 1
            else f"There is {'one' if found else 'no'} record"
        )
        raise CouldNotRun(
            f"{some}, so no filter could leave one out.", f"Give the target records with different {field}."
        )
    gaps = [(after - before, before, after) for before, after in pairwise(times)]
    _, before, after = min((gap for gap in gaps if gap[0] > SECOND), default=max(gaps))
    return (before + SECOND).replace(microsecond=0), (after - SECOND).replace(microsecond=0)


def distinct_values(resources: Iterable[Resource], field: str) -> list[str]:
    """Return the values of a field, sorted. Raise CouldNotRun if no record has one."""
    records = list(resources)
    found = {value for each in records for value in field_values(each, field)} - {"None", ""}
    if not found:
        reason = f"No record has a {field}." if records else "There is no record."
        raise CouldNotRun(reason, f"Add a record with a {field} to the target.")
    return sorted(found)


def assert_filtered(listing: Listing, *cases: FilterCase) -> tuple[Resource, ...]:
    """Compare a filtered list with the expected result, computed from the unfiltered list, and return its records.

    Other tests change records at the same time. A listed record is judged by its fields in the filtered list. A missing
    record counts only if it is missing in every attempt, and the same in the unfiltered lists before and after it.
    One that is listed twice counts if the unfiltered list has it once. One that the unfiltered list lacks counts if it
    does so in every attempt.
    """
    query = tuple(case.query for case in cases)
    listed = listing.all(*query)
    request = f"{listing} with {' and '.join(map(str, cases))}"
    for record in unexpected_records(listed, cases):
        raise ShownFailure(f"{request} lists {record['id']}, which it should leave out.", exchange_of(record))
    if repeated := _repeated(listed) - _repeated(listing.snapshot):
        raise ShownFailure(f"{request} lists {min(repeated)} more than once.", listing.api.client.latest_exchange)
    shown = listing.api.client.latest_exchange
    missing = required_identities(listing.snapshot, cases) - set(identities(listed))
    for _ in range(ATTEMPTS):
        if not missing:
            break
        before = {identity(each): each for each in listing.all()}
        again = set(identities(listing.all(*query)))
        shown = listing.api.client.latest_exchange
        unchanged = (each for each in listing.all() if before.get(identity(each)) == each)
        missing &= required_identities(unchanged, cases) - again
    if missing:
        raise ShownFailure(f"{request} lacks {len(missing)} of the records, such as {min(missing)}.", shown)
    if foreign := _foreign_identities(listing, query, listed):
        reason = f"{request} lists {min(foreign)}, which the list without a filter lacks."
        raise ShownFailure(reason, listing.api.client.latest_exchange)
    filters = [case.name for case in cases]
    assert_same_records(listing, listed, lambda: listing.all(*query), request, filters)
    return listed


def _foreign_identities(listing: Listing, query: Sequence[tuple[str, str]], listed: Iterable[Resource]) -> set[str]:
    """Return the identities of the `listed` records of a query that the whole list does not have, such as others'."""
    foreign = set(identities(listed)) - set(identities(listing.snapshot))
    for _ in range(ATTEMPTS):
        if foreign:
            foreign -= set(identities(listing.all()))
        if foreign:
            foreign &= set(identities(listing.all(*query)))
    return foreign


def _repeated(resources: Iterable[Resource]) -> set[str]:
    """Return the identities of the records that stand on one page more than once."""
    return {record for record, count in Counter(identities(resources)).items() if count > 1}


def lost_by_both(of: Callable[[str], Set[str]], first: str, second: str, known: Set[str] | None = None) -> Set[str]:
    """Return the records that a filter lists for one of two values, and not for both with a comma between them.

    `of` requests the ids for a text, and `known` are those already listed for one of the two. Records may come, change
    and go: one counts only if it is lost each time.
    """
    lost = ((of(first) | of(second)) if known is None else known) - of(f"{first},{second}")
    for _ in range(ATTEMPTS):
        if lost:
            lost &= (of(first) | of(second)) - of(f"{first},{second}")
    return lost


def enrolments_of(resource: Resource) -> Sequence[object]:
    """Return the enrolments that a participant shows, in version 3."""
    return next((value for name in ENROLMENTS if isinstance(value := resource["attributes"].get(name), list)), ())


def required_identities(resources: Iterable[Resource], cases: Sequence[FilterCase]) -> set[str]:
    """Return the identities of the records that a list with all these filters must include."""
    return {identity(each) for each in resources if all(case.must_include(each) for case in cases)}


def unexpected_records(resources: Iterable[Resource], cases: Sequence[FilterCase]) -> Iterator[Resource]:
    """Yield the records that a list with all these filters must not include."""
    return (each for each in resources if not all(case.may_include(each) for case in cases))


def first_unsorted(times: Sequence[datetime], *, descending: bool = False) -> int | None:
    """Return the index of the first time that is not in order with the next one; None if all are sorted."""
    pairs = enumerate(pairwise(times))
    return next((index for index, (one, other) in pairs if (one < other if descending else one > other)), None)


def unsorted(field: str, operation: str = "") -> Cause:
    """Return the cause of lists that are not sorted by a field."""
    return Cause(operation, "query:sort", f"not sorted by {field}")


def assert_sorted(source: Response | Listing, field: str, *, descending: bool = False) -> None:
    """Check that the records of a page, or of the snapshot of a list, are sorted by a field."""
    resources = source.snapshot if isinstance(source, Listing) else source.resources
    times = [time_of(each["attributes"], field) for each in resources]
    index = first_unsorted(times, descending=descending)
    if index is not None:
        one, other = resources[index]["id"], resources[index + 1]["id"]
        if isinstance(source, Response):
            operation, exchange = source.operation, source.exchange
        else:
            operation, exchange = source.operation.operation.id, None
        raise KnownCause(
            f"GET {source.path} puts {one}, whose {field} is {format_time(times[index])}, "
            f"before {other}, whose is {format_time(times[index + 1])}.",
            unsorted(field, operation),
            exchange,
        )


def assert_stable_order(listing: Listing, key: str, whole: Response) -> None:
    """Check that records with the same time keep their order on a page of another size.

    Ignore records that have changed since the run began.
    """
    groups = [[*group] for _, group in groupby(_times(whole.resources, key), key=lambda pair: pair[1])]
    ties = [group for group in groups if group[1:]]
    if not ties:
        return
    again = _times(listing.page(1, len(whole.resources) - 1, ("sort", key)).resources, key)
    settled = set(_times(listing.snapshot, key))
    for group in ties:
        before = [each for each in group if each in again and each in settled]
        now = [each for each in again if each in before]
        assert now == before, (
            f"{listing} sorted by {key} gives {before[0][0]} before others of the same time on a page of all "
            f"{len(whole.resources)}, and {now[0][0]} before them on one of {len(whole.resources) - 1}."
        )


def _times(resources: Iterable[Resource], field: str) -> list[tuple[str, datetime]]:
    return [(each["id"], time_of(each["attributes"], field)) for each in resources]
