"""What is done with the collected tests: for each fault, the runs that have to catch it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import Fault

from .expectations import Expectation, expectation
from .forks import Ended, Findings, Forks, Job
from .matrix import Matrix, Row, content, holds, problems_of, row_of
from .meetings import Meetings, Notebook
from .suite import SCOPES, Suite

WITHOUT_FAULTS = "without faults"


@dataclass
class Work:
    """The runs against some faults, and what came of them.

    A fault whose row is `kept` is run against the tests that caught it before, if they are still there; for others,
    and for those that these tests do not catch any more, it is found out which tests meet what. `whole` runs all of
    those, and not only the ones that have to catch it.
    """

    faults: Sequence[Fault]
    kept: Matrix
    whole: bool = False
    at_once: int = 2
    registry: Registry = field(default_factory=Registry.load)
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, forks: Forks) -> None:
        """Run what each fault asks for, one fault after the other."""
        forks.at_once = self.at_once
        suite = Suite.of(forks.items)
        expected: dict[str, Expectation] = {}
        for fault in self.faults:
            found = expectation(fault)
            if found is None:
                self.problems[fault.name] = ["tools/proof/expectations.yaml does not say what catches it"]
            elif found.looked_for:
                expected[fault.name] = found
        chosen = [fault for fault in self.faults if fault.name in expected]
        before = [job for fault in chosen if (job := self._as_before(fault, expected[fault.name], suite))]
        if before:
            self._run(forks, before, expected)
        # What shows now and then may pass by the tests that caught it once: then it is looked for anew.
        caught = self.rows.keys()
        others = [fault for fault in chosen if fault.name not in caught]
        for fault in others:
            self.problems.pop(fault.name, None)
        if others:
            told = all(self._needs_no_meetings(expected[fault.name]) for fault in others)
            meetings = {} if told else self._meetings(forks, suite)
            self._run(forks, list(self._found_out(others, expected, suite, meetings)), expected)
        self.rows = {fault.name: self.rows[fault.name] for fault in self.faults if fault.name in self.rows}

    def _run(self, forks: Forks, jobs: Sequence[Job], expected: Mapping[str, Expectation]) -> None:
        since = time.monotonic()
        for number, ended in enumerate(forks.run(jobs), start=1):
            self._judge(ended, expected[ended.job.name])
            wrong = "  NOT CAUGHT" if ended.job.name in self.problems else ""
            _tell(f"{number:>5} of {len(jobs)}  {ended.seconds:5.1f} s  {ended.job.name}{wrong}")
        _tell(f"{len(jobs)} faults in {time.monotonic() - since:.0f} s")

    def results(self) -> Iterator[Mapping[str, Any]]:
        """What came of each fault that was looked for."""
        for name, row in self.rows.items():
            yield {"fault": name, "problems": [], "row": content(row)}
        for name, problems in self.problems.items():
            yield {"fault": name, "problems": problems}

    def _judge(self, ended: Ended, expected: Expectation) -> None:
        if problems := problems_of(ended, expected):
            self.problems[ended.job.name] = problems
        else:
            self.rows[ended.job.name] = row_of(ended, expected)

    def _as_before(self, fault: Fault, expected: Expectation, suite: Suite) -> Job | None:
        """The job that the kept row asks for; None if it is not as the expectation and the suite are now."""
        row = self.kept.get(fault.name)
        if self.whole or row is None or not holds(row, expected):
            return None
        tests = {catch.test for catch in row.caught.values()}
        if not tests <= suite.scopes.keys():
            return None
        version, programme = row.scope.split("-")
        return _job(fault, expected, Scope(version, programme), tuple(test for test in suite.scopes if test in tests))

    def _needs_no_meetings(self, wanted: Expectation) -> bool:
        """Whether it is said where a fault shows, and the requirements say which tests can catch it."""
        return wanted.scope is not None and not wanted.of_contract_only and not self.whole

    def _found_out(
        self, faults: Sequence[Fault], expected: Mapping[str, Expectation], suite: Suite, meetings: Meetings
    ) -> Iterator[Job]:
        for fault in faults:
            wanted = expected[fault.name]
            scope = suite.scope_for(fault, wanted, meetings, self.registry)
            if scope is None:
                self.problems[fault.name] = ["no test meets a faulty part and verifies what has to fail"]
            elif self.whole or wanted.of_contract_only:
                tests = suite.meeting(fault, scope, meetings)
                yield _job(fault, wanted, scope, sorted(tests, key=lambda test: self.seconds.get(test, 0)))
            else:
                yield _job(fault, wanted, scope, suite.verifying(wanted, scope))

    def _meetings(self, forks: Forks, suite: Suite) -> Meetings:
        """What each test meets, found out from a sandbox without faults; a test that fails there is a problem."""
        notebooks = {scope: Notebook(forks.folder / f"{scope}.ndjson") for scope in SCOPES}
        jobs = [
            Job(
                f"{WITHOUT_FAULTS} {scope}",
                scope,
                suite.of_scope(scope),
                change=notebook.hand_to,
                after_each=notebook.turn_page,
            )
            for scope, notebook in notebooks.items()
        ]
        found: dict[str, frozenset[tuple[str, str]]] = {}
        for ended in forks.run(jobs):
            wrong = [*ended.with_outcome("failed"), *ended.with_outcome("suite-error")]
            problems = [f"{each['requirement']}: {each['reason']}" for each in wrong]
            if ended.problem or problems:
                self.problems[ended.job.name] = [*filter(None, [ended.problem]), *problems]
            _tell(f"{ended.seconds:5.1f} s  {ended.job.name}, {len(ended.tests)} tests")
            self.seconds |= ended.tests
            found |= notebooks[ended.job.scope].read()
        return found


def _job(fault: Fault, expected: Expectation, scope: Scope, tests: Sequence[str]) -> Job:
    """A run of tests against a fault; it is over as soon as the fault is caught, if many tests could catch it."""

    def enough(findings: Findings) -> bool:
        return expected.caught_by(findings).keys() == expected.patterns.keys()

    return Job(fault.name, scope, tuple(tests), (fault.name,), enough=enough if expected.of_many_tests else None)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
