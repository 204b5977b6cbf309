"""Collect differences by cause: an operation, a place and a kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_conformance.model import Cause, Outcome, Scope
from lead_provider_conformance.parity.differences import (
    ABSENT,
    ORDER,
    STATUSES,
    Difference,
    SideName,
    only,
    split_place,
)
from lead_provider_conformance.parity.entry import Entry, Key
from lead_provider_conformance.parity.renames import field_name, renamed_fields
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.schemas.sentences import quote_value

REMEDY = "Change one of the servers, or accept the difference for a time: add it to `exclude` in the parity file."
ONE_SIDED = frozenset(only(side) for side in SideName)
"""The kinds of records that one side lacks."""


class Ledger:
    """The differences of a run by cause. `compared` counts the records of each operation in each scope."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self.compared: dict[tuple[Scope, str], int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def knows(self, scope: Scope, operation: str, difference: Difference) -> bool:
        """Return whether the cause of a difference is known."""
        return (scope, difference.requirement, operation, difference.place, difference.kind) in self._entries

    def open(self, scope: Scope, operation: str, difference: Difference, exchanges: tuple[str, ...]) -> None:
        """Add the cause of a difference, which the `exchanges` show. It does not count yet."""
        key = (scope, difference.requirement, operation, difference.place, difference.kind)
        self._entries.setdefault(key, Entry(operation, difference, exchanges))

    def count(self, scope: Scope, operation: str, difference: Difference) -> None:
        """Count a difference with a known cause. Ignore one with an unknown cause."""
        entry = self._entries.get((scope, difference.requirement, operation, difference.place, difference.kind))
        if entry is None:
            return
        entry.add(difference)

    def findings(self) -> Iterator[Finding]:
        """Yield a failed finding for each cause, in the order in which they were found. A renamed field is one."""
        renamed = renamed_fields(self._entries)
        for key, entry in self._entries.items():
            if key in renamed.values():
                continue
            scope, requirement, operation, place, kind = key
            if key in renamed:
                kind = f"called {field_name(renamed[key])} on the right"
                entry = replace(entry, first=replace(entry.first, kind=kind))
            yield Finding(
                requirement,
                scope,
                Outcome.FAILED,
                operation,
                sentence(entry, self.compared.get((scope, operation))),
                REMEDY,
                None,
                entry.exchanges,
                cause=Cause(operation, place, kind),
            )

    def requirements_with(self, scope: Scope) -> frozenset[str]:
        """Return the ids of the requirements with a difference in a scope."""
        return frozenset(key[1] for key in self._entries if key[0] == scope)


def sentence(entry: Entry, compared: int | None) -> str:
    """Return a sentence about a cause, with counts in place of the records."""
    first = entry.first
    place, write = split_place(first.place)
    where = f"{entry.operation}{in_words(place)}{write}"
    if first.requirement == STATUSES:
        return f"{where} returns {first.kind} ({_times(entry.count)})."
    if first.kind in ONE_SIDED:
        count = len(entry.records) or entry.count
        records = "1 record that is" if count == 1 else f"{count:,} records that are"
        such = f", such as {entry.first.record}" if entry.first.record else ""
        return f"{where} returns {records} {first.kind}{such}."
    if first.requirement == ORDER:
        return f"{where} returns records in another order ({_times(entry.count)})."
    return f"`{place}` of {entry.operation}{write} {_predicate(first)} ({_extent(entry, compared)})."


def in_words(place: str) -> str:
    """Return the place of a request for a sentence: ` with filter[cohort]`; nothing for a place in a body."""
    kind, _, name = place.partition(":")
    if kind == "query":
        return f" with {name}"
    return {"path:id": " of an unknown record", "header:Authorization": " with a wrong token"}.get(place, "")


def _predicate(difference: Difference) -> str:
    """Return the kind of a difference as a predicate, with a value of each side."""
    kind = difference.kind
    verb = "has " if kind.startswith(("another", "more", "items", "time", "columns")) else "is "
    if ABSENT in (difference.left, difference.right):
        return verb + kind
    left, right = quote_value(difference.left), quote_value(difference.right)
    return f"{verb}{kind}, such as {left} on the left and {right} on the right"


def _extent(entry: Entry, compared: int | None) -> str:
    """Return how many records, or else responses, have the difference."""
    if not entry.records:
        return _times(entry.count)
    count = len(entry.records)
    if compared and count >= compared:
        return f"all {compared:,} records"
    return f"{count:,} of {compared:,} records" if compared else f"{count:,} {'record' if count == 1 else 'records'}"


def _times(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def notes(differences: Iterable[Difference], side: SideName, limit: int = 30) -> Iterator[Mapping[str, Any]]:
    """Yield the differences of a pair as lines of a journal: requirement, pointer, message and kind."""
    for index, each in enumerate(differences):
        if index == limit:
            return
        yield {
            "requirement": each.requirement,
            "where": (each.pointers or {}).get(side, each.place),
            "message": each.message(side),
            "kind": each.kind,
        }
