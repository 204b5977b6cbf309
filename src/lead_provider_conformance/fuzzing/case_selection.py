"""Which of an operation's cases a run sends: what the budget allows and the target's safety mode lets through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lead_provider_conformance.contract import Operation
from lead_provider_conformance.fuzzing.budget import cases_within, effort, share
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.corpus import Corpus, corpus_of
from lead_provider_conformance.fuzzing.failing_cases import FailingCases
from lead_provider_conformance.model import Safety, Scope
from lead_provider_conformance.run.run import Run

Reason = tuple[str, str]


@dataclass(frozen=True)
class CaseSelection:
    """The cases of one operation: all that were compiled, and those that the run's budget holds.

    `knows_another` says whether another provider's records can be found: if an operation has none, there is nothing to
    ask. `failed` are those that failed when they were last sent, and `fresh` those that this run's own seed gave.
    """

    operation: Operation
    compiled: Corpus
    budgeted: Corpus
    may_write: bool
    knows_another: bool
    failed: tuple[Case, ...] = ()
    fresh: tuple[Case, ...] = ()

    @classmethod
    def of(cls, run: Run, scope: Scope, operation: Operation) -> CaseSelection:
        """The plan of one operation in a run."""
        contract, programme, allowed = run.contract(scope), scope.programme, cases_within(share(run, scope))
        whole = corpus_of(contract, programme, profile=effort(run.requests), seed=run.seed)
        fresh: tuple[Case, ...] = ()
        if run.fresh is not None:
            fresh = corpus_of(contract, programme, profile="fresh", seed=run.fresh).of(operation, within=allowed).cases
        return cls(
            operation=operation,
            compiled=whole.of(operation),
            budgeted=whole.of(operation, within=allowed),
            may_write=run.target.safety is Safety.SANDBOX,
            knows_another=len(run.credentials) > 1,
            failed=FailingCases.of(run, scope, operation.id).read(),
            fresh=fresh,
        )

    @cached_property
    def sendable(self) -> tuple[Case, ...]:
        """The cases to send, those first that failed before."""
        cases = dict.fromkeys((*self.failed, *self.budgeted.cases, *self.fresh))
        return tuple(case for case in cases if self.may_write or not case.writes)

    def is_kept(self, case: Case) -> bool:
        """Whether a case is to be kept if it fails: no later run would send it by itself."""
        return case in self.failed or case in self.fresh

    def why_not(self, kinds: frozenset[Expected], sent: Iterable[Case], unready: str | None) -> Reason | None:
        """Why no case of these kinds was sent, and what can be done; None if one was, or the budget holds none."""
        wanted = [case for case in self.budgeted.cases if case.expected in kinds]
        nothing_of_others = kinds == {Expected.FOREIGN} and self.knows_another
        if not wanted or nothing_of_others or any(case.expected in kinds for case in sent):
            return None
        if not self.may_write and all(case.writes for case in wanted):
            return (
                "It changes data, and the target may only be read.",
                "Where the data may change, run with --safety sandbox, or say `safety: sandbox` in the target file.",
            )
        if unready:
            return (f"The record could not be brought to where it can be asked: {unready}.", "Mend what was refused.")
        return (
            "The target has no record to ask it about: of another provider, or in a schedule with windows.",
            "Give the token of a second provider, and records in the states that docs/states.md lists.",
        )

    def line(self, scope: Scope, test: str, sent: Iterable[Case]) -> dict[str, object]:
        """What the journal says of this: how much was sent, and what was left out."""
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
