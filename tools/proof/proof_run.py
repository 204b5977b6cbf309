"""Run the tests that must catch each fault of one service, and judge the results."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.model import Scope
from lead_provider_conformance.reports.summary import quantity
from lead_provider_sandbox.faults.catalogue import Fault

from .coverage import Coverage, CoverageRecorder
from .expectations import Expectation, expectation_for
from .fork_pool import Findings, ForkPool, Job
from .matrix import Matrix, Row, is_current, problems_in, row_as_json, row_from
from .services import Service
from .suite import Suite

WITHOUT_FAULTS = "without faults"


@dataclass
class ProofRun:
    """The jobs for some faults of a service, with their `rows` and `problems` as results.

    A fault with a current row in `known` is first run against the tests that caught it before. If they no longer catch
    it, and for every other fault, the run records which tests reach its parts. With `all_tests`, all of those tests run
    instead of only the ones that must catch the fault.
    """

    service: Service
    faults: Sequence[Fault]
    known: Matrix
    all_tests: bool = False
    workers: int = 2
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, pool: ForkPool) -> None:
        """Run the jobs of all faults, and fill `rows` and `problems`."""
        pool.workers = self.workers
        suite = Suite.from_items(pool.items)
        expected: dict[str, Expectation] = {}
        for fault in self.faults:
            expectation = expectation_for(fault)
            if expectation is None:
                self.problems[fault.name] = ["tools/proof/expectations.yaml has no entry that matches this fault"]
            elif expectation.must_be_caught:
                expected[fault.name] = expectation
        selected = [fault for fault in self.faults if fault.name in expected]
        repeats = [job for fault in selected if (job := self._repeat(fault, expected[fault.name], suite))]
        if repeats:
            self._run(pool, repeats, expected)
        # An intermittent fault may escape the tests that caught it before: try it again with every suitable test.
        others = [fault for fault in selected if fault.name not in self.rows]
        for fault in others:
            self.problems.pop(fault.name, None)
        if others:
            needs_coverage = not all(self._needs_no_coverage(expected[fault.name]) for fault in others)
            coverage = self._record_coverage(pool, suite) if needs_coverage else {}
            self._run(pool, list(self._new_jobs(others, expected, suite, coverage)), expected)
        self.rows = {fault.name: self.rows[fault.name] for fault in self.faults if fault.name in self.rows}

    def results(self) -> Iterator[Mapping[str, Any]]:
        """Yield the result of each fault as a JSON object."""
        for name, row in self.rows.items():
            yield {"fault": name, "problems": [], "row": row_as_json(row)}
        for name, problems in self.problems.items():
            yield {"fault": name, "problems": problems}

    def _run(self, pool: ForkPool, jobs: Sequence[Job], expected: Mapping[str, Expectation]) -> None:
        started = time.monotonic()
        for number, result in enumerate(pool.run(jobs), start=1):
            name = result.job.name
            if problems := problems_in(result, expected[name]):
                self.problems[name] = problems
                judgement = "NOT CAUGHT"
            else:
                self.rows[name] = row_from(result, expected[name])
                judgement = f"caught by {', '.join(self.rows[name].caught)}"
            _print(f"{number:>5} of {len(jobs)}  {result.seconds:5.1f} s  {name}: {judgement}")
        _print(f"{quantity(len(jobs), 'fault')} in {time.monotonic() - started:.0f} s")

    def _repeat(self, fault: Fault, expected: Expectation, suite: Suite) -> Job | None:
        """Return the job with the tests of the known row, or None if the row is outdated."""
        row = self.known.get(fault.name)
        if self.all_tests or row is None or not is_current(row, expected):
            return None
        tests = {catch.test for catch in row.caught.values()}
        if not tests <= suite.scopes.keys():
            return None
        version, programme = row.scope.split("-")
        return _job(fault, expected, Scope(version, programme), tuple(test for test in suite.scopes if test in tests))

    def _needs_no_coverage(self, expected: Expectation) -> bool:
        """Return whether the expectation alone selects the scope and the tests."""
        return expected.scope is not None and not expected.is_contract_only and not self.all_tests

    def _new_jobs(
        self, faults: Sequence[Fault], expected: Mapping[str, Expectation], suite: Suite, coverage: Coverage
    ) -> Iterator[Job]:
        requirements = self.service.requirements()
        for fault in faults:
            expectation = expected[fault.name]
            scope = suite.scope_for(fault, expectation, coverage, requirements)
            if scope is None:
                self.problems[fault.name] = ["no test reaches a faulty part and verifies an expected requirement"]
            elif self.all_tests or expectation.is_contract_only:
                tests = suite.reaching(fault, scope, coverage)
                yield _job(fault, expectation, scope, sorted(tests, key=lambda test: self.seconds.get(test, 0)))
            else:
                yield _job(fault, expectation, scope, suite.verifying(expectation, scope))

    def _record_coverage(self, pool: ForkPool, suite: Suite) -> Coverage:
        """Run every test against a sandbox without faults; report each failure as a problem."""
        recorders = {scope: CoverageRecorder(pool.folder / f"{scope}.ndjson") for scope in self.service.scopes}
        jobs = [
            Job(
                f"{WITHOUT_FAULTS} {scope}",
                scope,
                suite.in_scope(scope),
                prepare=recorder.attach,
                after_test=recorder.save,
            )
            for scope, recorder in recorders.items()
        ]
        coverage: dict[str, frozenset[tuple[str, str]]] = {}
        for result in pool.run(jobs):
            failures = [*result.with_outcome("failed"), *result.with_outcome("suite-error")]
            problems = [f"{finding['requirement']}: {finding['reason']}" for finding in failures]
            if result.error or problems:
                self.problems[result.job.name] = [*filter(None, [result.error]), *problems]
            _print(f"{result.seconds:5.1f} s  {result.job.name}, {len(result.test_seconds)} tests")
            self.seconds |= result.test_seconds
            coverage |= recorders[result.job.scope].read()
        return coverage


def _job(fault: Fault, expected: Expectation, scope: Scope, tests: Sequence[str]) -> Job:
    def all_caught(findings: Findings) -> bool:
        return expected.catches(findings).keys() == expected.patterns.keys()

    is_enough = all_caught if expected.stops_at_first_catch else None
    return Job(fault.name, scope, tuple(tests), (fault.name,), is_enough=is_enough)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
