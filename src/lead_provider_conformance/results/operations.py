"""The operations of a run: those of its scopes, those that the target implements, and those that it lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.model import FIRST_ERROR, FIRST_SERVER_ERROR
from lead_provider_conformance.results.described_target import ADD, SAVE, is_described_by_options, target_yaml
from lead_provider_conformance.results.journal import Journals

ABSENT = frozenset({404, 405, 501})
"""The statuses of a server that does not have the method and path of a request."""
UNDECIDED = frozenset({401, 403, 429})
"""The statuses that a server may return before it looks at the path."""


def planned_operations(journals: Journals) -> tuple[str, ...]:
    """Return the operationIds of the run's scopes, each once. Journals of earlier versions have none."""
    return tuple(dict.fromkeys(each for scope in journals.plan["scopes"] for each in scope.get("operations", ())))


def partial_text(journals: Journals) -> str:
    """Return how many operations the target has, such as `9 of 38 operations`; empty if it has all."""
    implemented = journals.run["target"].get("operations")
    if implemented is None:
        return ""
    planned = set(planned_operations(journals))
    if not planned:
        return f"{len(implemented)} operation{'s' if len(implemented) != 1 else ''}"
    tested = planned.intersection(implemented)
    return "" if tested == planned else f"{len(tested)} of {len(planned)} operations"


def unlisted_operations(journals: Journals) -> tuple[str, ...]:
    """Return the operations of the run's scopes that the target file leaves out."""
    implemented = journals.run["target"].get("operations")
    planned = () if implemented is None else planned_operations(journals)
    return tuple(each for each in planned if each not in implemented)


def absent_operations(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[int]]:
    """Return the operations that the server seems to lack, with their statuses: all of ABSENT."""
    return {operation: seen for operation, seen in _decided(exchanges) if seen <= ABSENT}


def failing_operations(exchanges: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the operations that failed with a 5xx, and never succeeded."""
    return frozenset(
        operation
        for operation, seen in _decided(exchanges)
        if min(seen) >= FIRST_ERROR and max(seen) >= FIRST_SERVER_ERROR
    )


def found_by_reading(exchanges: Collection[Mapping[str, Any]]) -> frozenset[str] | None:
    """Return the operations that a run of GET requests only has found; None for other runs."""
    if any(each["request"]["method"] != "GET" for each in exchanges):
        return None
    return frozenset(operation for operation, seen in _decided(exchanges) if not seen <= ABSENT)


def _decided(exchanges: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield the operations with the statuses that say whether the server has them."""
    statuses: dict[str, set[int]] = defaultdict(set)
    for each in exchanges:
        if each["operation"] and each["response"] and "observed" not in each:  # not of a client's session
            statuses[each["operation"]].add(each["response"]["status"])
    decided = ((operation, frozenset(seen - UNDECIDED)) for operation, seen in sorted(statuses.items()))
    return ((operation, seen) for operation, seen in decided if seen)


@dataclass(frozen=True, slots=True)
class Advice:
    """How to go on without a fix: sentences, and the lines of a target file, to paste."""

    sentences: tuple[str, ...] = ()
    paste: str = ""


NO_ADVICE = Advice()


def advice_on_absent(absent: Collection[str], journals: Journals, found: Collection[str] | None = None) -> Advice:
    """Return how to test a server without some operations of the plan.

    A run that has only `found` some operations by reading knows nothing of the others.
    """
    by_programme: dict[str, set[str]] = defaultdict(set)
    for scope in journals.plan["scopes"]:
        by_programme[scope["programme"]].update(scope.get("operations", ()))
    shared = set.intersection(*by_programme.values()) if len(by_programme) > 1 else set()
    lacking = [each for each, own in by_programme.items() if _lacks(own - shared, absent, found)]
    remaining = [each for each in by_programme if each not in lacking] or list(by_programme)
    sentences = []
    if len(remaining) < len(by_programme):
        name = lacking[0].upper()
        sentences.append(f"The server has no operation of {name} alone: run with --programme {remaining[0]}.")
    planned = sorted(set().union(*(by_programme[each] for each in remaining)))
    known = planned if found is None else [each for each in planned if each in found]
    present = [each for each in known if each not in absent]
    if not present:
        return Advice(tuple(sentences))
    if known != planned:
        sentences.append("This run read only. Add the other operations that the server has when you test them.")
    new = is_described_by_options(journals)
    sentences.append(
        f"To test the others alone, and leave these out until the server has them, {SAVE if new else ADD}:"
    )
    file = target_yaml(journals, remaining) if new else ""
    return Advice(tuple(sentences), f"{file}operations: [{', '.join(present)}]")


def _lacks(own: Collection[str], absent: Collection[str], found: Collection[str] | None) -> bool:
    """Return whether a server lacks all operations of a programme, as far as the run has looked."""
    if found is None:
        return bool(own) and set(own) <= set(absent)
    return not set(own).isdisjoint(absent) and set(own).isdisjoint(found)
