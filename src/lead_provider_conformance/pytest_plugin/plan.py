"""The text of `--plan`: the tests of a run, the records that they need, and how many there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Level, Safety, Scope
from lead_provider_conformance.pytest_plugin.markers import states_of
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import CATALOGUE, States

WIDEST = max(map(len, CATALOGUE))
PROGRAMMES = {"ect": "ecf", "mentor": "ecf", "npq": "npq", "application": "npq"}
"""The programme of a state, by the first word of its name."""
MOST_REQUESTS = 1_000
"""The most requests of the hand-written tests of a version, for both programmes; a test checks it."""


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test of a run, with its requirements and its states. Its result counts for the `shared_scopes` as well."""

    id: str
    scope: Scope
    requirements: tuple[Requirement, ...]
    states: frozenset[str]
    shared_scopes: tuple[Scope, ...] = ()

    @classmethod
    def of(
        cls,
        item: pytest.Function,
        scope: Scope,
        requirements: Sequence[Requirement],
        shared_scopes: tuple[Scope, ...] = (),
    ) -> PlannedTest:
        """Return the plan for one collected test."""
        applicable = tuple(each for each in requirements if each.applies_to(scope))
        states = (name for name in states_of(item) or () if PROGRAMMES[name.partition(".")[0]] == scope.programme)
        return cls(item.nodeid, scope, applicable, frozenset(states), shared_scopes)


def plan_text(run: Run, tests: Sequence[PlannedTest], states_of: Mapping[Scope, States], *, last_run: Path) -> str:
    """Return the plan as text: tests, states needed and found, and remedies for missing ones.

    The number of requests comes from the run in the folder `last_run`, if there is one.
    """
    lines = [f"{run.target.name}, {run.target.base_url}, {run.target.safety}"]
    costs = _costs(last_run)
    for scope, states in states_of.items():
        own = [test for test in tests if test.scope == scope]
        counting = [test for test in tests if scope in (test.scope, *test.shared_scopes)]
        requirements = {each.id: each for test in counting for each in test.requirements}
        cost = sum(costs.get(test.id, 0) for test in own)
        lines += [
            "",
            f"{scope.version} {scope.programme.upper()}: {len(requirements)} requirements by {len(counting)} tests",
        ]
        lines.append(
            f"  about {cost} requests, as in the run that is in {last_run}"
            if cost
            else f"  at most {_max_requests(run, own)} requests for both programmes; a run shows how many"
        )
        lines += _state_lines(run, own, states)
    return "\n".join(lines) + "\n"


def _max_requests(run: Run, tests: Sequence[PlannedTest]) -> int:
    return MOST_REQUESTS + (run.requests if any("/generated/" in each.id for each in tests) else 0)


def _state_lines(run: Run, tests: Sequence[PlannedTest], states: States) -> Iterator[str]:
    needed = Counter(name for test in tests for name in test.states)
    found = {name: states.count(name) for name in needed}
    if needed:
        yield f"  {'state':{WIDEST}} {'tests':>6} {'found':>6}"
    for name, count in sorted(needed.items()):
        yield f"  {name:{WIDEST}} {count:>6} {found[name]:>6}{_remark(run, name, count, found)}"
    missing = {name for name in needed if not found[name] and not _derivable(run, name, found)}
    affected = [each for test in tests if test.states & missing for each in test.requirements]
    blocked = sorted({each.id for each in affected if each.level is Level.MUST})
    if blocked:
        states_missing = ", ".join(sorted(missing))
        yield f"  {len(blocked)} MUSTs could not run without records in {states_missing}: {', '.join(blocked)}"
        yield "    Add such records to the target, or list their ids under `states` in the target file."
    if run.target.safety is Safety.READ_ONLY:
        yield "  Tests that change data could not run: the target is read-only. See --safety."
    if len(run.target.tokens) < 2:
        yield "  Tests with a second lead provider could not run: there is one token. See --other-token."


def _remark(run: Run, name: str, count: int, found: Mapping[str, int]) -> str:
    if found[name] >= count:
        return ""
    if _derivable(run, name, found):
        return "   the rest is derived from others"
    return "   some tests may find none left" if found[name] else "   none"


def _derivable(run: Run, name: str, found: Mapping[str, int]) -> bool:
    derivation = CATALOGUE[name].derivation
    if derivation is None or run.target.safety is Safety.READ_ONLY:
        return False
    return bool(found.get(derivation.source, 1)) or _derivable(run, derivation.source, found)


def _costs(folder: Path) -> Counter[str]:
    """Return how many requests each test sent in the run in `folder`, if there is one."""
    costs: Counter[str] = Counter()
    journal = folder / EXCHANGES
    if journal.is_file():
        with journal.open(encoding="utf-8") as file:
            for line in file:
                try:
                    exchange: Any = json.loads(line)
                except ValueError:
                    continue  # a killed run leaves its last line unfinished
                costs[exchange["test"]] += 1
    return costs
