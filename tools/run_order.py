"""`python -m tools.run_order`: write suites/order.json, the order in which a run finds the most faults first.

Each test in turn is the one that finds the most further faults for each request. The faults are those of
tools/proof/proof.json. The requests are those of the newest version of each service that has the test. The tests that
only read run against a new sandbox without faults, and then the others against another one, both ordered by name: so no
list changes while it is compared, and the present order decides nothing. The first test that needs a list reads it for
all others: that request counts for none.

A test that only reads comes among those that claim records if it finds fewer faults for each request than they do.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tools.proof.fork_pool import ForkPool, Job
from tools.proof.matrix import Matrix, read_matrix
from tools.proof.services import ORIGINAL, SUCCESSORS, Service
from tools.proof.session import run_session
from tools.proof.suite import Suite

from lead_provider_conformance.api.operations import PAGE_SIZE
from lead_provider_conformance.pytest_plugin.order import FILE, is_generated, is_reading
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.run.needed_operations import test_name

SERVICES = (ORIGINAL, Service(SUCCESSORS, "ecf"), Service(SUCCESSORS, "npq"))
NEEDY = frozenset(
    {"scenarios/test_changing_schedule.py::test_change_of_schedule_that_excludes_a_declaration_is_refused"}
)
"""Tests that claim records and come before all others: where records are few, these take what it needs."""
HARDLY_ANY = 0.001
"""The faults of a test that finds none of its own, so that the cheaper one of two comes first."""


@dataclass
class Costs:
    """The requests of each test with a place, in all services together, and the tests that only read."""

    requests: Counter[str] = field(default_factory=Counter)
    reading: set[str] = field(default_factory=set)

    def __call__(self, pool: ForkPool) -> None:
        """Run the tests of a service without faults, and count their requests."""
        suite = Suite.from_items(pool.items)
        placed = [test for test in suite.scopes if not is_generated(pool.items[test])]
        newest: dict[str, str] = {}
        for test in placed:
            name, version = test_name(test), suite.scopes[test].version
            newest[name] = max(version, newest.get(name, version))
            if is_reading(pool.items[test]):
                self.reading.add(name)
        counted = {test for test in placed if suite.scopes[test].version == newest[test_name(test)]}

        def count(report: Path) -> None:
            for exchange in map(json.loads, (report / EXCHANGES).read_bytes().splitlines()):
                if exchange["test"] in counted and not reads_for_all(exchange["request"]):
                    self.requests[test_name(exchange["test"])] += 1

        self.requests.update(dict.fromkeys(newest, 0))
        jobs = []
        for scope in pool.service.scopes:
            tests = sorted(suite.in_scope(scope))
            for kind, alike in groupby(sorted(tests, key=self._is_reading), key=self._is_reading):
                jobs.append(Job(f"{scope} {kind}", scope, tuple(alike), after_run=count))
        for result in pool.run(jobs):
            if result.error or result.with_outcome("failed"):
                raise SystemExit(f"{pool.service}, {result.job.name}: {result.error or 'a requirement failed'}")

    def _is_reading(self, test: str) -> bool:
        return test_name(test) in self.reading


def reads_for_all(request: Mapping[str, Any]) -> bool:
    """Return whether a request reads a whole list, as the first test that needs it does for the others."""
    address = urlsplit(request["url"])
    query = dict(parse_qsl(address.query))
    required = {"filter[cohort]"} if "/schools" in address.path else set()
    return query.get("page[per_page]") == str(PAGE_SIZE) and query.keys() <= {"page[page]", "page[per_page]"} | required


def faults_by_test(matrix: Matrix) -> Mapping[str, frozenset[str]]:
    """Return the faults that each test catches."""
    faults: dict[str, set[str]] = defaultdict(set)
    for fault, row in matrix.items():
        for catch in row.caught.values():
            faults[test_name(catch.test)].add(fault)
    return {name: frozenset(found) for name, found in faults.items()}


def ordered(
    costs: Costs, faults: Mapping[str, frozenset[str]], needy: Collection[str] = NEEDY
) -> Mapping[str, list[str]]:
    """Return the content of the file.

    A test that only reads is early if it finds more faults for each request than those that claim records on average.
    """
    waiting = set(costs.requests)
    found: frozenset[str] = frozenset()
    further: dict[str, float] = {}

    def gain(name: str) -> float:
        return len(faults.get(name, frozenset()) - found) + HARDLY_ANY

    def rate(name: str) -> tuple[float, str]:
        return gain(name) / max(costs.requests[name], 1), name

    while waiting:
        best = max(waiting, key=rate)
        waiting.remove(best)
        further[best] = gain(best)
        found |= faults.get(best, frozenset())

    claims = [name for name in further if name not in costs.reading]
    average = sum(further[name] for name in claims) / max(sum(costs.requests[name] for name in claims), 1)
    early = [
        name for name in further if name in costs.reading and further[name] > average * max(costs.requests[name], 1)
    ]
    others = [name for name in further if name not in early]
    return {"early": early, "others": sorted(others, key=lambda name: name not in needy)}


def main() -> None:
    """Write the file."""
    costs = Costs()
    for service in SERVICES:
        run_session(costs, service, profile="standard")
    order = ordered(costs, faults_by_test(read_matrix()))
    (suites_root() / FILE).write_text(json.dumps(order, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
