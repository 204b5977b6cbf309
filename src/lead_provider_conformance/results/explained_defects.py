"""Defects of a run that another defect of it explains: a reader corrects that one first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lead_provider_conformance.model import FIRST_SERVER_ERROR, Cause
from lead_provider_conformance.results.defects import (
    ACCEPTS,
    LEAK,
    LIST,
    NOT_NAMED,
    OTHER_ERROR,
    OTHER_RECORD,
    PAGE,
    PAGES,
    QUERY,
    REFUSES,
    VALUE,
)

PLACES_OF_A_FAILING_OPERATION = 3
"""An operation that fails with a 5xx at so many places, such as filters, is broken as a whole."""
SEVERAL = 3
"""So many lists with wrong records for one filter, or with wrong pages, share a defect. So do operations with wrong
values of one field, or with one wrong or undocumented status.
"""
UNDOCUMENTED_FIELD = "undocumented-member"
NAMELESS_ERRORS = {("/errors", "minItems"), ("/errors/*", "missing title")}
"""Violations of an error body after which no error can name a field."""


def explanations(defects: Iterable[Cause]) -> Mapping[Cause, Cause]:
    """Return the defect that explains each defect, for those that another one explains."""
    every = tuple(dict.fromkeys(defects))
    rules = (
        _of_failing_operations,
        _of_nameless_errors,
        _of_lists,
        _of_leaks,
        _of_refusals,
        _of_several_operations,
        _of_other_names,
        _of_other_records,
    )
    return {explained: by for rule in rules for explained, by in rule(every) if explained != by}


def _of_failing_operations(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the failures of an operation at many places, or also without any filter or unusual value."""
    failures: dict[tuple[str, str], list[Cause]] = defaultdict(list)
    for each in defects:
        if is_server_error(each):
            failures[each.operation, each.kind].append(each)
    for (operation, status), found in failures.items():
        places = {_without_pages(each.place) for each in found}
        if len(places) >= PLACES_OF_A_FAILING_OPERATION or any(not each.place for each in found):
            yield from ((each, Cause(operation, "", status)) for each in found)


def is_server_error(defect: Cause) -> bool:
    """Return whether a defect is a 5xx."""
    return defect.kind.isdecimal() and int(defect.kind) >= FIRST_SERVER_ERROR


def _without_pages(place: str) -> tuple[str, ...]:
    return tuple(each for each in place.removeprefix("query:").split(",") if not each.startswith(PAGE))


def _of_nameless_errors(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the errors that name no field, if error bodies lack errors or titles."""
    nameless = next((each for each in defects if (each.place, each.kind) in NAMELESS_ERRORS), None)
    if nameless:
        yield from ((each, nameless) for each in defects if each.kind == NOT_NAMED)


def _of_lists(defects: Sequence[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the wrong records of several lists with one filter, and malformed filters that a list ignores.

    Wrong pages explain wrong records of a list without filters, and one filter explains those of several. Wrong pages
    of several lists, and several wrong filters, show that the server reads no query.
    """
    operations: dict[str, set[str]] = defaultdict(set)
    for each in defects:
        if each.kind == LIST:
            operations[each.place].add(each.operation)

    def is_shared(place: str) -> bool:
        return place != QUERY and len(operations[place]) >= SEVERAL

    filters = {place for place in operations if place.startswith(f"{QUERY}:") and not _parts(place)}
    reads_no_query = is_shared(PAGES) and len(filters) >= SEVERAL

    def of_list(operation: str, place: str) -> Cause:
        if reads_no_query and place != QUERY:
            return Cause("", QUERY, LIST)
        return Cause("" if is_shared(place) else operation, place, LIST)

    for each in defects:
        if each.kind == LIST:
            place = next(filter(lambda part: each.operation in operations[part], _parts(each.place)), each.place)
            yield each, of_list(each.operation, place)
        elif each.kind == ACCEPTS and each.place:
            is_wrong = each.place != QUERY and each.operation in operations[each.place]
            is_ignored = is_wrong or is_shared(each.place)
            yield each, of_list(each.operation, each.place) if is_ignored else Cause(each.operation, "", ACCEPTS)


def _parts(place: str) -> Sequence[str]:
    """Return the places of simpler defects of a list that explain one at `place`."""
    if place == QUERY:
        return [PAGES]
    names = place.removeprefix(f"{QUERY}:").split(",")
    return [f"{QUERY}:{name}" for name in names] if len(names) > 1 else []


def _of_leaks(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the wrong records of a list that shows those of another provider."""
    leaks = {each.operation: each for each in defects if each.kind == LEAK}
    yield from ((each, leaks[each.operation]) for each in defects if each.kind == LIST and each.operation in leaks)


def _is_misnamed(defect: Cause, refusing: Mapping[str, Cause]) -> bool:
    return defect.kind == NOT_NAMED and defect.operation in refusing


def _of_refusals(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the refusals whose errors include those of another refusal of the operation.

    The errors of an operation that refuses too much name other fields than they have to.
    """
    refusing = {each.operation: each for each in defects if each.kind == REFUSES}
    yield from ((each, refusing[each.operation]) for each in defects if _is_misnamed(each, refusing))
    refusals = sorted((each for each in defects if each.kind == REFUSES), key=lambda each: len(each.place))
    for each in refusals:
        titles = set(each.place.split(","))
        others = (other for other in refusals if other.operation == each.operation and other.place)
        yield each, next((other for other in others if set(other.place.split(",")) <= titles), each)


def _is_undocumented(defect: Cause) -> bool:
    return defect.kind.isdecimal() and not is_server_error(defect)


def _of_several_operations(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the wrong values of one field, and one wrong or undocumented status, that several operations return."""
    operations: dict[tuple[str, str], set[str]] = defaultdict(set)
    shared = [
        each for each in defects if each.kind == VALUE or each.kind.endswith(OTHER_ERROR) or _is_undocumented(each)
    ]
    for each in shared:
        operations[each.place, each.kind].add(each.operation)
    for each in shared:
        if len(operations[each.place, each.kind]) >= SEVERAL:
            yield each, Cause("", each.place, each.kind)


def _of_other_records(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the wrong values in the response to a write that does not return the record."""
    stale = {each.operation: each for each in defects if each.kind == OTHER_RECORD}
    yield from ((each, stale[each.operation]) for each in defects if each.kind == VALUE and each.operation in stale)


def _of_other_names(defects: Iterable[Cause]) -> Iterator[tuple[Cause, Cause]]:
    """Yield the undocumented field of an object that lacks a field: it is that field, under another name."""
    missing: dict[str, list[Cause]] = defaultdict(list)
    undocumented: dict[str, list[Cause]] = defaultdict(list)
    for each in defects:
        if each.kind.startswith("missing "):
            missing[each.place].append(each)
        elif each.kind == UNDOCUMENTED_FIELD:
            undocumented[each.place.rpartition("/")[0]].append(each)
    for place, found in undocumented.items():
        if len(found) == len(missing[place]) == 1:
            yield found[0], missing[place][0]
