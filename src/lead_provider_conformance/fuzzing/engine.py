"""Decide every requirement from the results of one operation: apply the rules, shrink failures, group them by cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case
from lead_provider_conformance.fuzzing.case_selection import CaseSelection, Reason
from lead_provider_conformance.fuzzing.causes import Cause, Failure, causes_of, merge_causes
from lead_provider_conformance.fuzzing.list_comparison import AS_DEPLOYED, AS_PROMISED, SHOWN, ListComparison
from lead_provider_conformance.fuzzing.replay import CaseResult, Replay
from lead_provider_conformance.fuzzing.rules import REJECTS_INVALID, RULES, Rule, refusals_show_nothing
from lead_provider_conformance.fuzzing.shrink_case import shrink_failure
from lead_provider_conformance.run.checks import Checks, ObservedFailure

REQUIREMENTS = (*(rule.requirement for rule in RULES), AS_DEPLOYED, SHOWN)
"""The requirements that `Engine.decisions` decides."""
REFUSED_ALIKE: Reason = (
    "The server refused the valid requests of the operation like the invalid ones: it may not have noticed a defect.",
    "Fix the refusals of valid requests: generated/accepts-valid shows them.",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on one requirement: passed without `causes`, not tested if they are None, with a reason if any."""

    requirement: str
    causes: tuple[Cause, ...] | None
    reason: Reason | None = None

    def record(self, check: Checks) -> None:
        """Record the decision in a test's checks."""
        if self.causes is not None:
            failures = (
                ObservedFailure(str(each), [each.exchange], each.key, each.shortest.cause) for each in self.causes
            )
            check.decide(self.requirement, failures)
        elif self.reason:
            check.could_not_run(self.requirement, *self.reason)
        else:
            check.not_applicable(self.requirement)


@dataclass(frozen=True)
class Engine:
    """The generated requests of one operation. `comparison` is with the operation's list, if it has one."""

    selection: CaseSelection
    replay: Replay
    comparison: ListComparison | None
    contract: Contract
    judged: set[str] = field(default_factory=set, init=False)
    """The ids of the exchanges that the rules have decided."""
    failing_cases: list[Case] = field(default_factory=list, init=False)
    """Shrunk cases that the next run must send again; filled by `decisions`."""

    def send(self) -> tuple[CaseResult, ...]:
        """Send the selected cases."""
        results = tuple(self.replay.send_all(self.selection.sendable))
        self.judged.update(result.exchange.id for result in results)
        return results

    def decisions(self, results: Sequence[CaseResult]) -> Iterator[Decision]:
        """Decide each of REQUIREMENTS, sending smaller requests to shrink the failures."""
        list_failures = self.comparison.failures(results) if self.comparison else {}
        for rule in RULES:
            yield self._rule_decision(rule, results, list_failures)
        for requirement in (AS_DEPLOYED, SHOWN):
            failures = list_failures.get(requirement)
            yield Decision(requirement, None if failures is None else causes_of(failures))

    def _rule_decision(
        self, rule: Rule, results: Sequence[CaseResult], list_failures: Mapping[str, Sequence[Failure]]
    ) -> Decision:
        failures = rule.check(results)
        if failures is None:
            # A case that the record does not allow may be refused: it was sent all the same.
            sent = (result.template for result in results)
            reason = self.selection.reason_not_sent(rule.kinds, sent, self.replay.unready)
            return Decision(rule.requirement, None, reason)
        if rule.requirement == REJECTS_INVALID and not failures and refusals_show_nothing(results):
            return Decision(rule.requirement, None, REFUSED_ALIKE)
        confirmed = (cause for cause in causes_of(failures) if self._shows_again(rule, cause))
        causes = merge_causes(self._shrunk(rule, cause) for cause in confirmed)
        if rule.requirement == AS_PROMISED:
            # These failures take several requests, so they are not shrunk.
            causes += causes_of(list_failures.get(AS_PROMISED, ()))
        return Decision(rule.requirement, causes)

    def _shows_again(self, rule: Rule, cause: Cause) -> bool:
        """Return whether a failure of a list is one still: a record may have changed while the list was read."""
        template = cause.shortest.result.template
        return rule.requirement != AS_PROMISED or rule.first_failure(self.replay.send(template)) is not None

    def _shrunk(self, rule: Rule, cause: Cause) -> Cause:
        def send(case: Case) -> Failure | None:
            result = self.replay.send(case)
            failure = rule.first_failure(result)
            if result and failure:
                self.judged.add(result.exchange.id)
            return failure

        shortest = shrink_failure(cause.shortest, rule.kinds, self.contract, send)
        # No later run would send these cases otherwise.
        if cause.shortest.result.template in (*self.selection.failed, *self.selection.fresh):
            self.failing_cases.append(shortest.result.template)
        return replace(cause, shortest=shortest)
