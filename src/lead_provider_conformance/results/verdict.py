"""The verdict of a run on each version and programme: a pure function of the journals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from lead_provider_conformance.config.gaps import Gap
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Conformance, Ending, ExitStatus, Level, Outcome, Scope, Subject
from lead_provider_conformance.results.gaps import StaleGap, accepting_gap, stale_gaps
from lead_provider_conformance.results.journal import Finding, Journals
from lead_provider_conformance.results.untested import without_finding
from lead_provider_conformance.results.waivers import FILES, StaleWaiver, accepting_waiver, in_force, stale_waivers

# The worst finding decides a requirement that several tests verify.
WORST_FIRST = (
    Outcome.SUITE_ERROR,
    Outcome.FAILED,
    Outcome.COULD_NOT_RUN,
    Outcome.GAP,
    Outcome.WAIVED,
    Outcome.ATTESTED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class RequirementVerdict:
    """The outcome of one requirement in one scope, with its findings, worst first.

    `accepted` are the waivers that accept findings. Accepted findings come after those that count.
    """

    requirement: Requirement
    outcome: Outcome
    findings: tuple[Finding, ...]
    accepted: Mapping[Finding, Waiver] = field(default_factory=dict)
    gap: Gap | None = None
    """The gap that accepts that the requirement was not tested."""

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Return the accepted findings of a waived requirement, or else the failed ones without a waiver."""
        if self.outcome is Outcome.WAIVED:
            return tuple(each for each in self.findings if each in self.accepted)
        return tuple(each for each in self.findings if each.outcome is Outcome.FAILED and each not in self.accepted)

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """Return the waivers that accept failures, each once."""
        return tuple(dict.fromkeys(self.accepted.values()))

    @property
    def waiver(self) -> Waiver | None:
        """Return the first waiver of a waived requirement."""
        return self.waivers[0] if self.outcome is Outcome.WAIVED else None

    @property
    def reason(self) -> str | None:
        """Return why the requirement did not pass."""
        return next((f.reason for f in self.findings if f.reason), None)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the reasons why parts of a passed requirement were not tested, each once."""
        reasons = (each.reason for each in self.findings if each.left_out and each.reason)
        return tuple(dict.fromkeys(reasons)) if self.outcome is Outcome.PASSED else ()

    @property
    def remedy(self) -> str | None:
        """Return the user's next step."""
        return next((f.remedy for f in self.findings if f.remedy), None)


