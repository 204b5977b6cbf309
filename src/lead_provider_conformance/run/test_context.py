"""What one test does and finds out, from its first request to the lines it leaves in the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import Level, Outcome, Scope
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.run.checks import Checks
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import States

# Every exchange is held against these, whatever its test is about.
CONTRACT_RULES = ("documented-status", "media-type", "body-is-json", "response-schema", "undocumented-member")


RUN = pytest.StashKey[Run]()  # on pytest's configuration
RECORD = pytest.StashKey["TestRecord"]()  # on a test


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a test ended: what has to fail it, if anything. It is `advised` if none of its failures counts."""

    problems: tuple[str, ...] = ()
    advised: bool = False


class TestRecord:
    """One test's client, its checks, and how they end up in the journal: for its scope, and those it is also for."""

    __test__ = False

    def __init__(
        self,
        run: Run,
        scope: Scope,
        test: str,
        requirements: Sequence[Requirement],
        also_for: Sequence[Scope] = (),
        declared_states: Collection[str] | None = None,
    ) -> None:
        self.run = run
        self.scope = scope
        self.test = test
        self._requirements = requirements
        self._also_for = also_for
        self._declared_states = declared_states
        self._concluded = False

    @cached_property
    def client(self) -> Client:
        """The test's only way out."""
        return self.client_in(self.scope)

    @cached_property
    def discovery_client(self) -> Client:
        """The way out for finding records, in the version that shows the most; it is not the test that asks."""
        newest = max(scope for scope in self.run.scopes if scope.programme == self.scope.programme)
        return self.client_in(newest, test="")

    def client_in(self, scope: Scope, test: str | None = None) -> Client:
        """A way out in another version: the exchanges are the test's, unless another is named, or none."""
        return Client(
            transport=self.run.transport,
            contract=self.run.contract(scope),
            scope=scope,
            journal=self.run.journal,
            redactor=self.run.redactor,
            pace=self.run.pace,
            test=self.test if test is None else test,
            implements=self.run.target.implements,
            readings=self.run.readings,
            time_limit=self.run.time_limit,
        )

    @cached_property
    def states(self) -> States:
        """Records in named states, for the provider under test."""
        mine, *others = self.run.credentials
        return States(
            api=Api(self.client, mine),
            discovery_api=Api(self.discovery_client, mine),
            target=self.run.target,
            calendar=self.run.calendar,
            journal=self.run.journal,
            workspace=self.run.workspace,
            test=self.test,
            shard=self.run.shard,
            rival_api=Api(self.discovery_client, others[0]) if others else None,
            declared=self._declared_states,
        )

    @cached_property
    def checks(self) -> Checks:
        """The requirements that the test decides one by one."""
        return Checks(
            test=self.test,
            scope=self.scope,
            requirements=[each.id for each in self._requirements],
            exchanges=lambda: self.client.exchanges,
            suites=suites_root(),
        )

    def conclude(self, error: BaseException | None, *, seconds: float, at: str, fail_on: Level) -> Conclusion:
        """Journal every finding, once. A failure counts if it is as binding as `fail_on`, and not waived."""
        if self._concluded:
            return Conclusion()
        self._concluded = True
        findings = [*self.checks.concluded(error), *self._contract_findings()]
        findings += [replace(finding, scope=other) for other in self._also_for for finding in findings]
        for finding in findings:
            self.run.journal.write_result(finding.to_line())
        self.run.journal.write_result(
            {
                "kind": "test",
                "test": self.test,
                "version": self.scope.version,
                "programme": self.scope.programme,
                "seconds": round(seconds, 6),
                "at": at,
            }
        )
        wrong = [each for each in findings if each.outcome in (Outcome.FAILED, Outcome.SUITE_ERROR)]
        return Conclusion(
            problems=tuple(
                f"{each.requirement}: {each.reason}"
                for each in wrong
                if each.scope == self.scope and self._level(each) is not Level.MAY
            ),
            advised=bool(wrong) and not any(self._counts(each, fail_on) for each in wrong),
        )

    def _level(self, finding: Finding) -> Level:
        return self.run.registry[finding.requirement].level

    def _counts(self, finding: Finding, fail_on: Level) -> bool:
        if finding.outcome is Outcome.SUITE_ERROR:
            return True
        exchanges = {each["id"]: each for each in self.run.journal.recent_exchanges(self.test)}
        today = datetime.now(UTC).date()
        waived = any(
            each.is_for(finding.requirement, finding.scope)
            and not each.expired(today)
            and each.covers([finding], exchanges)
            for each in self.run.target.waivers
        )
        return self._level(finding) in (Level.MUST, fail_on) and not waived

    def _contract_findings(self) -> Iterator[Finding]:
        """One finding for each rule of the contract that the test's exchanges were held against.

        A test of generated requests decides some of these rules itself, and one cause is not to be told twice.
        """
        answered = [each for each in self.client.exchanges if each.operation and each.status is not None]
        own = {each.id for each in self._requirements}
        rules = [rule for rule in CONTRACT_RULES if f"generated/{rule}" not in own]
        for rule in rules if answered else ():
            broken = [
                (each, violation)
                for each in answered
                # What comes after is no violation of its own: it counts those that are not told.
                for violation in each.violations[:MAX_VIOLATIONS]
                if violation.rule == rule
            ]
            requirement = f"contract/{rule}"
            if not broken:
                yield Finding(requirement, self.scope, Outcome.PASSED, self.test)
            told: set[tuple[str, str]] = set()
            for exchange, violation in broken:
                operation = exchange.operation.id if exchange.operation else ""
                place = (operation, _without_positions(violation.where))
                if place not in told:
                    told.add(place)
                    reason = f"{operation}: {violation.where or 'the response'}: {violation.message}"
                    yield Finding(
                        requirement, self.scope, Outcome.FAILED, self.test, reason=reason, exchanges=(exchange.id,)
                    )


def _without_positions(pointer: str) -> str:
    """The pointer with every position in a list taken out, so that the same fault of many records counts once."""
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))
