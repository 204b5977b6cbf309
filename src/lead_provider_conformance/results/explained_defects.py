"""Defects of a run that another defect of it explains: a reader corrects that one first.

A defect explains another
- if it is the same with fewer conditions: an operation that fails without any filter also fails with one,
- if it is the same in several operations, which probably share code,
- if its kind has the other kind as a consequence in the same operation (CONSEQUENCES),
- and in the few cases of `_special`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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
    UNKEPT,
    VALUE,
)

SEVERAL = 3
"""So many operations with the same defect share it. So many wrong filters show that a server reads no query, and a 5xx
at so many places that an operation is broken as a whole.
"""
CONSEQUENCES = {NOT_NAMED: REFUSES, LIST: LEAK, VALUE: OTHER_RECORD}
"""The kind that explains a kind of defect in the same operation.

The errors of an operation that refuses too much name other fields, a list that shows records of another provider has
wrong records, and a response without the record has wrong values.
"""
UNDOCUMENTED_FIELD = "undocumented-member"
NAMELESS_ERRORS = {("/errors", "minItems"), ("/errors/*", "missing title")}
"""Violations of an error body after which no error can name a field."""
UNREAD_QUERY = Cause("", QUERY, LIST)
"""Lists return wrong pages, and wrong records with each filter."""


def explanations(defects: Iterable[Cause]) -> Mapping[Cause, Cause]:
    """Return the defect that explains each defect, for those that another one explains."""
    found = _Defects(tuple(dict.fromkeys(defects)))
    return {each: by for each in found.shown if (by := found.origin(each)) != each}


def is_server_error(defect: Cause) -> bool:
    """Return whether a defect is a 5xx."""
    return defect.kind.isdecimal() and int(defect.kind) >= FIRST_SERVER_ERROR


@dataclass(frozen=True, eq=False)
class _Defects:
    shown: tuple[Cause, ...]

    def origin(self, defect: Cause) -> Cause:
        """Return the defect that explains another in the end; the defect itself if none does."""
        relations = (self._special, self._causing, self._simpler, self._shared)
        for relation in relations:
            for by in relation(defect):
                if by != defect:
                    return self.origin(by)
        return defect

    @cached_property
    def _operations(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The operations with each kind of defect, by place and kind."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in self.shown:
            found[each.place, each.kind].add(each.operation)
        return {key: frozenset(each - {""}) for key, each in found.items()}

    def _is_shared(self, place: str, kind: str) -> bool:
        return len(self._operations.get((place, kind), ())) >= SEVERAL

    @cached_property
    def _reads_no_query(self) -> bool:
        filters = {each.place for each in self.shown if each.kind == LIST and len(_conditions(each)) == 1}
        return self._is_shared(PAGES, LIST) and len(filters - {PAGES}) >= SEVERAL

    def _simpler(self, defect: Cause) -> Iterator[Cause]:
        """Yield the same defect with fewer conditions. A 5xx without any, or with several, is one of the operation."""
        same = [each for each in self.shown if (each.operation, each.kind) == (defect.operation, defect.kind)]
        if not is_server_error(defect):
            yield from (each for each in same if _conditions(each) and _conditions(each) < _conditions(defect))
        elif any(not each.place for each in same) or len({_conditions(each) for each in same}) >= SEVERAL:
            yield Cause(defect.operation, "", defect.kind)

    def _shared(self, defect: Cause) -> Iterator[Cause]:
        """Yield the defect of several operations."""
        is_undocumented = defect.kind.isdecimal() and not is_server_error(defect)
        is_of_list = defect.kind == LIST and defect.place != QUERY
        may_be = is_of_list or is_undocumented or defect.kind == VALUE or defect.kind.endswith(OTHER_ERROR)
        if defect.operation and may_be and self._is_shared(defect.place, defect.kind):
            yield Cause("", defect.place, defect.kind)

    def _causing(self, defect: Cause) -> Iterator[Cause]:
        """Yield the defects of the operation that have the kind of this one as a consequence."""
        kind = CONSEQUENCES.get(defect.kind)
        return (each for each in self.shown if (each.operation, each.kind) == (defect.operation, kind))

    def _special(self, defect: Cause) -> Iterator[Cause]:
        """Yield the defects that explain one for a reason of their own."""
        if defect.kind == NOT_NAMED:
            yield from (each for each in self.shown if (each.place, each.kind) in NAMELESS_ERRORS)
        elif defect.kind == UNKEPT and self._is_shared(defect.place, UNKEPT):  # rather a wrong field than each write
            yield Cause("", defect.place, VALUE)
        elif defect.kind == VALUE and not self._is_shared(defect.place, UNKEPT):
            yield from (each for each in self.shown if (each.place, each.kind) == (defect.place, UNKEPT))
            if not defect.operation and not self._is_shared(defect.place, VALUE):  # no request of its own shows it
                yield from (each for each in self.shown if _is_of_field(each, defect.place))
        elif defect.kind == VALUE:
            yield Cause("", defect.place, VALUE)
        elif defect.kind == UNDOCUMENTED_FIELD:
            yield from self._renamed(defect)
        elif defect.kind in (LIST, REFUSES) and _conditions(defect) and self._reads_no_query and _is_of_list(defect):
            yield UNREAD_QUERY
        elif (
            defect.kind == LIST
            and defect.place == QUERY
            and defect.operation in self._operations.get((PAGES, LIST), ())
        ):
            yield Cause(defect.operation, PAGES, LIST)
        elif defect.kind == ACCEPTS and defect.place:  # a filter that is ignored, or a query that is not validated
            is_wrong = defect.place != QUERY and defect.operation in self._operations.get((defect.place, LIST), ())
            is_ignored = is_wrong or (defect.place != QUERY and self._is_shared(defect.place, LIST))
            yield Cause(defect.operation, defect.place, LIST) if is_ignored else Cause(defect.operation, "", ACCEPTS)

    def _renamed(self, defect: Cause) -> Iterator[Cause]:
        """Yield the only field that an object lacks, if it has one other: the same field under another name."""
        place = defect.place.rpartition("/")[0]
        missing = [each for each in self.shown if each.kind.startswith("missing ") and each.place == place]
        others = [each for each in self.shown if each.kind == UNDOCUMENTED_FIELD]
        if len(missing) == 1 and sum(each.place.rpartition("/")[0] == place for each in others) == 1:
            yield missing[0]


def _is_of_field(defect: Cause, field: str) -> bool:
    """Return whether a response has no valid value, or a wrong one, of a field."""
    is_of_body = defect.place.startswith("/data") and defect.place.rpartition("/")[2] == field
    return is_of_body or defect.kind == f"missing {field}" or (defect.place, defect.kind) == (field, VALUE)


def _is_of_list(defect: Cause) -> bool:
    return defect.place == PAGES or defect.place.startswith(QUERY)


def _conditions(defect: Cause) -> frozenset[str]:
    """Return the filters of a list, the places of a 5xx without pages, or the titles of another refusal."""
    place = defect.place.removeprefix(QUERY).lstrip(":")
    if is_server_error(defect):
        return frozenset(each for each in place.split(",") if each and not each.startswith(PAGE))
    return frozenset(filter(None, place.split(","))) if defect.kind in (LIST, REFUSES) else frozenset()
