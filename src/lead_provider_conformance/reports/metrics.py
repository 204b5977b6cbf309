"""Metrics of a run's exchanges: statuses and latency by operation."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NO_OPERATION = "no operation of the contract"

Status = int | None  # None: no response
Statuses = Mapping[str, Collection[int]]  # documented statuses by operation


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each operation of one version returned each status.

    `documented` is empty if the run's contract is not installed.
    """

    version: str
    statuses: tuple[Status, ...]
    operations: tuple[tuple[str, Mapping[Status, int]], ...]
    documented: Statuses

    @property
    def exercised(self) -> int:
        """Return how many operations were called."""
        return sum(any(counts.values()) for _, counts in self.operations)

    def is_documented(self, operation: str, status: Status) -> bool:
        """Return whether the contract documents `status` for `operation`."""
        return status in self.documented.get(operation, ())


@dataclass(frozen=True, slots=True)
class Latency:
    """Response times of one operation of one version, in seconds."""

    version: str
    operation: str
    exchanges: int
    median: float
    p95: float
    slowest: float


def coverage(exchanges: Iterable[Mapping[str, Any]], documented: Mapping[str, Statuses]) -> tuple[Coverage, ...]:
    """Return the coverage of each version that was exercised or has `documented` statuses."""
    counts: dict[str, dict[str, Counter[Status]]] = defaultdict(lambda: defaultdict(Counter))
    for version, operations in documented.items():
        counts[version].update((operation, Counter()) for operation in operations)
    for exchange in exchanges:
        response = exchange["response"]
        operation = exchange["operation"] or NO_OPERATION
        counts[exchange["version"]][operation][response["status"] if response else None] += 1
    return tuple(
        Coverage(
            version,
            tuple(sorted(_statuses(operations, documented.get(version, {})), key=lambda s: s or math.inf)),
            tuple(sorted(operations.items())),
            documented.get(version, {}),
        )
        for version, operations in sorted(counts.items())
    )


def _statuses(counts: Mapping[str, Counter[Status]], documented: Statuses) -> set[Status]:
    seen: set[Status] = {status for by_status in counts.values() for status in by_status}
    return seen.union(*documented.values())


def latencies(exchanges: Iterable[Mapping[str, Any]]) -> tuple[Latency, ...]:
    """Return the latency of each version and operation that responded, slowest first."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for exchange in exchanges:
        if exchange["response"] and exchange["operation"]:
            times[exchange["version"], exchange["operation"]].append(exchange["seconds"])
    unordered = (_latency(*key, sorted(seconds)) for key, seconds in times.items())
    return tuple(sorted(unordered, key=lambda each: (-each.p95, each.operation, each.version)))


def _latency(version: str, operation: str, seconds: Sequence[float]) -> Latency:
    return Latency(
        version,
        operation,
        exchanges=len(seconds),
        median=percentile(seconds, 0.50),
        p95=percentile(seconds, 0.95),
        slowest=seconds[-1],
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of `ordered` values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
