"""What the exchanges of a run add up to: which statuses each operation answered, and how fast."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NO_OPERATION = "no operation of the contract"

Status = int | None
Statuses = Mapping[str, Collection[int]]  # the documented statuses of each operation


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each operation of one version answered with each status; None stands for no answer at all.

    `documented` is empty when the contract of the run is not at hand.
    """

    version: str
    statuses: tuple[Status, ...]
    operations: tuple[tuple[str, Mapping[Status, int]], ...]
    documented: Statuses

    @property
    def exercised(self) -> int:
        """How many operations were called at all."""
        return sum(any(seen.values()) for _, seen in self.operations)

    def is_documented(self, operation: str, status: Status) -> bool:
        """Whether the contract says that the operation may answer so."""
        return status in self.documented.get(operation, ())


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one operation of one version took to answer, in seconds."""

    version: str
    operation: str
    exchanges: int
    median: float
    p95: float
    slowest: float


def coverage(exchanges: Iterable[Mapping[str, Any]], documented: Mapping[str, Statuses]) -> tuple[Coverage, ...]:
    """The coverage of each version that was exercised, or whose statuses are `documented`."""
    counted: dict[str, dict[str, Counter[Status]]] = defaultdict(lambda: defaultdict(Counter))
    for version, operations in documented.items():
        counted[version].update((operation, Counter()) for operation in operations)
    for exchange in exchanges:
        response = exchange["response"]
        operation = exchange["operation"] or NO_OPERATION
        counted[exchange["version"]][operation][response["status"] if response else None] += 1
    return tuple(
        Coverage(
            version,
            tuple(sorted(_statuses(operations, documented.get(version, {})), key=lambda s: s or math.inf)),
            tuple(sorted(operations.items())),
            documented.get(version, {}),
        )
        for version, operations in sorted(counted.items())
    )


def _statuses(counted: Mapping[str, Counter[Status]], documented: Statuses) -> set[Status]:
    seen: set[Status] = {status for counts in counted.values() for status in counts}
    return seen.union(*documented.values())


def latencies(exchanges: Iterable[Mapping[str, Any]]) -> tuple[Latency, ...]:
    """The latencies of each version and operation, of the exchanges that were answered; the slowest first."""
    measured: dict[tuple[str, str], list[float]] = defaultdict(list)
    for exchange in exchanges:
        if exchange["response"] and exchange["operation"]:
            measured[exchange["version"], exchange["operation"]].append(exchange["seconds"])
    found = []
    for (version, operation), seconds in measured.items():
        seconds.sort()
        found.append(
            Latency(
                version,
                operation,
                exchanges=len(seconds),
                median=percentile(seconds, 0.50),
                p95=percentile(seconds, 0.95),
                slowest=seconds[-1],
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.p95, each.operation, each.version)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least of the `ordered` values that at least `share` of them do not exceed (the nearest-rank percentile)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
