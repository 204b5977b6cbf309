"""What the exchanges of a run add up to: which statuses each operation answered, and how fast."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NO_OPERATION = "no operation of the contract"
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each operation of one version answered with each status; None stands for no answer at all."""

    version: str
    statuses: tuple[int | None, ...]
    operations: tuple[tuple[str, Mapping[int | None, int]], ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one operation of one version took to answer, in seconds."""

    version: str
    operation: str
    exchanges: int
    median: float
    p95: float
    slowest: float


def coverage(exchanges: Iterable[Mapping[str, Any]]) -> tuple[Coverage, ...]:
    """The coverage of each version that was exercised."""
    counted: dict[str, dict[str, Counter[int | None]]] = defaultdict(lambda: defaultdict(Counter))
    for exchange in exchanges:
        response = exchange["response"]
        operation = exchange["operation"] or NO_OPERATION
        counted[exchange["version"]][operation][response["status"] if response else None] += 1
    return tuple(
        Coverage(
            version,
            tuple(sorted({s for counts in operations.values() for s in counts}, key=lambda s: s or math.inf)),
            tuple(sorted(operations.items())),
        )
        for version, operations in sorted(counted.items())
    )


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
