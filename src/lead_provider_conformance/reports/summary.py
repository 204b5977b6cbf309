"""Summaries shared by all reports: the verdict in a sentence, failures by requirement, obstacles by remedy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lead_provider_conformance.config.gaps import Gap
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Conformance, ExitStatus, Level, Outcome, Scope, Subject
from lead_provider_conformance.reports.wording import SERVER, WORDINGS, Wording
from lead_provider_conformance.results.journal import Finding, Journals, decisive_exchange
from lead_provider_conformance.results.operations import partial_text
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, shortened

DIFFERENCE = "difference"
OPTION = "optional"
DIFFERENCES = "Differences, which do not count"
NO_REASON = "No reason was recorded."
PARITY = "parity"
"""The area of the requirements about two servers, whose failures are listed by difference."""
MAX_OPERATIONS = 6
SPEAK = "Start the client with the address and the token of the session. With --command, command.log has its output."


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
        """Return the first recorded reason, and of two servers the other operations that differ in the same way."""
        first = next((f.reason for f in self.findings if f.reason), NO_REASON)
        others = [each for each in dict.fromkeys(f.test for f in self.findings) if each != self.findings[0].test]
        if self.requirement.area != PARITY or not others:
            return first
        more = f" and {len(others) - MAX_OPERATIONS} more" if len(others) > MAX_OPERATIONS else ""
        return f"{first} The same in {', '.join(others[:MAX_OPERATIONS])}{more}."

    @property
    def remedy(self) -> str | None:
        """Return the first recorded remedy."""
        return next((f.remedy for f in self.findings if f.remedy), None)

    @property
    def rank(self) -> int:
        """Return the place of the requirement's level: 0 for a MUST."""
        return list(Level).index(self.requirement.level)

    def exchange(self, exchanges: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the exchange to show, which decided the first finding."""
        return decisive_exchange(self.findings[0], exchanges)

    def shown_reason(self, journals: Journals, longest: int) -> tuple[str, str]:
        """Return the label of the reason, and the reason on one line of at most `longest` characters."""
        exchange = self.exchange(journals.exchanges)
        no_response = exchange is not None and exchange["response"] is None
        label = reason_label(self.outcome, WORDINGS[journals.subject], self.reason, no_response=no_response)
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


def exit_description(verdict: Verdict) -> str:
    """Return the meaning of the verdict's exit status, with the number of operations if the server has only some."""
    part = partial_text(verdict.journals) if verdict.subject is Subject.SERVER else ""
    return f"{_exit_meaning(verdict)}{f' ({part})' if part else ''}"


def _exit_meaning(verdict: Verdict) -> str:
    status = verdict.exit_status
    if status is not ExitStatus.NOT_CONFORMANT or verdict.conformance is Conformance.NOT_CONFORMANT:
        return WORDINGS[verdict.subject].exits[status]
    return f"to remove: {outdated_count(verdict)}" if verdict.outdated else "a SHOULD failed, and --fail-on is should"


def outdated_count(verdict: Verdict) -> str:
    """Return the number of waivers and gaps that have to be removed: `2 waivers, 1 gap`."""
    counts = ((len(verdict.stale_waivers), "waiver"), (len(verdict.stale_gaps), "gap"))
    return ", ".join(quantity(count, noun) for count, noun in counts if count)


def accepted_gaps(verdict: Verdict) -> Mapping[str, tuple[Gap, tuple[Scope, ...]]]:
    """Return the gaps that accept untested requirements, with their scopes, by requirement."""
    found: dict[str, tuple[Gap, tuple[Scope, ...]]] = {}
    for scope in verdict.scopes:
        for each in scope.with_outcome(Outcome.GAP):
            if each.gap:
                found[each.requirement.id] = (
                    each.gap,
                    (*found.get(each.requirement.id, (each.gap, ()))[1], scope.scope),
                )
    return found


def untested_musts(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return a server's MUSTs that could not be tested, as pairs of the requirement's id and the version."""
    if verdict.subject is Subject.CLIENT:
        return ()  # a provider does not excuse itself
    return tuple(
        (each.requirement.id, scope.scope.version)
        for scope in verdict.scopes
        for each in scope.with_outcome(Outcome.COULD_NOT_RUN)
        if each.requirement.level is Level.MUST
    )


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


def untested_number(obstacles: Iterable[Obstacle]) -> int:
    """Return the number of requirements that the obstacles affect."""
    return len({each.id for obstacle in obstacles for each, _ in obstacle.requirements})


def untested_count(obstacles: Iterable[Obstacle]) -> str:
    """Return the number of requirements that the obstacles affect, and how many of them are mandatory."""
    levels = {each.id: each.level for obstacle in obstacles for each, _ in obstacle.requirements}
    musts = [*levels.values()].count(Level.MUST)
    return f"{quantity(len(levels), 'requirement')}, {'none' if not musts else f'{musts:,}'} mandatory"


def reason_label(outcome: Outcome, words: Wording, reason: str, *, no_response: bool) -> str:
    """Return the label in front of a failure's reason."""
    if outcome is Outcome.SUITE_ERROR:
        return "Suite error:"
    if words is SERVER and not no_response and " returned " in reason:  # a sentence about the response
        return "Result:"
    return words.no_response if no_response else words.observed


NOUNS = {Outcome.GAP, Outcome.SUITE_ERROR}
"""The outcomes whose labels are nouns, which have a plural."""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """The number of a scope's requirements with one outcome. `name` is the outcome, DIFFERENCE or OPTION."""

    name: str
    label: str
    count: int


def outcome_counts(scope: ScopeVerdict) -> tuple[OutcomeCount, ...]:
    """Return how often each outcome occurs in a scope, in the order of reports, without zeros."""
    counts = Counter(counted_as(each.requirement, each.outcome) for each in scope.requirements)
    labels = count_labels(WORDINGS[scope.subject])
    return tuple(
        OutcomeCount(name, singular_label(name, label) if counts[name] == 1 else label, counts[name])
        for name, label in labels.items()
        if counts[name]
    )


def count_labels(words: Wording) -> dict[str, str]:
    """Return the names under which requirements are counted, with their labels, in the order of reports."""
    labels: dict[str, str] = {}
    for outcome, label in words.outcomes.items():
        labels[str(outcome)] = f"{label}s" if outcome in NOUNS else label
        if outcome is Outcome.FAILED:
            labels[DIFFERENCE] = f"{DIFFERENCE}s"
        elif outcome is Outcome.COULD_NOT_RUN:
            labels[OPTION] = f"{label} (optional)"
    return labels


def singular_label(name: str, label: str) -> str:
    """Return the label of one requirement that is counted under a name."""
    return label.removesuffix("s") if name == DIFFERENCE or name in NOUNS else label


def counted_as(requirement: Requirement, outcome: Outcome) -> str:
    """Return the name under which every report counts an outcome.

    A SHOULD or MAY that failed is a DIFFERENCE, and one that was not tested is an OPTION: they do not count in the
    verdict.
    """
    if is_difference(requirement, outcome):
        return DIFFERENCE
    is_option = outcome is Outcome.COULD_NOT_RUN and requirement.level is not Level.MUST
    return OPTION if is_option else str(outcome)


def is_difference(requirement: Requirement, outcome: Outcome) -> bool:
    """Return whether the outcome of a requirement is a failure that does not count in the verdict."""
    return outcome is Outcome.FAILED and requirement.level is not Level.MUST


def outcome_label(requirement: Requirement, outcome: Outcome, words: Wording) -> str:
    """Return the outcome of a requirement as reports show it."""
    return DIFFERENCE if is_difference(requirement, outcome) else words.outcomes[outcome]


def by_level(failures: Iterable[Failure]) -> tuple[tuple[Failure, ...], tuple[Failure, ...]]:
    """Return the failures of a MUST, and the differences: those that do not count."""
    every = tuple(failures)
    musts = tuple(each for each in every if each.requirement.level is Level.MUST)
    return musts, tuple(each for each in every if each.requirement.level is not Level.MUST)


def failures(verdict: Verdict, *outcomes: Outcome) -> tuple[Failure, ...]:
    """Return the requirements with one of `outcomes` in any scope, MUST first.

    Of two servers, each difference is a failure of its own: findings with the same place and kind.
    """
    merged: dict[tuple[str, Outcome, str], Failure] = {}
    for scope in verdict.scopes:
        for each in scope.with_outcome(*outcomes):
            has_failed = each.outcome in (Outcome.FAILED, Outcome.WAIVED)
            bad = each.failures if has_failed else [f for f in each.findings if f.outcome is each.outcome]
            for difference, findings in _by_difference(bad, verdict.subject).items():
                key = (each.requirement.id, each.outcome, difference)
                earlier = merged.get(key) or Failure(each.requirement, each.outcome, (), ())
                merged[key] = replace(
                    earlier,
                    scopes=(*earlier.scopes, scope.scope),
                    findings=(*earlier.findings, *findings),
                    waiver=each.accepted.get(findings[0], each.waiver) if findings else each.waiver,
                )
    return tuple(sorted(merged.values(), key=lambda failure: failure.rank))


def _by_difference(findings: Sequence[Finding], subject: Subject) -> Mapping[str, Sequence[Finding]]:
    """Return the findings by difference, of two servers; otherwise all of them under an empty name."""
    if subject is not Subject.PARITY:
        return {"": findings}
    found: dict[str, list[Finding]] = defaultdict(list)
    for each in findings:
        found[f"{each.cause.place} {each.cause.kind}" if each.cause else ""].append(each)
    return found


def is_silent(verdict: Verdict) -> bool:
    """Return whether a client sent no request at all, so that its session shows nothing."""
    return verdict.subject is Subject.CLIENT and not verdict.journals.exchanges


def obstacles(verdict: Verdict) -> tuple[Obstacle, ...]:
    """Return why requirements could not be tested: first the obstacles to a MUST, then by number of requirements.

    The silence of a client is the one reason for everything.
    """
    silence = ("The client sent no request.", SPEAK) if is_silent(verdict) else None
    groups: dict[tuple[str, str | None], dict[str, tuple[Requirement, list[Scope]]]] = defaultdict(dict)
    for scope in verdict.scopes:
        for each in scope.with_outcome(Outcome.COULD_NOT_RUN):
            finding = next(f for f in each.findings if f.outcome is Outcome.COULD_NOT_RUN)
            group = groups[silence or (finding.reason or NO_REASON, finding.remedy)]
            group.setdefault(each.requirement.id, (each.requirement, []))[1].append(scope.scope)
    merged = (
        Obstacle(reason, remedy, tuple((requirement, tuple(scopes)) for requirement, scopes in group.values()))
        for (reason, remedy), group in groups.items()
    )
    return tuple(sorted(merged, key=lambda obstacle: (not obstacle.blocks_verdict, -len(obstacle.requirements))))
