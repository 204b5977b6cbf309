"""What a verdict comes down to: the answer, the failures by requirement, and what could not run by its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Conformance, Ending, ExitStatus, Level, Outcome, Scope
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.results.verdict import ScopeVerdict, Verdict
from lead_provider_conformance.results.waivers import Waiver

LEVELS = tuple(Level)
NO_REASON = "No reason was written down."

OUTCOME_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.WAIVED: "waived",
    Outcome.COULD_NOT_RUN: "could not run",
    Outcome.SUITE_ERROR: "suite error",
    Outcome.NOT_APPLICABLE: "not applicable",
}

EXIT_WORDS = {
    ExitStatus.CONFORMANT: "conformant",
    ExitStatus.NOT_CONFORMANT: "not conformant",
    ExitStatus.INTERRUPTED: "the run was interrupted",
    ExitStatus.SUITE_FAILED: "the suite itself failed",
    ExitStatus.USAGE: "wrong usage, or the target could not be reached",
    ExitStatus.NOTHING_RAN: "nothing ran",
    ExitStatus.INCOMPLETE: "incomplete",
}

ENDING_SENTENCES = {
    Ending.FINISHED: "The run came to its end.",
    Ending.INTERRUPTED: "The run was interrupted, so some requirements were not tested.",
    Ending.TARGET_LOST: "The server stopped answering, so the run was given up.",
    Ending.OUT_OF_TIME: "The run has taken as long as it might, so some requirements were not tested.",
    Ending.SUITE_FAILED: "The suite itself failed, so nothing can be said of what was not tested.",
    Ending.KILLED: "The run was killed before its end, so some requirements were not tested.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One requirement with the same bad outcome in one or more scopes.

    `findings` are those with a bad outcome, of all `scopes`, in the order of the run.
    """

    requirement: Requirement
    outcome: Outcome
    scopes: tuple[Scope, ...]
    findings: tuple[Finding, ...]
    waiver: Waiver | None = None

    @property
    def reason(self) -> str:
        """The first reason that was written down."""
        return next((f.reason for f in self.findings if f.reason), NO_REASON)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason, with its remedy, for which requirements could not run."""

    reason: str
    remedy: str | None
    requirements: tuple[tuple[Requirement, tuple[Scope, ...]], ...]

    @property
    def counts(self) -> bool:
        """Whether it keeps a verdict from being conformant, as it does once a MUST is among the requirements."""
        return any(requirement.level is Level.MUST for requirement, _ in self.requirements)


def response(verdict: Verdict) -> Conformance:
    """The verdict on all scopes together: as good as the worst of them."""
    found = {scope.conformance for scope in verdict.scopes}
    if Conformance.NOT_CONFORMANT in found:
        return Conformance.NOT_CONFORMANT
    if Conformance.INCOMPLETE in found or not found:
        return Conformance.INCOMPLETE
    return Conformance.CONFORMANT


def explanation(verdict: Verdict) -> str:
    """The answer to "is this server ready?" in a sentence or two; a third if the target implements only a part."""
    operations = verdict.record.run["target"].get("operations")
    if not operations:
        return _explanation(verdict)
    part = f"Only what its target file says it implements was tested: {number(len(operations), 'operation')}."
    return f"{_explanation(verdict)} {part}"


def _explanation(verdict: Verdict) -> str:
    conformance = response(verdict)
    counted = [each for scope in verdict.scopes for each in scope.requirements if each.requirement.level is Level.MUST]
    found = {each.outcome for each in counted}
    if conformance is Conformance.NOT_CONFORMANT:
        broken = {each.requirement.id for each in counted if each.outcome is Outcome.FAILED}
        return f"No. The server breaks {number(len(broken), 'requirement')} that it must keep."
    if conformance is Conformance.CONFORMANT:
        waived = {each.requirement.id for each in counted if each.outcome is Outcome.WAIVED}
        exception = f", apart from {len(waived)} that its owner has waived" if waived else ""
        return f"Yes. The server keeps every requirement that it must keep{exception}."
    if not counted:
        return "We cannot say. The run was to test no requirement that the server must keep."
    if Outcome.SUITE_ERROR in found:
        return "We cannot say. The suite itself failed, so some requirements were not decided."
    if Outcome.COULD_NOT_RUN in found:
        return "We cannot say. Nothing that the server must do has failed, but not everything could be tested."
    return "We cannot say. Everything that was tested is kept, but the run did not come to its end."


def exit_words(verdict: Verdict) -> str:
    """What the exit status says of this verdict."""
    status = verdict.exit_status
    if status is not ExitStatus.NOT_CONFORMANT or response(verdict) is Conformance.NOT_CONFORMANT:
        return EXIT_WORDS[status]
    return "a waiver has to go" if verdict.stale_waivers else "a SHOULD failed, and --fail-on should was given"


def label(scope: Scope) -> str:
    """How reports name a scope: `v3 ECF`."""
    return f"{scope.version} {scope.programme.upper()}"


def labels(scopes: Iterable[Scope]) -> str:
    """Several scopes in a sentence: `v2 ECF, v3 ECF`."""
    return ", ".join(label(scope) for scope in scopes)


def number(count: int, word: str, plural: str | None = None) -> str:
    """A count with its noun: `1 failure`, `2,000 failures`."""
    return f"{count:,} {word if count == 1 else plural or word + 's'}"


def counts(scope: ScopeVerdict) -> tuple[tuple[Outcome, int], ...]:
    """The outcomes that occur in a scope, with how often, in the order of OUTCOME_WORDS."""
    every = ((outcome, scope.count(outcome)) for outcome in OUTCOME_WORDS)
    return tuple((outcome, count) for outcome, count in every if count)


def failures(verdict: Verdict, *outcomes: Outcome) -> tuple[Failure, ...]:
    """The requirements that came to one of `outcomes` in any scope, the most binding first."""
    found: dict[tuple[str, Outcome], Failure] = {}
    for scope in verdict.scopes:
        for each in scope.with_outcome(*outcomes):
            # A waived requirement is one whose findings failed.
            decisive = Outcome.FAILED if each.outcome is Outcome.WAIVED else each.outcome
            findings = tuple(f for f in each.findings if f.outcome is decisive)
            key = (each.requirement.id, each.outcome)
            known = found.get(key)
            found[key] = Failure(
                requirement=each.requirement,
                outcome=each.outcome,
                scopes=(*(known.scopes if known else ()), scope.scope),
                findings=(*(known.findings if known else ()), *findings),
                waiver=each.waiver,
            )
    return tuple(sorted(found.values(), key=lambda failure: LEVELS.index(failure.requirement.level)))


def obstacles(verdict: Verdict) -> tuple[Obstacle, ...]:
    """What kept requirements from running, those that keep a verdict from being conformant first."""
    found: dict[tuple[str, str | None], dict[str, tuple[Requirement, list[Scope]]]] = {}
    for scope in verdict.scopes:
        for each in scope.with_outcome(Outcome.COULD_NOT_RUN):
            blocked = next(f for f in each.findings if f.outcome is Outcome.COULD_NOT_RUN)
            group = found.setdefault((blocked.reason or NO_REASON, blocked.remedy), {})
            group.setdefault(each.requirement.id, (each.requirement, []))[1].append(scope.scope)
    every = (
        Obstacle(reason, remedy, tuple((requirement, tuple(scopes)) for requirement, scopes in group.values()))
        for (reason, remedy), group in found.items()
    )
    return tuple(sorted(every, key=lambda obstacle: (not obstacle.counts, -len(obstacle.requirements))))