@dataclass(frozen=True, slots=True)
class ScopeVerdict:
    """The verdict on one version and programme."""

    scope: Scope
    conformance: Conformance
    requirements: tuple[RequirementVerdict, ...]
    subject: Subject = Subject.SERVER

    @property
    def word(self) -> str:
        """Return the verdict in the words of its subject, such as `not ready`."""
        return self.subject.word(self.conformance)

    def count(self, outcome: Outcome) -> int:
        """Return the number of requirements with that outcome."""
        return sum(each.outcome is outcome for each in self.requirements)

    def with_outcome(self, *outcomes: Outcome) -> Iterator[RequirementVerdict]:
        """Yield the requirements with one of those outcomes."""
        return (each for each in self.requirements if each.outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a run. Failures from level `fail_on` on, and outdated waivers and gaps, fail the `exit_status`."""

    journals: Journals
    scopes: tuple[ScopeVerdict, ...]
    stale_waivers: tuple[StaleWaiver, ...]
    stale_gaps: tuple[StaleGap, ...]
    fail_on: Level
    exit_status: ExitStatus

    @property
    def conformance(self) -> Conformance:
        """Return the worst conformance of all scopes."""
        return _worst(self.scopes)

    @property
    def outdated(self) -> tuple[StaleWaiver | StaleGap, ...]:
        """Return the waivers and gaps that have to be removed."""
        return (*self.stale_waivers, *self.stale_gaps)

    @property
    def subject(self) -> Subject:
        """Return whether the run judged a server or a client."""
        return self.journals.subject

    @property
    def word(self) -> str:
        """Return the worst verdict in the words of its subject, such as `not ready`."""
        return self.subject.word(self.conformance)

    @classmethod
    def of(cls, journals: Journals, *, fail_on: Level = Level.MUST) -> Verdict:
        """Return the verdict on the journals of a run."""
        requirements = [Requirement.from_mapping(entry) for entry in journals.plan["requirements"]]
        waivers = [Waiver.from_mapping(entry) for entry in journals.plan["waivers"]]
        gaps = [Gap.from_mapping(entry) for entry in journals.plan.get("gaps", ())]
        findings: dict[tuple[str, Scope], list[Finding]] = defaultdict(list)
        for finding in journals.findings:
            findings[finding.requirement, finding.scope].append(finding)
        on = date.fromisoformat(journals.run["started_at"][:10])
        accepted = _accepted(journals, in_force(waivers, on))

        def verdict_on(requirement: Requirement, scope: Scope) -> RequirementVerdict:
            reason_and_remedy = without_finding(journals)
            untested = Finding(requirement.id, scope, Outcome.COULD_NOT_RUN, "", *reason_and_remedy)
            worst_first = sorted(
                findings.get((requirement.id, scope), [untested]),
                key=lambda finding: _rank(finding, accepted),
            )
            own = {each: accepted[each] for each in worst_first if each in accepted}
            outcome = Outcome.WAIVED if worst_first[0] in own else worst_first[0].outcome
            if outcome is Outcome.COULD_NOT_RUN and any(each.accepts_all_of(requirement.id) for each in own.values()):
                outcome = Outcome.WAIVED
            gap = accepting_gap(requirement.id, scope, gaps, on) if outcome is Outcome.COULD_NOT_RUN else None
            return RequirementVerdict(requirement, Outcome.GAP if gap else outcome, tuple(worst_first), own, gap)

        scopes = []
        for scope in (Scope(entry["version"], entry["programme"]) for entry in journals.plan["scopes"]):
            verdicts = tuple(verdict_on(each, scope) for each in requirements if each.applies_to(scope))
            conformance = _conformance(verdicts, journals.ending)
            scopes.append(ScopeVerdict(scope, conformance, verdicts, journals.subject))
        judged = [(each.requirement.id, scope.scope, each.outcome) for scope in scopes for each in scope.requirements]
        needed = chain.from_iterable(each.waivers for scope in scopes for each in scope.requirements)
        profile = journals.run.get("profile")
        stale = tuple(
            replace(each, file=FILES[journals.subject])
            for each in stale_waivers(waivers, judged, needed, on=on, profile=profile)
        )
        outdated = tuple(stale_gaps(gaps, judged, on=on, file=FILES[journals.subject]))
        failed_levels = {each.requirement.level for scope in scopes for each in scope.with_outcome(Outcome.FAILED)}
        fails = bool(stale or outdated) or (fail_on is Level.SHOULD and Level.SHOULD in failed_levels)
        return cls(journals, tuple(scopes), stale, outdated, fail_on, _exit_status(journals, scopes, fails=fails))


def _rank(finding: Finding, accepted: Mapping[Finding, Waiver]) -> float:
    """Return the place of a finding among those of a requirement: the lowest decides."""
    if finding.left_out:  # a passed finding about the other parts decides
        return WORST_FIRST.index(Outcome.PASSED) + 0.5
    return WORST_FIRST.index(Outcome.WAIVED if finding in accepted else finding.outcome)


def _accepted(journals: Journals, waivers: Sequence[Waiver]) -> Mapping[Finding, Waiver]:
    """Return the failures that a waiver accepts, and the untested requirements that only such failures have blocked."""
    if not waivers:
        return {}
    failures = [each for each in journals.findings if each.outcome is Outcome.FAILED]
    accepted = {}
    for each in failures:
        if waiver := accepting_waiver(each, waivers, journals.exchanges):
            accepted[each] = waiver
    in_test: dict[tuple[str, Scope, str], list[Finding]] = defaultdict(list)
    for each in failures:
        in_test[each.requirement, each.scope, each.test].append(each)
    for each in journals.findings:
        if each.outcome is Outcome.COULD_NOT_RUN and each.cause:
            if blocking := in_test.get((each.cause.kind, each.scope, each.test)):
                if all(failure in accepted for failure in blocking):
                    accepted[each] = accepted[blocking[0]]
            elif (waiver := accepting_waiver(each, waivers, journals.exchanges)) and waiver.cause:
                accepted[each] = waiver
    return accepted


def _conformance(judged: Iterable[RequirementVerdict], ending: Ending) -> Conformance:
    musts = {each.outcome for each in judged if each.requirement.level is Level.MUST}
    if Outcome.FAILED in musts:
        return Conformance.NOT_CONFORMANT
    undecided = {Outcome.COULD_NOT_RUN, Outcome.SUITE_ERROR} & musts
    tested = {Outcome.PASSED, Outcome.WAIVED} & musts
    if undecided or not tested or ending is not Ending.FINISHED:
        return Conformance.INCOMPLETE
    return Conformance.CONFORMANT


def _exit_status(journals: Journals, scopes: Sequence[ScopeVerdict], *, fails: bool) -> ExitStatus:
    """Return the status. `fails` means that a stale waiver, or a SHOULD that counts, fails the gate."""
    conformance = _worst(scopes)
    if journals.ending is Ending.INTERRUPTED:
        return ExitStatus.INTERRUPTED
    if journals.ending is Ending.SUITE_FAILED or any(scope.count(Outcome.SUITE_ERROR) for scope in scopes):
        return ExitStatus.SUITE_FAILED
    if conformance is Conformance.NOT_CONFORMANT:
        return ExitStatus.NOT_CONFORMANT
    evidence = journals.exchanges if journals.subject is Subject.CLIENT else journals.tests
    if not evidence and journals.ending is Ending.FINISHED:
        return ExitStatus.NOTHING_RAN
    if fails:
        return ExitStatus.NOT_CONFORMANT
    return ExitStatus.INCOMPLETE if conformance is Conformance.INCOMPLETE else ExitStatus.CONFORMANT


def _worst(scopes: Sequence[ScopeVerdict]) -> Conformance:
    conformances = {scope.conformance for scope in scopes}
    if Conformance.NOT_CONFORMANT in conformances:
        return Conformance.NOT_CONFORMANT
    return Conformance.CONFORMANT if conformances == {Conformance.CONFORMANT} else Conformance.INCOMPLETE
