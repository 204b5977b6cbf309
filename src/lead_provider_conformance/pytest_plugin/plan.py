"""The text of `--plan`: the tests of a run, the records that they need, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.fuzzing.case_selection import scope_budget
from lead_provider_conformance.fuzzing.stateful import journeys
from lead_provider_conformance.model import Level, Safety, Scope
from lead_provider_conformance.pytest_plugin.markers import states_of
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, parse_line
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import CATALOGUE, States
from lead_provider_conformance.testdata.catalogue import SHARED_RECORDS
from lead_provider_conformance.testdata.subjects import Subject, subject_of

WIDEST = max(map(len, CATALOGUE))
PROGRAMMES = {"ect": "ecf", "mentor": "ecf", "npq": "npq", "application": "npq"}
"""The programme of a state, by the first word of its name."""
MOST_REQUESTS = 1_180
"""The most requests of the hand-written tests of a version, for both programmes; a test checks it."""
MOST_BEYOND_BUDGET = 750
"""The most requests of the generated tests of a version beyond their budget: plain mistakes and reads around writes."""


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
        *,
        seed: int = 0,
        edition: str = "",
    ) -> PlannedTest:
        """Return the plan for one collected test. Generated journeys follow from the `seed` and the `edition`."""
        applicable = tuple(each for each in requirements if each.applies_to(scope))
        named = states_of(item)
        states = _generated_states(item, scope, seed, edition) if named is None else named
        own = (name for name in states if PROGRAMMES[name.partition(".")[0]] == scope.programme)
        return cls(item.nodeid, scope, applicable, frozenset(own), shared_scopes)


def _generated_states(item: pytest.Function, scope: Scope, seed: int, edition: str) -> Collection[str]:
    """Return the state of the record that a generated test changes."""
    params: Mapping[str, Any] = item.callspec.params
    if "number" in params:
        return [journeys(scope.programme, params["number"] + 1, seed, edition)[params["number"]].state]
    subject = subject_of(edition, scope.programme, params["operation"])
    changes_record = params["operation"].writes and subject.subject not in (Subject.LISTED, Subject.SCHOOL)
    return [subject.state] if changes_record else []


def plan_text(run: Run, tests: Sequence[PlannedTest], states: Mapping[str, States] | None, *, last_run: Path) -> str:
    """Return the plan as text: tests, the records needed and found in each state, and remedies for missing ones.

    `states` finds the records of each programme; None if the target does not respond. The number of requests comes from
    the run in the folder `last_run`, if it was of the same target in the same safety mode.
    """
    lines = [f"{run.target.name}, {run.target.base_url}, {run.target.safety}"]
    costs = _costs(last_run, run)
    for scope in run.scopes:
        own = [test for test in tests if test.scope == scope]
        counting = [test for test in tests if scope in (test.scope, *test.shared_scopes)]
        requirements = {each.id: each for test in counting for each in test.requirements}
        cost = sum(costs.get(test.id, 0) for test in own)
        lines += [
            "",
            f"{scope.label}: {len(requirements)} requirements by {len(counting)} tests",
        ]
        lines.append(
            f"  about {cost:,} requests, as in the run that is in {last_run}"
            if cost
            else f"  at most {_max_requests(run, own):,} requests{_for_programmes(run)}; a run shows how many"
        )
    for programme in dict.fromkeys(scope.programme for scope in run.scopes):
        own = [test for test in tests if test.scope.programme == programme]
        lines += _record_lines(run, own, states[programme] if states else None)
    if run.target.safety is Safety.READ_ONLY:
        lines.append("Tests that change data could not run: the target is read-only. See --safety.")
    if states and len(run.target.tokens) < 2:
        lines.append("Tests with a second lead provider could not run: there is one token. See --other-token.")
    return "\n".join(lines) + "\n"


def _for_programmes(run: Run) -> str:
    return " for both programmes" if len({scope.programme for scope in run.scopes}) > 1 else ""


def _max_requests(run: Run, tests: Sequence[PlannedTest]) -> int:
    version = tests[0].scope.version if tests else None
    generated = sum(scope_budget(run, each) for each in run.scopes if each.version == version) + MOST_BEYOND_BUDGET
    return MOST_REQUESTS + (generated if any("/generated/" in each.id for each in tests) else 0)


def records_needed(tests: Iterable[PlannedTest]) -> dict[str, int]:
    """Return how many records the tests need in each state, all versions together."""
    uses = Counter(name for test in tests for name in test.states)
    return {name: min(count, SHARED_RECORDS.get(name, count)) for name, count in sorted(uses.items())}


def _record_lines(run: Run, tests: Sequence[PlannedTest], states: States | None) -> Iterator[str]:
    needed = records_needed(tests)
    if not needed:
        return
    versions = ", ".join(sorted({test.scope.version for test in tests}))
    programme = tests[0].scope.programme
    yield ""
    yield f"Records for {versions} {programme.upper()}{' together' if ',' in versions else ''}"
    yield f"  {'state':{WIDEST}} {'needed':>6} {'found':>6}"
    if states is None:
        yield from (f"  {name:{WIDEST}} {count:>6} {'?':>6}" for name, count in needed.items())
        return
    found = _count(run, needed, states)
    for name, count in sorted(needed.items()):
        yield f"  {name:{WIDEST}} {count:>6} {found[name]:>6}{_remark(run, name, count, found)}"
    missing = {name for name in needed if not found[name] and not _obtainable(run, name, found)}
    affected = [each for test in tests if test.states & missing for each in test.requirements]
    blocked = sorted({each.id for each in affected if each.level is Level.MUST})
    if blocked:
        musts = f"{len(blocked)} MUST{'s' if len(blocked) > 1 else ''}"
        yield f"  {musts} could not run without records in {', '.join(sorted(missing))}: {', '.join(blocked)}"
        yield "    Add such records to the target, or list their ids under `states` in the target file."


def _count(run: Run, needed: dict[str, int], states: States) -> dict[str, int]:
    """Return the number of records in each state. Add those that are missing to the need of the state before it."""
    found = {}
    for derivations in range(max(_derivations(run, each) for each in needed), -1, -1):
        for name in [each for each in needed if _derivations(run, each) == derivations]:
            found[name] = states.count(name)
            missing, source = needed[name] - found[name], _source(run, name)
            if missing > 0 and source:
                needed[source] = max(needed.get(source, 0) + missing * (source not in SHARED_RECORDS), 1)
    return found


def _derivations(run: Run, name: str) -> int:
    """Return how many derivations lead to a state."""
    derivation = CATALOGUE[name].derivation_in(run.calendar)
    return 1 + _derivations(run, derivation.source) if derivation else 0


def _source(run: Run, name: str) -> str | None:
    """Return the state from which the run can derive a record, if any."""
    derivation = CATALOGUE[name].derivation_in(run.calendar)
    return derivation.source if derivation and run.target.safety is Safety.SANDBOX else None


def _remark(run: Run, name: str, count: int, found: Mapping[str, int]) -> str:
    if found[name] >= count:
        return ""
    if _is_provisioned(run, name):
        return "   the target's provisioning creates the rest"
    if _obtainable(run, name, found):
        return f"   the rest is derived from {_source(run, name)}"
    return "   some tests may find none left" if found[name] else "   none"


def _obtainable(run: Run, name: str, found: Mapping[str, int]) -> bool:
    """Return whether the target's provisioning or a derivation can create a record in the state."""
    if _is_provisioned(run, name):
        return True
    source = _source(run, name)
    return source is not None and (bool(found[source]) or _obtainable(run, source, found))


def _is_provisioned(run: Run, name: str) -> bool:
    provisioning = run.target.provisioning
    return provisioning is not None and name in (provisioning.states or ())


def _costs(folder: Path, run: Run) -> Counter[str]:
    """Return how many requests each test sent in the run in `folder`; empty if that run was not like this one."""
    costs: Counter[str] = Counter()
    if _tested(folder) == (run.target.name, run.target.safety):
        for line in _lines(folder / EXCHANGES):
            costs[line["test"]] += 1
    return costs


def _tested(folder: Path) -> tuple[str, str] | None:
    """Return the target and the safety mode of the run in a folder, if there is one."""
    target = next(_lines(folder / RESULTS), {}).get("target")
    return (target["name"], target["safety"]) if target else None


def _lines(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a journal. A killed run leaves its last line unfinished."""
    if journal.is_file():
        with journal.open("rb") as file:
            yield from filter(None, map(parse_line, file))
