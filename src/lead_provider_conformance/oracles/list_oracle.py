"""Expected results of a list query: which records, in which order, on which page.

`contradictions` checks a response by itself, and `compare` against the full list. Behaviours PAG-PAGE-AND-PER-PAGE,
PAG-NO-OVERLAP, FILT-UPDATED-SINCE, FILT-TRAINING-STATUS, FILT-COHORT-ECF-PARTICIPANTS, FILT-DECL-PARTICIPANT-ID and
SORT-V3-UPDATED-AT-ASC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lead_provider_conformance.api.records import identities, identity, parse_time, time_of
from lead_provider_conformance.contract.values import DEFAULT_PAGE_SIZE, PAGE_LIMIT, UNKNOWN_COHORT, UNKNOWN_ID
from lead_provider_conformance.http import IncompleteResponse, Resource
from lead_provider_conformance.model import Cause
from lead_provider_conformance.oracles.filters import (
    FilterCase,
    field_values,
    first_unsorted,
    is_sorted_by_name,
    required_identities,
    time_filter,
    unexpected_records,
    unsorted,
    value_filter,
)
from lead_provider_conformance.oracles.same_record import differing_fields, may_be_narrowed, records_shown_differently

Query = Sequence[tuple[str, str]]

TIME_FIELDS = {"updated_since": "updated_at", "created_since": "created_at"}
"""By filter: the field that it compares."""
FORMER_ID = "from_participant_id"
FAR_FUTURE = "2098-01-01T00:00:00+01:00"
"""A time after every change, with an offset: behaviour FILT-UPDATED-SINCE-OFFSET."""
FAR_PAGE = 100_000

_MATCH_NOTHING = frozenset({FAR_FUTURE, UNKNOWN_ID, UNKNOWN_COHORT})
_NOT_SORTED = re.compile(r"the list is not sorted by -?(\w+)")
_YEARS = re.compile(r"\d{4}(,\d{4})*")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A parsed list query. `page` and `size` are None if they are missing or no whole numbers."""

    filters: Mapping[str, str]
    sort: str
    page: int | None
    size: int | None

    @classmethod
    def parse(cls, query: Query) -> ListQuery:
        """Return the filters, order and page of a query."""
        values = dict(query)
        filters = {
            name.removeprefix("filter[").removesuffix("]"): value
            for name, value in values.items()
            if name.startswith("filter[")
        }
        page, size = values.get("page[page]", ""), values.get("page[per_page]", "")
        return cls(filters, values.get("sort", ""), _whole_number(page), _whole_number(size))

    @property
    def page_size(self) -> int:
        """The largest number of records on the page."""
        return min(DEFAULT_PAGE_SIZE if self.size is None else self.size, PAGE_LIMIT)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between a result and the expected one.

    `is_promised` means that the published texts promise the expected result. Otherwise only the deployed service's own
    tests show it: comma-separated and unknown values, several sort keys, the default order.
    """

    message: str
    is_promised: bool


def contradictions(query: Query, resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the ways in which the listed records themselves contradict the query."""
    parsed = ListQuery.parse(query)
    if parsed.size is not None and len(resources) > parsed.page_size:
        yield "a page holds more records than page[per_page] allows"
    if (parsed.page or 0) > FAR_PAGE and resources:
        yield "a page far beyond the last one is not empty"
    for name, value in parsed.filters.items():
        case = filter_case(name, value)
        showing = (each for each in resources if _shows(each, name))
        if case and any(unexpected_records(showing, [case])):
            yield f"records are listed that filter[{name}] leaves out"
    field = parsed.sort.removeprefix("-")
    if field == "updated_at":
        times = [time for each in resources if (time := _time(each["attributes"].get(field)))]
        if first_unsorted(times, descending=parsed.sort.startswith("-")) is not None:
            yield f"the list is not sorted by {parsed.sort}"


def known_cause(contradiction: str) -> Cause | None:
    """Return the cause of a contradiction or difference that hand-written tests report too."""
    match = _NOT_SORTED.match(contradiction)
    return unsorted(match[1]) if match else None


def share_records(first: Query, first_page: Sequence[str], second: Query, second_page: Sequence[str]) -> bool:
    """Return whether two different pages of the same list share a record, by the identities of their records."""
    pages = (dict(first).get("page[page]"), dict(second).get("page[page]"))
    if None in pages or pages[0] == pages[1] or _without_page(first) != _without_page(second):
        return False
    return not set(first_page).isdisjoint(second_page)


def has_distinct_times(query: Query, full_list: Sequence[Resource]) -> bool:
    """Return whether all records show different times of the kind by which the query sorts them."""
    field = ListQuery.parse(query).sort.partition(",")[0].removeprefix("-") or "created_at"
    times = {field_values(each, field) for each in full_list}
    return frozenset({"None"}) not in times and len(times) == len(full_list)


def compare(
    query: Query, resources: Sequence[Resource], full_list: Sequence[Resource], changing: Set[str] = frozenset()
) -> Difference | None:
    """Compare the result of a query with the result computed from the full list.

    Records themselves must be the same too, but for those that may be `changing`, given by their identities. Return
    None if there is no difference, or if the records do not show the field of a filter.
    """
    parsed = ListQuery.parse(query)
    settled = [each for each in full_list if identity(each) not in changing]
    return _compare_selection(parsed, resources, full_list, settled) or _compare_records(parsed, resources, settled)


