"""The cases of one operation that a run sends: within its budget and the target's safety mode.

Programmes share the request budget of a version, and single requests share it with journeys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lead_provider_conformance.config.options import PROFILE_REQUESTS
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.corpus import Corpus, corpus_of
from lead_provider_conformance.fuzzing.failing_cases import FailingCases
from lead_provider_conformance.fuzzing.stateful.journey import MAX_JOURNEYS
from lead_provider_conformance.http.transport import READ_ONLY
from lead_provider_conformance.model import Safety, Scope
from lead_provider_conformance.run.run import Run

# A step of a journey takes about five requests: the call itself, and reading back its effects. A journey has 14 steps.
REQUESTS_PER_JOURNEY = 70

SERVED_APART_SINCE = "2026-08"
"""The first edition in which each programme has a service of its own."""

Reason = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """The cases of one operation: all compiled ones, and those within the budget.

    `has_other_provider` means that another provider's records can be read: if an operation then has none, there is
    nothing to test. `failed` are saved failing cases, and `fresh` those of this run's own seed.
    """

    operation: Operation
    compiled: Corpus
    budgeted: Corpus
    may_write: bool
    has_other_provider: bool
    failed: tuple[Case, ...] = ()
    fresh: tuple[Case, ...] = ()

    @classmethod
    def of(cls, run: Run, scope: Scope, operation: Operation) -> CaseSelection:
        """Return the selection for one operation in a run."""
        contract, programme, budget = run.contract(scope), scope.programme, case_budget(scope_budget(run, scope))
        corpus = corpus_of(contract, programme, profile=profile_for(run.requests), seed=run.seed)
        fresh: tuple[Case, ...] = ()
        if run.fresh is not None:
            fresh = corpus_of(contract, programme, profile="fresh", seed=run.fresh).of(operation, within=budget).cases
        return cls(
            operation=operation,
            compiled=corpus.of(operation),
            budgeted=corpus.of(operation, within=budget),
            may_write=run.target.safety is Safety.SANDBOX,
            has_other_provider=len(run.credentials) > 1,
            failed=FailingCases.of(run, scope, operation.id).read(),
            fresh=fresh,
        )

    @property
    def plain_mistakes(self) -> CaseSelection:
        """The plain mistakes of an operation that reads: a run sends them before the other cases."""
        return replace(self._where(_is_read_with_mistake), failed=())

    @property
    def other_cases(self) -> CaseSelection:
        """The cases that are not among the `plain_mistakes`; saved failing cases are sent again in any case."""
        return self._where(lambda case: not _is_read_with_mistake(case))

    def _where(self, condition: Callable[[Case], bool]) -> CaseSelection:
        def chosen(cases: Iterable[Case]) -> tuple[Case, ...]:
            return tuple(filter(condition, cases))

        compiled, budgeted = (Corpus(chosen(each.cases)) for each in (self.compiled, self.budgeted))
        return replace(self, compiled=compiled, budgeted=budgeted, fresh=chosen(self.fresh))

    @property
    def sendable(self) -> tuple[Case, ...]:
        """The cases to send, saved failing cases first."""
        cases = dict.fromkeys((*self.failed, *self.budgeted.cases, *self.fresh))
        return tuple(case for case in cases if self.may_write or not case.writes)

    def reason_not_sent(self, kinds: frozenset[Expected], sent: Iterable[Case], unready: str | None) -> Reason | None:
        """Return reason and remedy if no case of these kinds was sent; None if one was, or none is in the budget."""
        budgeted = [case for case in self.budgeted.cases if case.expected in kinds]
        nothing_foreign = kinds == {Expected.FOREIGN} and self.has_other_provider
        if not budgeted or nothing_foreign or any(case.expected in kinds for case in sent):
            return None
        if not self.may_write and all(case.writes for case in budgeted):
            return READ_ONLY
        if unready:
            return (f"The suite could not prepare the record: {unready}.", "Fix the request that was refused.")
        return (
            "The target has no suitable record: one of another provider, or one in a schedule with milestones.",
            "Give the token of a second provider, and records in the states that docs/states.md lists.",
        )

    def coverage_line(self, scope: Scope, test: str, sent: Iterable[Case]) -> dict[str, object]:
        """Return the journal line with the number of requests and the labels covered and left out."""
        cases = list(sent)
        covered = {label for case in cases for label in case.labels}
        return {
            "kind": "generated",
            "test": test,
            "version": scope.version,
            "programme": scope.programme,
            "operation": self.operation.id,
            "requests": len(cases),
            "covered": len(covered),
            "left_out": sorted(self.compiled.labels - covered),
        }


def _is_read_with_mistake(case: Case) -> bool:
    return case.is_always_sent and bool(case.defect) and not case.writes


def scope_budget(run: Run, scope: Scope) -> int:
    """Return the number of requests for one scope; the programmes of a version share equally.

    From edition 2026-08 on, each programme has a service of its own and three tenths of the requests: with the other
    tests, a run of profile `standard` sends it at most 1,000 requests with a token.
    """
    if run.edition >= SERVED_APART_SINCE:
        return max(1, run.requests * 3 // 10)
    programmes = [each for each in run.scopes if each.version == scope.version]
    return max(1, run.requests // len(programmes))


def journey_budget(requests: int) -> int:
    """Return the number of journeys that two fifths of a scope's requests pay for."""
    return min(MAX_JOURNEYS, requests * 2 // 5 // REQUESTS_PER_JOURNEY)


def case_budget(requests: int) -> int:
    """Return the number of single requests of a scope."""
    return max(1, requests - journey_budget(requests) * REQUESTS_PER_JOURNEY)


def profile_for(requests: int) -> str:
    """Return the smallest profile that compiles enough cases for that many requests."""
    return next((profile for profile, budget in PROFILE_REQUESTS.items() if requests <= budget), "full")
