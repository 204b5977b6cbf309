"""Whether records in a filtered, sorted or paged list are the same as in the whole list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from lead_provider_conformance.api.records import identity
from lead_provider_conformance.http import Resource
from lead_provider_conformance.model import ShownFailure
from lead_provider_conformance.oracles.lists import Listing

ATTEMPTS = 3
"""A record that changes and changes back can look unchanged once, but not three times."""
TIME_FILTERS = frozenset({"updated_since", "created_since"})


def assert_same_records(
    listing: Listing,
    listed: Iterable[Resource],
    read_again: Callable[[], Sequence[Resource]],
    request: str,
    filters: Collection[str] = (),
) -> None:
    """Check that the `listed` records of a query are the same as in the whole list.

    Other tests change records at the same time. So a difference counts only if it shows each time that the query is
    read again, between two reads of the whole list in which the record is the same.
    """
    suspects = _differences(listed, listing.snapshot, filters)
    shown = listing.api.client.latest_exchange
    for _ in range(ATTEMPTS):
        if not suspects:
            return
        before = {identity(each): each for each in listing.all()}
        again = read_again()
        shown = listing.api.client.latest_exchange
        unchanged = [each for each in listing.all() if before.get(identity(each)) == each]
        still = _differences(again, unchanged, filters)
        suspects = {record: fields for record, fields in still.items() if record in suspects}
    if suspects:
        record, fields = min(suspects.items())
        raise ShownFailure(f"{request} shows another {', '.join(fields)} of {record} than the whole list.", shown)


def _differences(
    found: Iterable[Resource], whole: Iterable[Resource], filters: Collection[str]
) -> dict[str, list[str]]:
    """Return the differing fields of each record that is shown differently."""
    pairs = records_shown_differently(found, whole)
    return {
        identity(shown): differing_fields(shown, same)
        for shown, same in pairs
        if not may_be_narrowed(shown, same, filters)
    }


def records_shown_differently(
    resources: Iterable[Resource], full_list: Iterable[Resource]
) -> Iterator[tuple[Resource, Resource]]:
    """Yield each record whose fields differ from those of the same record in the full list, with that one."""
    whole = {identity(each): each for each in full_list}
    for each in resources:
        same = whole.get(identity(each))
        if same is not None and differs(each["attributes"], same["attributes"]):
            yield each, same


def differs(one: Any, other: Any) -> bool:
    """Return whether two values differ by more than the order of lists: no published text has one within a record.

    A database without such an order may return the enrolments of a participant in another one each time.
    """
    return bool(one != other and _unordered(one) != _unordered(other))


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unordered(each) for name, each in value.items()}
    return sorted(map(_unordered, value), key=repr) if isinstance(value, list) else value


def may_be_narrowed(shown: Resource, whole: Resource, filters: Collection[str]) -> bool:
    """Return whether a filter may have left out items of the record, such as its enrolments in other cohorts.

    No published text says that a filter by a value is for whole records only, or one by time for all transfers of a
    person.
    """
    lacking = _fields_with_fewer_items(shown, whole)
    if lacking is None:
        return False
    return not TIME_FILTERS.issuperset(filters) or (bool(filters) and lacking == {"transfers"})


def differing_fields(shown: Resource, whole: Resource) -> list[str]:
    """Return the names of the fields that differ, sorted."""
    one, other = shown["attributes"], whole["attributes"]
    names = {*one, *other}
    return sorted(each for each in names if each not in one or each not in other or differs(one[each], other[each]))


def _fields_with_fewer_items(shown: Resource, whole: Resource) -> set[str] | None:
    """Return the fields whose lists lack items of the whole record; None if the records differ otherwise."""
    if shown["attributes"].keys() != whole["attributes"].keys():
        return None
    lacking = set()
    for name in differing_fields(shown, whole):
        items, all_items = shown["attributes"].get(name), whole["attributes"].get(name)
        if (
            not isinstance(items, list)
            or not isinstance(all_items, list)
            or any(each not in all_items for each in items)
        ):
            return None
        lacking.add(name)
    return lacking
