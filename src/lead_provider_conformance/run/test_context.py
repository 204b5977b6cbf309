"""One test of a run: its clients, its checks, and the lines that it writes into the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import Level, Outcome, Scope
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.results.waivers import Exchanges, waiver_for
from lead_provider_conformance.run.checks import Checks
from lead_provider_conformance.run.run import Run, timestamp
from lead_provider_conformance.testdata import States
from lead_provider_conformance.text import one_line, without_positions

# Every exchange of every test is validated against these rules.
CONTRACT_RULES = ("documented-status", "media-type", "body-is-json", "response-schema", "undocumented-member")


RUN = pytest.StashKey[Run]()  # on pytest's configuration
TEST_CONTEXT = pytest.StashKey["TestContext"]()  # on a test


@dataclass(frozen=True, slots=True)
class TestResult:
    """The failures that pytest has to report for a test. They are `advised` if none of them counts.

    Each problem shows the statement and the source of its requirement.
    """

    __test__ = False

    problems: tuple[str, ...] = ()
    advised: bool = False


@dataclass(eq=False)
class TestContext:
    """The clients and checks of one test. Its findings are journalled for its own scope and for those in `also_for`."""

    __test__ = False

    run: Run
    scope: Scope
    test: str
    requirements: Sequence[Requirement]
    also_for: Sequence[Scope] = ()
    declared_states: Collection[str] | None = None
    _other_clients: list[Client] = field(default_factory=list, init=False)
    _finished: bool = field(default=False, init=False)

    @cached_property
    def client(self) -> Client:
        """The client of the test's own scope."""
        return self._new_client(self.scope, self.test)

    @cached_property
    def discovery_client(self) -> Client:
        """The client that searches for records, in the newest version. Its exchanges belong to no test."""
        newest = max(scope for scope in self.run.scopes if scope.programme == self.scope.programme)
        return self._new_client(newest, test="")

    def client_in(self, scope: Scope) -> Client:
        """Return a new client for another version. Its exchanges belong to the test."""
        client = self._new_client(scope, self.test)
        self._other_clients.append(client)
        return client

    def _new_client(self, scope: Scope, test: str) -> Client:
        return Client(
            transport=self.run.transport,
            contract=self.run.contract(scope),
            scope=scope,
            journal=self.run.journal,
            redactor=self.run.redactor,
            rate_limit=self.run.rate_limit,
            test=test,
            implements=self.run.target.implements,
            time_limit=self.run.time_limit,
        )

    @cached_property
    def states(self) -> States:
        """Records in named states, for the provider under test."""
        own, *others = self.run.credentials
        return States(
            api=Api(self.client, own),
            discovery_api=Api(self.discovery_client, own),
            target=self.run.target,
            calendar=self.run.calendar,
            journal=self.run.journal,
            workspace=self.run.workspace,
            test=self.test,
            shard=self.run.shard,
            second_provider_api=Api(self.discovery_client, others[0]) if others else None,
            declared=self.declared_states,
        )

    @cached_property
    def checks(self) -> Checks:
        """The checks that decide the test's requirements one by one."""
        return Checks(
            test=self.test,
            scope=self.scope,
            requirements=[each.id for each in self.requirements],
            exchanges=lambda: self.client.exchanges,
            suites=suites_root(),
        )

    def finish(self, error: BaseException | None, *, seconds: float) -> TestResult:
        """Write the test's findings to the journal, once, and return its result for pytest."""
        if self._finished:
            return TestResult()
        self._finished = True
        findings = [*self.checks.findings_at_end(error), *self._contract_findings()]
        findings += [replace(finding, scope=other) for other in self.also_for for finding in findings]
        for finding in findings:
            self.run.journal.write_result(finding.to_line())
        self.run.journal.write_result(
            {
                "kind": "test",
                "test": self.test,
                "version": self.scope.version,
                "programme": self.scope.programme,
                "seconds": round(seconds, 6),
                "at": timestamp(datetime.now(UTC)),
            }
        )
        return self._result(findings)

    def _result(self, findings: Sequence[Finding]) -> TestResult:
        failures: dict[tuple[str, Scope], list[Finding]] = defaultdict(list)
        for each in findings:
            if each.outcome in (Outcome.FAILED, Outcome.SUITE_ERROR):
                failures[each.requirement, each.scope].append(each)
        own = (each for each in chain(*failures.values()) if each.scope == self.scope)
        return TestResult(
            problems=tuple(self._problem(each) for each in own if self._level(each) is not Level.MAY),
            advised=bool(failures) and not any(map(self._counts, failures.values())),
        )

    def _problem(self, finding: Finding) -> str:
        requirement = self.run.registry[finding.requirement]
        place = f" ({finding.checked_at})" if finding.checked_at else ""
        lines = (
            f"{requirement.id} ({requirement.level}): {requirement.statement}",
            f"Source: {'; '.join(requirement.sources)}",
            f"{finding.reason}{place}",
        )
        return "\n  ".join(map(one_line, lines))

    def _counts(self, failures: Sequence[Finding]) -> bool:
        """Return whether failures of one requirement in one scope fail the run."""
        if any(each.outcome is Outcome.SUITE_ERROR for each in failures):
            return True
        if self._level(failures[0]) not in (Level.MUST, self.run.fail_on):
            return False
        waivers = self.run.target.waivers
        return waiver_for(failures, waivers, self._exchanges(), on=self.run.started_at.date()) is None

    def _level(self, finding: Finding) -> Level:
        return self.run.registry[finding.requirement].level

    def _exchanges(self) -> Exchanges:
        """Return all exchanges of the test, with the fields of the journal that waivers read."""
        return {
            exchange.id: {
                "operation": exchange.operation and exchange.operation.id,
                "violations": [{"requirement": f"contract/{each.rule}"} for each in exchange.violations],
            }
            for client in (self.client, *self._other_clients)
            for exchange in client.exchanges
        }

    def _contract_findings(self) -> Iterator[Finding]:
        """Yield the findings on each rule of the contract that the test's exchanges were validated against.

        A test of generated requests decides some rules itself; these are left out.
        """
        answered = [each for each in self.client.exchanges if each.operation and each.status is not None]
        own = {each.id for each in self.requirements}
        rules = [rule for rule in CONTRACT_RULES if f"generated/{rule}" not in own]
        for rule in rules if answered else ():
            broken = [
                (each, violation)
                for each in answered
                # The violation after the last one only counts the rest.
                for violation in each.violations[:MAX_VIOLATIONS]
                if violation.rule == rule
            ]
            requirement = f"contract/{rule}"
            if not broken:
                yield Finding(requirement, self.scope, Outcome.PASSED, self.test)
            reported: set[tuple[str, str]] = set()
            for exchange, violation in broken:
                operation = exchange.operation.id if exchange.operation else ""
                place = (operation, without_positions(violation.where))
                if place not in reported:
                    reported.add(place)
                    reason = f"{operation}: {violation.where or 'the response'}: {violation.message}"
                    yield Finding(
                        requirement, self.scope, Outcome.FAILED, self.test, reason=reason, exchanges=(exchange.id,)
                    )
