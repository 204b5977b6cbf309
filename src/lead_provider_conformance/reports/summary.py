"""Summaries shared by all reports: overall conformance, failures by requirement, obstacles by remedy, and labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Conformance, Ending, ExitStatus, Level, Outcome, Scope
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, shortened

NO_REASON = "No reason was recorded."

OUTCOME_LABELS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.WAIVED: "waived",
    Outcome.COULD_NOT_RUN: "not tested",
    Outcome.SUITE_ERROR: "suite error",
    Outcome.NOT_APPLICABLE: "not applicable",
}

EXIT_LABELS = {
    ExitStatus.CONFORMANT: "conformant",
    ExitStatus.NOT_CONFORMANT: "not conformant",
    ExitStatus.INTERRUPTED: "the run was interrupted",
    ExitStatus.SUITE_FAILED: "the suite itself failed",
    ExitStatus.USAGE: "wrong usage, or the target could not be reached",
    ExitStatus.NOTHING_RAN: "nothing ran",
    ExitStatus.INCOMPLETE: "incomplete",
}

ENDING_SENTENCES = {
    Ending.FINISHED: "The run finished.",
    Ending.INTERRUPTED: "The run was interrupted, so some requirements were not tested.",
    Ending.TARGET_LOST: "The run stopped because the server no longer responded.",
    Ending.OUT_OF_TIME: "The run reached its time limit, so some requirements were not tested.",
    Ending.SUITE_FAILED: "The suite itself failed, so some requirements were not tested.",
    Ending.KILLED: "The run was killed, so some requirements were not tested.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A requirement with the same bad outcome in one or more scopes, and the findings behind it in run order."""

    requirement: Requirement
    outcome: Outcome
    scopes: tuple[Scope, ...]
    findings: tuple[Finding, ...]
    waiver: Waiver | None = None

    @property
    def reason(self) -> str:
        """Return the first recorded reason."""
        return next((f.reason for f in self.findings if f.reason), NO_REASON)

    @property
    def rank(self) -> int:
        """Return the place of the requirement's level: 0 for a MUST."""
        return list(Level).index(self.requirement.level)

    def exchange(self, exchanges: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the exchange to show, which decided the first finding."""
        return decisive_exchange(self.findings[0], exchanges)

    def shown_reason(self, exchanges: Mapping[str, Mapping[str, Any]], longest: int) -> tuple[str, str]:
        """Return the label of the reason, and the reason on one line of at most `longest` characters."""
        exchange = self.exchange(exchanges)
        label = reason_label(self.outcome, no_response=exchange is not None and exchange["response"] is None)
        return label, shortened(one_line(self.reason), longest)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason, with its remedy, why requirements could not be tested."""

    reason: str
    remedy: str | None
    requirements: tuple[tuple[Requirement, tuple[Scope, ...]], ...]

    @property
    def blocks_verdict(self) -> bool:
        """Return whether a MUST is affected, which makes the verdict incomplete."""
        return any(requirement.level is Level.MUST for requirement, _ in self.requirements)


def explanation(verdict: Verdict) -> str:
    """Answer "is this server ready?" in a few sentences; mention if the target implements only some operations."""
    operations = verdict.journals.run["target"].get("operations")
    only = f" Only the {quantity(len(operations), 'operation')} in the target file were tested." if operations else ""
    return _answer(verdict) + only


def _answer(verdict: Verdict) -> str:
    musts = [each for scope in verdict.scopes for each in scope.requirements if each.requirement.level is Level.MUST]
    ids: dict[Outcome, set[str]] = defaultdict(set)
    for each in musts:
        ids[each.outcome].add(each.requirement.id)
    if verdict.conformance is Conformance.NOT_CONFORMANT:
        return f"No. The server fails {quantity(len(ids[Outcome.FAILED]), 'mandatory requirement')}."
    if verdict.conformance is Conformance.CONFORMANT:
        waived = len(ids[Outcome.WAIVED])
        exception = f", apart from {waived} that {'is' if waived == 1 else 'are'} waived" if waived else ""
        return f"Yes. The server meets every mandatory requirement{exception}."
    if not musts:
        return "Not known. The run selected no mandatory requirement."
    if ids[Outcome.SUITE_ERROR]:
        return "Not known. The suite itself failed, so some requirements were not decided."
    if untested := ids[Outcome.COULD_NOT_RUN]:
        count = quantity(len(untested), "mandatory requirement")
        return f"Not known. No mandatory requirement failed, but {count} could not be tested."
    if idle := [scope.scope for scope in verdict.scopes if not _has_tested_must(scope)]:
        labels = scope_labels(idle)
        return f"Not known. No mandatory requirement of {labels} applies to the server. Run without {labels}."
    return "Not known. Every requirement tested so far passed, but the run did not finish."


def _has_tested_must(scope: ScopeVerdict) -> bool:
    tested = scope.with_outcome(Outcome.PASSED, Outcome.WAIVED)
    return any(each.requirement.level is Level.MUST for each in tested)


def exit_description(verdict: Verdict) -> str:
    """Return the meaning of the verdict's exit status."""
    status = verdict.exit_status
    if status is not ExitStatus.NOT_CONFORMANT or verdict.conformance is Conformance.NOT_CONFORMANT:
        return EXIT_LABELS[status]
    return "a waiver must be removed" if verdict.stale_waivers else "a SHOULD failed, and --fail-on is should"


def scope_label(scope: Scope) -> str:
    """Return a scope as reports show it: `v3 ECF`."""
    return scope.label


def scope_labels(scopes: Iterable[Scope]) -> str:
    """Return several scopes as reports show them: `v2 ECF, v3 ECF`."""
    return ", ".join(map(scope_label, scopes))


def quantity(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: `1 failure`, `2,000 failures`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def fails_run(each: RequirementVerdict, fail_on: Level) -> bool:
    """Return whether a requirement's outcome must be red in a pipeline."""
    level = each.requirement.level
    return (
        each.outcome is Outcome.SUITE_ERROR
        or (each.outcome is Outcome.FAILED and level in (Level.MUST, fail_on))
        or (each.outcome is Outcome.COULD_NOT_RUN and level is Level.MUST)
    )


def untested_count(obstacles: Iterable[Obstacle]) -> str:
    """Return the number of requirements that the obstacles affect, with its noun."""
    return quantity(len({each.id for obstacle in obstacles for each, _ in obstacle.requirements}), "requirement")


def source_line(requirement: Requirement) -> str:
    """Return the sources of a requirement on one line: `Source: published OpenAPI v3, December 2024`."""
    return f"Source: {'; '.join(requirement.sources)}"


def reason_label(outcome: Outcome, *, no_response: bool) -> str:
    """Return the label in front of a failure's reason."""
    if outcome is Outcome.SUITE_ERROR:
        return "Suite error:"
    return "No response:" if no_response else "The server answered:"


def outcome_counts(scope: ScopeVerdict) -> tuple[tuple[Outcome, int], ...]:
    """Return how often each outcome occurs in a scope, in the order of OUTCOME_LABELS, without zeros."""
    counts = ((outcome, scope.count(outcome)) for outcome in OUTCOME_LABELS)
    return tuple((outcome, count) for outcome, count in counts if count)


def failures(verdict: Verdict, *outcomes: Outcome) -> tuple[Failure, ...]:
    """Return the requirements with one of `outcomes` in any scope, MUST first."""
    merged: dict[tuple[str, Outcome], Failure] = {}
    for scope in verdict.scopes:
        for each in scope.with_outcome(*outcomes):
            has_failed = each.outcome in (Outcome.FAILED, Outcome.WAIVED)
            bad = each.failures if has_failed else [f for f in each.findings if f.outcome is each.outcome]
            key = (each.requirement.id, each.outcome)
            earlier = merged.get(key) or Failure(each.requirement, each.outcome, (), ())
            merged[key] = replace(
                earlier,
                scopes=(*earlier.scopes, scope.scope),
                findings=(*earlier.findings, *bad),
                waiver=each.waiver,
            )
    return tuple(sorted(merged.values(), key=lambda failure: failure.rank))


def obstacles(verdict: Verdict) -> tuple[Obstacle, ...]:
    """Return why requirements could not be tested: first the obstacles to a MUST, then by number of requirements."""
    groups: dict[tuple[str, str | None], dict[str, tuple[Requirement, list[Scope]]]] = defaultdict(dict)
    for scope in verdict.scopes:
        for each in scope.with_outcome(Outcome.COULD_NOT_RUN):
            finding = next(f for f in each.findings if f.outcome is Outcome.COULD_NOT_RUN)
            group = groups[finding.reason or NO_REASON, finding.remedy]
            group.setdefault(each.requirement.id, (each.requirement, []))[1].append(scope.scope)
    merged = (
        Obstacle(reason, remedy, tuple((requirement, tuple(scopes)) for requirement, scopes in group.values()))
        for (reason, remedy), group in groups.items()
    )
    return tuple(sorted(merged, key=lambda obstacle: (not obstacle.blocks_verdict, -len(obstacle.requirements))))
