"""One test of a run: its clients, its checks, and the lines that it writes into the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.config.shard import WHOLE
from lead_provider_conformance.contract import Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.http import Client, IncompleteResponse, NoResponse
from lead_provider_conformance.http.attempt import OpenedTransport
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import Cause, CouldNotRun, Level, NotApplicable, Outcome, Scope
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.causes import Exchanges, cause_of_violation
from lead_provider_conformance.results.journal import Finding, timestamp
from lead_provider_conformance.results.operations import ABSENT, UNDECIDED
from lead_provider_conformance.results.waivers import accepting_waiver, in_force
from lead_provider_conformance.run.checks import Checks
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import States
from lead_provider_conformance.text import one_line

NO_SERVER_ERROR = "generated/no-server-error"
# Every exchange of every test is validated against these rules.
CONTRACT_RULES = (
    "documented-status",
    "media-type",
    "body-is-json",
    "response-schema",
    "undocumented-member",
    "personal-data",
    "error-body",
    "no-internals",
)


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
    unimplemented: bool = False
    """Whether each failure is at an operation that the server lacks, as far as the run has seen."""
    suite_failed: bool = False
    """Whether an error of the suite is among the failures."""


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
    out_of_scope: Collection[str] = ()
    """The requirements that the test verifies in other scopes or editions only."""
    is_part: bool = False
    """Whether the test is about one of several operations that decide its requirements together."""
    is_one_more_situation: bool = False
    """Whether other tests decide its requirements as well: the test shows them in one more situation."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """The requirements that do not apply, because the target lacks an operation, with the reason."""
    found: set[str] = field(default_factory=set)
    """The operations that the server has, as this process has seen; its tests share them."""
    judged: set[str] = field(default_factory=set, init=False)
    """The ids of the exchanges for which the test decides the rules of generated requests itself."""
    _other_clients: list[Client] = field(default_factory=list, init=False)
    _finished: bool = field(default=False, init=False)

    @cached_property
    def server_date(self) -> ServerDate:
        """The time of the server for the test's requests."""
        return ServerDate(self.run.target.server_date)

    @cached_property
    def client(self) -> Client:
        """The client of the test's own scope."""
        return self._new_client(self.scope, self.test)

    @cached_property
    def discovery_client(self) -> Client:
        """The client that searches for records, in the newest version. Its exchanges belong to no test."""
        newest = max(scope for scope in self.run.scopes if scope.programme == self.scope.programme)
        return self._other_client(newest, test="")

    def client_in(self, scope: Scope) -> Client:
        """Return a new client for another version. Its exchanges belong to the test."""
        return self._other_client(scope, self.test)

    def _other_client(self, scope: Scope, test: str) -> Client:
        client = self._new_client(scope, test)
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
            notify=self.run.notices.add,
            accepted=self.run.accepted,
            server_date=self.server_date if test else ServerDate(),
            implements=self.run.target.implements,
            time_limit=self.run.time_limit,
            observe=self.run.observations.add if self.run.observations else None,
            connect=partial(OpenedTransport.to, self.run.target) if self.run.target.takes_two_requests else None,
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
            shard=WHOLE if self.run.target.start else self.run.shard,  # a started server has records of its own
            second_provider_api=Api(self.discovery_client, others[0]) if others else None,
            declared=self.declared_states,
            server_date=self.server_date,
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
            out_of_scope=self.out_of_scope,
            is_part=self.is_part,
            is_one_more_situation=self.is_one_more_situation,
            missing=self.missing,
        )

    def check_applies(self) -> None:
        """Raise NotApplicable, before any record is claimed, if no requirement of the test applies to the target."""
        if self.requirements and all(each.id in self.missing for each in self.requirements):
            raise NotApplicable(self.missing[self.requirements[0].id])

    def finish(self, error: BaseException | None, *, seconds: float) -> TestResult:
        """Write the test's findings to the journal, once, and return its result for pytest."""
        if self._finished:
            return TestResult()
        self._finished = True
        if "states" in vars(self):
            self.states.release()
        findings = [*self.checks.findings_at_end(error), *self._contract_findings()]
        own = [each for each in findings if each.scope == self.scope]
        findings += [replace(finding, scope=other) for other in self.also_for for finding in own]
        for finding in findings:
            self.run.journal.write_result(finding.to_line())
        self.run.journal.write_result(
            {
                "kind": "test",
                "test": self.test,
                "version": self.scope.version,
                "programme": self.scope.programme,
                "seconds": round(seconds, 6),
                "at": timestamp(),
            }
        )
        return self._result(findings)

    def preparation_failed(self, error: IncompleteResponse | NoResponse) -> CouldNotRun:
        """Return the reason why the test could not run: a fixture needs a response that the server did not give."""
        return CouldNotRun(
            f"The preparation of the test failed: {error}", "Find out why the server returned that response."
        )

    def add_suite_error(self, error: BaseException) -> None:
        """Write a finding for an error after the end of the test."""
        for scope in (self.scope, *self.also_for):
            finding = replace(self.checks.suite_error(error), scope=scope)
            self.run.journal.write_result(finding.to_line())

    def _result(self, findings: Sequence[Finding]) -> TestResult:
        failures: dict[tuple[str, Scope], list[Finding]] = defaultdict(list)
        for each in findings:
            if each.outcome in (Outcome.FAILED, Outcome.SUITE_ERROR):
                failures[each.requirement, each.scope].append(each)
        own = (each for each in chain(*failures.values()) if each.scope not in self.also_for)
        return TestResult(
            problems=tuple(self._problem(each) for each in own if self._level(each) is not Level.MAY),
            advised=bool(failures) and not any(map(self._counts, failures.values())),
            suite_failed=any(each.outcome is Outcome.SUITE_ERROR for each in chain(*failures.values())),
            unimplemented=bool(failures) and self._is_absent(chain(*failures.values())),
        )

    def _is_absent(self, failures: Iterable[Finding]) -> bool:
        """Return whether each failure follows from a request to an operation that the server lacks."""
        sent = {each.id: each for client in (self.client, *self._other_clients) for each in client.exchanges}
        unknown = ABSENT | UNDECIDED
        present = (each.operation.id for each in sent.values() if each.operation and each.status not in unknown)
        self.found.update(present)
        lacking = {
            each.id for each in sent.values() if each.operation and each.status and each.operation.id not in self.found
        }
        return all(not lacking.isdisjoint(each.exchanges) for each in failures)

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
        waivers = in_force(self.run.target.waivers, self.run.started_at.date())
        exchanges = self._exchanges()
        return any(accepting_waiver(each, waivers, exchanges) is None for each in failures)

    def _level(self, finding: Finding) -> Level:
        return self.run.registry[finding.requirement].level

    def _exchanges(self) -> Exchanges:
        """Return all exchanges of the test, with the fields of the journal that causes are read from."""
        return {
            exchange.id: {
                "operation": exchange.operation and exchange.operation.id,
                "response": None if exchange.status is None else {"status": exchange.status},
                "place": exchange.place,
                "violations": [_violation_line(each) for each in exchange.violations],
            }
            for client in (self.client, *self._other_clients)
            for exchange in client.exchanges
        }

    def _contract_findings(self) -> Iterator[Finding]:
        """Yield the findings on each rule of the contract, for every exchange of the test and of its preparation.

        A test of generated requests decides some rules for its own requests. There, only other exchanges can fail them.
        """
        own = {each.id for each in self.requirements}
        answered = any(each.operation and each.status is not None for each in self.client.exchanges)
        for rule in CONTRACT_RULES:
            is_generated = f"generated/{rule}" in own
            broken: dict[tuple[Scope, Cause | None], Finding] = {}
            for each in self._broken(rule, self.judged if is_generated else ()):
                broken.setdefault((each.scope, each.cause), each)
            if answered and not is_generated and all(scope != self.scope for scope, _ in broken):
                yield Finding(f"contract/{rule}", self.scope, Outcome.PASSED, self.test)
            yield from broken.values()

    def _broken(self, rule: str, judged: Collection[str]) -> Iterator[Finding]:
        """Yield a finding for each violation of a rule, except in exchanges that were `judged`."""
        verifies_no_error = any(each.id == NO_SERVER_ERROR for each in self.requirements)
        clients = [(self.scope, self.client), *((each.scope, each) for each in self._other_clients)]
        for scope, client in clients:
            for exchange in client.exchanges:
                operation = exchange.operation.id if exchange.operation else ""
                # The violation after the last one only counts the rest.
                for violation in () if exchange.id in judged else exchange.violations[:MAX_VIOLATIONS]:
                    if violation.rule != rule:
                        continue
                    cause = cause_of_violation(operation, _violation_line(violation))
                    if rule == "documented-status":
                        cause = Cause(operation, exchange.place, str(exchange.status))
                    is_error = exchange.is_server_error and verifies_no_error and scope == self.scope
                    where = violation.where or "the response"
                    yield Finding(
                        NO_SERVER_ERROR if is_error else f"contract/{rule}",
                        scope,
                        Outcome.FAILED,
                        self.test,
                        reason=f"{operation or 'an unknown path'}: {where}: {violation.message}",
                        exchanges=(exchange.id,),
                        cause=cause,
                    )


def _violation_line(violation: Violation) -> dict[str, str]:
    """Return the fields of a violation in the journal that causes are read from."""
    return {"requirement": f"contract/{violation.rule}", "where": violation.where, "kind": violation.kind}
