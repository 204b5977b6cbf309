"""The operations of a run: those of its scopes, those that the target implements, and those that it lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from lead_provider_conformance.results.journal import Journals

ABSENT = frozenset({404, 405, 501})
"""The statuses of a server that does not have the method and path of a request."""


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


def absent_operations(exchanges: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the operations that the server seems to lack: every response of theirs has a status of ABSENT."""
    statuses: dict[str, set[int]] = defaultdict(set)
    for each in exchanges:
        if each["operation"] and each["response"]:
            statuses[each["operation"]].add(each["response"]["status"])
    return frozenset(operation for operation, seen in statuses.items() if seen <= ABSENT)
