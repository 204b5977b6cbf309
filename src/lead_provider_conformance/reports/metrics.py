"""Metrics of a run's exchanges: statuses and latency by operation."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lead_provider_conformance.contract import Contract, ContractError
from lead_provider_conformance.results.comparison import response_times
from lead_provider_conformance.results.journal import Journals

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
        """Return how many documented operations were called; requests without an operation are none."""
        return sum(any(counts.values()) for operation, counts in self.operations if operation in self.documented)

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
    return tuple(_coverage(version, each, documented.get(version, {})) for version, each in sorted(counts.items()))


def _coverage(version: str, counts: Mapping[str, Counter[Status]], documented: Statuses) -> Coverage:
    seen: set[Status] = {*chain(*counts.values(), *documented.values())}
    statuses = sorted(seen, key=lambda status: status or math.inf)
    return Coverage(version, tuple(statuses), tuple(sorted(counts.items())), documented)


def documented_statuses(journals: Journals) -> dict[str, Statuses]:
    """Return the documented statuses by version and operation, for the operations in the run's scopes.

    Skip a version whose contract hash differs from the run's: a report must not use another contract than the run did.
    """
    scopes = {(scope["version"], scope["programme"]) for scope in journals.plan["scopes"]}
    statuses: dict[str, Statuses] = {}
    for document, contract_hash in journals.run["contract"]["hashes"].items():
        try:
            contract = Contract.load(document)
        except ContractError:
            continue
        if contract.hash == contract_hash:
            statuses[contract.version] = {**statuses.get(contract.version, {})} | {
                operation.id: operation.statuses
                for operation in contract.operations
                if any((contract.version, programme) in scopes for programme in operation.programmes)
            }
    return statuses


def latencies(exchanges: Iterable[Mapping[str, Any]]) -> tuple[Latency, ...]:
    """Return the latency of each version and operation that responded, slowest first."""
    unordered = (
        Latency(*key, len(seconds), percentile(seconds, 0.50), percentile(seconds, 0.95), seconds[-1])
        for key, seconds in ((key, sorted(values)) for key, values in response_times(exchanges).items())
    )
    return tuple(sorted(unordered, key=lambda each: (-each.p95, each.operation, each.version)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of `ordered` values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