def _compare_selection(
    query: ListQuery, resources: Sequence[Resource], full_list: Sequence[Resource], settled: Sequence[Resource]
) -> Difference | None:
    if query.filters:
        return _compare_filtered(query, resources, full_list, settled)
    if query.sort:
        return _compare_sorted(query, resources, full_list)
    return _compare_page(query, identities(resources), identities(full_list))


def _compare_records(query: ListQuery, resources: Sequence[Resource], settled: Sequence[Resource]) -> Difference | None:
    for shown, whole in records_shown_differently(resources, settled):
        fields = ", ".join(differing_fields(shown, whole))
        is_promised = not may_be_narrowed(shown, whole, query.filters)
        return Difference(f"a record has another {fields} than in the whole list", is_promised)
    return None


def _compare_filtered(
    query: ListQuery, resources: Sequence[Resource], full_list: Sequence[Resource], settled: Sequence[Resource]
) -> Difference | None:
    cases = []
    for name, value in query.filters.items():
        case = filter_case(name, value, full_list)
        if case is None:
            return None
        cases.append(case)
    names = " and ".join(f"filter[{name}]" for name in query.filters)
    is_promised = not any("," in value or value in _MATCH_NOTHING - {FAR_FUTURE} for value in query.filters.values())
    if any(unexpected_records(resources, cases)):
        return Difference(f"records are listed that {names} leaves out", is_promised)
    # The records that a full page lacks may be on the next one.
    if len(resources) < query.page_size and required_identities(settled, cases) - set(identities(resources)):
        return Difference(f"records are missing that {names} does not leave out", is_promised)
    return None


def _compare_sorted(
    query: ListQuery, resources: Sequence[Resource], full_list: Sequence[Resource]
) -> Difference | None:
    key, _, further_keys = query.sort.partition(",")
    is_promised = not further_keys
    descending, field = key.startswith("-"), key.removeprefix("-")
    listed, order, size = identities(resources), identities(full_list), query.page_size
    if not set(listed) <= set(order) or len(set(listed)) != min(len(set(order)), size):
        return Difference("a sorted list does not hold the same records", is_promised)
    if all(field in each["attributes"] for each in resources):
        times = [time_of(each["attributes"], field) for each in resources]
        if first_unsorted(times, descending=descending) is not None:
            return Difference(f"the list is not sorted by {query.sort}", is_promised)
    # The published texts do not promise the default order, and nothing that of records with the same time.
    if field != "created_at" or not has_distinct_times((("sort", field),), full_list):
        return None
    names = [each["attributes"].get("name") for each in full_list]
    if all(isinstance(each, str) for each in names) and is_sorted_by_name(names):
        return None  # the NPQ service lists delivery partners by name
    if not descending and listed != order[:size]:
        return Difference("the list without a sort is in another order than by created_at", is_promised=False)
    if descending and 1 < len(order) <= size and listed.index(order[0]) < listed.index(order[-1]):
        return Difference(f"the list is not sorted by {query.sort}", is_promised=False)
    return None


def _compare_page(query: ListQuery, listed: Sequence[str], order: Sequence[str]) -> Difference | None:
    page, size = query.page or 1, query.page_size
    expected = list(order[(page - 1) * size :][:size])
    if len(listed) != len(expected):
        return Difference("a page does not hold as many records as the whole list has for it", is_promised=True)
    if set(listed) != set(expected) and page == 1 and size >= len(order):
        return Difference("a page for all of the records does not hold them", is_promised=True)
    if list(listed) != expected:
        return Difference("a page does not hold the records that the whole list has there", is_promised=False)
    return None


def filter_case(name: str, value: str, full_list: Sequence[Resource] | None = None) -> FilterCase | None:
    """Return the records that a filter may and must list; None if neither value nor records decide that."""
    if value in _MATCH_NOTHING:
        return FilterCase(name, value, lambda _: False, lambda _: False)
    if name in TIME_FIELDS:
        field, instant = TIME_FIELDS[name], _time(value)
        if instant is None or not all(field in each["attributes"] for each in full_list or ()):
            return None
        # A transfer shows the participant's time, not its own: behaviour FILT-UPDATED-SINCE-SUBJECT.
        exact = not any("transfers" in each["attributes"] for each in full_list or ())
        # Records show whole seconds.
        return time_filter(instant.replace(microsecond=0), name, field, exact=exact)
    if name == FORMER_ID:
        return FilterCase(name, value, lambda each: value in former_ids(each), lambda each: value in former_ids(each))
    if name == "cohort" and not _YEARS.fullmatch(value):
        return None
    if full_list is not None and not any(_shows(each, name) for each in full_list):
        return None
    return value_filter(name, *value.split(","))


def former_ids(resource: Resource) -> list[str]:
    """Return the former ids of a participant."""
    changes = resource["attributes"].get("participant_id_changes")
    listed = changes if isinstance(changes, list) else ()
    return [str(each[FORMER_ID]) for each in listed if isinstance(each, dict) and each.get(FORMER_ID)]


def _shows(resource: Resource, name: str) -> bool:
    """Return whether a record shows the field of a filter."""
    attributes = resource["attributes"]
    if name in TIME_FIELDS:
        return "transfers" not in attributes and _time(attributes.get(TIME_FIELDS[name])) is not None
    if name == FORMER_ID:
        return "participant_id_changes" in attributes
    return not field_values(resource, name) <= {"None"}


def _time(text: Any) -> datetime | None:
    try:
        return parse_time(text).astimezone(UTC)
    except (IncompleteResponse, OverflowError):
        return None


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _without_page(query: Query) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in query if pair[0] != "page[page]")
