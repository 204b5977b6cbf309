"""What a run would do, told without writing anything: its tests, the records they need, and what there is of them."""

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
"""What the hand-written tests of a version, of both programmes, send at most; a test of the house sees to it."""


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test that would run: what it verifies, and the states that its code and its fixtures' code name.

    It runs in its `scope`, and what it finds out is `also_for` others.
    """

    id: str
    scope: Scope
    requirements: tuple[Requirement, ...]
    states: frozenset[str]
    also_for: tuple[Scope, ...] = ()

    @classmethod
    def of(
        cls,
        item: pytest.Function,
        scope: Scope,
        requirements: Sequence[Requirement],
        also_for: tuple[Scope, ...] = (),
    ) -> PlannedTest:
        """The plan for one collected test."""
        applicable = tuple(each for each in requirements if each.applies_to(scope))
        states = (name for name in states_of(item) or () if PROGRAMMES[name.partition(".")[0]] == scope.programme)
        return cls(item.nodeid, scope, applicable, frozenset(states), also_for)


def told(run: Run, tests: Sequence[PlannedTest], states_of: Mapping[Scope, States], *, last_run: Path) -> str:
    """The plan as text: what would run, what it needs against what is there, and the remedy for what is missing.

    What it costs is taken from the run that is in `last_run`, if there is one.
    """
    lines = [f"{run.target.name}, {run.target.base_url}, {run.target.safety}"]
    costs = _costs(last_run)
    for scope, states in states_of.items():
        mine = [test for test in tests if test.scope == scope]
        counting = [test for test in tests if scope in (test.scope, *test.also_for)]
        requirements = {each.id: each for test in counting for each in test.requirements}
        cost = sum(costs.get(test.id, 0) for test in mine)
        lines += [
            "",
            f"{scope.version} {scope.programme.upper()}: {len(requirements)} requirements by {len(counting)} tests",
        ]
        lines.append(
            f"  about {cost} requests, as in the run that is in {last_run}"
            if cost
            else f"  at most {_most(run, mine)} requests of this version, whatever the programmes; a run tells"
        )
        lines += _needs(run, mine, states)
    return "\n".join(lines) + "\n"


def _most(run: Run, tests: Sequence[PlannedTest]) -> int:
    """How many requests the tests of a version send at most: those written by hand, and the others in their budget."""
    return MOST_REQUESTS + (run.requests if any("/generated/" in each.id for each in tests) else 0)


def _needs(run: Run, tests: Sequence[PlannedTest], states: States) -> Iterator[str]:
    needed = Counter(name for test in tests for name in test.states)
    found = {name: states.count(name) for name in needed}
    if needed:
        yield f"  {'state':{WIDEST}} {'tests':>6} {'found':>6}"
    for name, count in sorted(needed.items()):
        yield f"  {name:{WIDEST}} {count:>6} {found[name]:>6}{_remark(run, name, count, found)}"
    missing = {name for name in needed if not found[name] and not _derivable(run, name, found)}
    in_want = [each for test in tests if test.states & missing for each in test.requirements]
    blocked = sorted({each.id for each in in_want if each.level is Level.MUST})
    if blocked:
        yield f"  {len(blocked)} MUSTs could not run for want of {', '.join(sorted(missing))}: {', '.join(blocked)}"
        yield "    Add such records to the target, or list their ids under `states` in the target file."
    if run.target.safety is Safety.READ_ONLY:
        yield "  What changes data could not run: the target is read-only. See --safety."
    if len(run.target.tokens) < 2:
        yield "  What needs a second lead provider could not run: there is one token. See --other-token."


def _remark(run: Run, name: str, count: int, found: Mapping[str, int]) -> str:
    if found[name] >= count:
        return ""
    if _derivable(run, name, found):
        return "   the rest is made from others"
    return "   some tests may find none left" if found[name] else "   none"


def _derivable(run: Run, name: str, found: Mapping[str, int]) -> bool:
    derivation = CATALOGUE[name].derivation
    if derivation is None or run.target.safety is Safety.READ_ONLY:
        return False
    return bool(found.get(derivation.source, 1)) or _derivable(run, derivation.source, found)


def _costs(folder: Path) -> Counter[str]:
    """How many requests each test sent in the run that is in `folder`, if there is one."""
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
