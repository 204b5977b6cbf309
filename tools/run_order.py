"""`python -m tools.run_order`: write suites/order.json, the order in which a run finds the most faults first.

Each test in turn is the one that finds the most further faults for each request. The faults are those of
tools/proof/proof.json, and the requests those of the runs that `python -m tools.conformance` leaves in reports/.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.conformance import RUNS
from tools.proof.matrix import Matrix, read_matrix

from lead_provider_conformance.pytest_plugin.order import FILE
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.run.needed_operations import test_name

GENERATED = "generated/"
HARDLY_ANY = 0.001
"""The faults of a test that finds none of its own, so that the cheaper one of two comes first."""


def requests_by_test(folders: Iterable[Path]) -> Mapping[str, int]:
    """Return the mean number of requests of each test, in the scopes that it runs in."""
    requests: Counter[str] = Counter()
    scopes: dict[str, set[tuple[Path, str, str]]] = defaultdict(set)
    for folder in folders:
        for line in (folder / EXCHANGES).read_bytes().splitlines():
            exchange = json.loads(line)
            name = test_name(exchange["test"] or "")
            requests[name] += 1
            scopes[name].add((folder, exchange["version"], exchange["programme"]))
    return {name: max(1, count // len(scopes[name])) for name, count in requests.items() if name}


def faults_by_test(matrix: Matrix) -> Mapping[str, frozenset[str]]:
    """Return the faults that each test catches."""
    faults: dict[str, set[str]] = defaultdict(set)
    for fault, row in matrix.items():
        for catch in row.caught.values():
            faults[test_name(catch.test)].add(fault)
    return {name: frozenset(found) for name, found in faults.items()}


def ordered(requests: Mapping[str, int], faults: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the hand-written tests; each finds the most faults per request that those before it do not find."""
    waiting = {name for name in requests if not name.startswith(GENERATED)}
    found: frozenset[str] = frozenset()
    order: list[str] = []

    def rate(name: str) -> tuple[float, str]:
        further = len(faults.get(name, frozenset()) - found)
        return (further + HARDLY_ANY) / requests[name], name

    while waiting:
        best = max(waiting, key=rate)
        waiting.remove(best)
        order.append(best)
        found |= faults.get(best, frozenset())
    return order


def main() -> None:
    """Write the file."""
    order = ordered(requests_by_test(each.folder for each in RUNS), faults_by_test(read_matrix()))
    (suites_root() / FILE).write_text(json.dumps(order, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
