"""The verdict: what a run's journals say about each version and programme. A pure function of the journals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Conformance, Ending, ExitStatus, Level, Outcome, Scope
from lead_provider_conformance.results.journal import Finding, Journals
from lead_provider_conformance.results.waivers import Exchanges, Judged, StaleWaiver, Waiver, stale

# A requirement that several tests verify is as good as its worst finding.
WORST_FIRST = (
    Outcome.SUITE_ERROR,
    Outcome.FAILED,
    Outcome.COULD_NOT_RUN,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)

NO_TEST_RAN = {
    Ending.FINISHED: (
        "No test of it was selected.",
        "Run the whole of suites/, without -k, -m or --deselect.",
    ),
    Ending.INTERRUPTED: (
        "The run was interrupted before a test of it.",
        "Run the suite again and let it end.",
    ),
    Ending.TARGET_LOST: (
        "The server stopped answering before a test of it.",
        "Find out why the server stopped; then run the suite again.",
    ),
    Ending.OUT_OF_TIME: (
        "The time of the run was over before a test of it.",
        "Run again with a longer --time-limit, or look at why the server takes so long.",
    ),
    Ending.SUITE_FAILED: (
        "The suite itself failed before a test of it.",
        "See the error above the summary, and report it.",
    ),
    Ending.KILLED: ("The run was killed before a test of it.", "Run the suite again and let it end."),
}


@dataclass(frozen=True, slots=True)
class RequirementVerdict:
    """What became of one requirement in one scope, with the findings that say so, worst first."""

    requirement: Requirement
    outcome: Outcome
    findings: tuple[Finding, ...]
    waiver: Waiver | None = None

    @property
    def reason(self) -> str | None:
        """Why it did not pass."""
        return next((f.reason for f in self.findings if f.reason), None)

    @property
    def remedy(self) -> str | None:
        """What the user can do about it."""
        return next((f.remedy for f in self.findings if f.remedy), None)


@dataclass(frozen=True, slots=True)
class ScopeVerdict:
    """The verdict on one version and programme."""

    scope: Scope
    conformance: Conformance
    requirements: tuple[RequirementVerdict, ...]

    def count(self, outcome: Outcome) -> int:
        """How many requirements have that outcome."""
        return sum(each.outcome is outcome for each in self.requirements)

    def with_outcome(self, *outcomes: Outcome) -> Iterator[RequirementVerdict]:
        """The requirements that have one of those outcomes."""
        return (each for each in self.requirements if each.outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run says. `stale_waivers` must go; `exit_status` fails on what is as binding as `fail_on`, and more."""

    record: Journals
    scopes: tuple[ScopeVerdict, ...]
    stale_waivers: tuple[StaleWaiver, ...]
    fail_on: Level
    exit_status: ExitStatus

    @classmethod
    def of(cls, record: Journals, *, fail_on: Level = Level.MUST) -> Verdict:
        """The verdict on what a run left behind."""
        requirements = [Requirement.from_mapping(entry) for entry in record.plan["requirements"]]
        waivers = [Waiver.from_mapping(entry) for entry in record.plan["waivers"]]
        found: dict[tuple[str, Scope], list[Finding]] = defaultdict(list)
        for finding in record.findings:
            found[finding.requirement, finding.scope].append(finding)
        on = date.fromisoformat(record.run["started_at"][:10])
        scopes = tuple(
            _judge(
                Scope(entry["version"], entry["programme"]),
                requirements,
                found,
                waivers=[waiver for waiver in waivers if not waiver.expired(on)],
                exchanges=record.exchanges,
                ending=record.ending,
            )
            for entry in record.plan["scopes"]
        )
        judged = [
            Judged(each.requirement, scope.scope, each.outcome, each.waiver)
            for scope in scopes
            for each in scope.requirements
        ]
        stale_waivers = tuple(stale(waivers, judged, on=on))
        fails = bool(stale_waivers) or (
            fail_on is Level.SHOULD
            and any(each.outcome is Outcome.FAILED and each.requirement.level is Level.SHOULD for each in judged)
        )
        return cls(
            record=record,
            scopes=scopes,
            stale_waivers=stale_waivers,
            fail_on=fail_on,
            exit_status=_exit_status(record, scopes, fails=fails),
        )


def _judge(
    scope: Scope,
    requirements: Iterable[Requirement],
    found: Mapping[tuple[str, Scope], list[Finding]],
    *,
    waivers: Sequence[Waiver],
    exchanges: Exchanges,
    ending: Ending,
) -> ScopeVerdict:
    judged = []
    for requirement in requirements:
        if not requirement.applies_to(scope):
            continue
        findings = sorted(
            found.get((requirement.id, scope)) or [_untested(requirement, scope, ending)],
            key=lambda finding: WORST_FIRST.index(finding.outcome),
        )
        outcome = findings[0].outcome
        failures = [finding for finding in findings if finding.outcome is Outcome.FAILED]
        accepted = (each for each in waivers if each.is_for(requirement.id, scope) and each.covers(failures, exchanges))
        if outcome is Outcome.FAILED and (waiver := next(accepted, None)):
            judged.append(RequirementVerdict(requirement, Outcome.WAIVED, tuple(findings), waiver))
        else:
            judged.append(RequirementVerdict(requirement, outcome, tuple(findings)))
    return ScopeVerdict(scope, _conformance(judged, ending), tuple(judged))


def _untested(requirement: Requirement, scope: Scope, ending: Ending) -> Finding:
    reason, remedy = NO_TEST_RAN[ending]
    return Finding(requirement.id, scope, Outcome.COULD_NOT_RUN, test="", reason=reason, remedy=remedy)


def _conformance(judged: Iterable[RequirementVerdict], ending: Ending) -> Conformance:
    musts = {each.outcome for each in judged if each.requirement.level is Level.MUST}
    if Outcome.FAILED in musts:
        return Conformance.NOT_CONFORMANT
    undecided = {Outcome.COULD_NOT_RUN, Outcome.SUITE_ERROR} & musts
    if undecided or not musts or ending is not Ending.FINISHED:
        return Conformance.INCOMPLETE
    return Conformance.CONFORMANT


def _exit_status(record: Journals, scopes: tuple[ScopeVerdict, ...], *, fails: bool) -> ExitStatus:
    """`fails` says that something else than a MUST fails the gate."""
    conformances = {scope.conformance for scope in scopes}
    if record.ending is Ending.INTERRUPTED:
        return ExitStatus.INTERRUPTED
    if record.ending is Ending.SUITE_FAILED or any(scope.count(Outcome.SUITE_ERROR) for scope in scopes):
        return ExitStatus.SUITE_FAILED
    if Conformance.NOT_CONFORMANT in conformances:
        return ExitStatus.NOT_CONFORMANT
    if not record.tests and record.ending is Ending.FINISHED:
        return ExitStatus.NOTHING_RAN
    if fails:
        return ExitStatus.NOT_CONFORMANT
    if Conformance.INCOMPLETE in conformances or not conformances:
        return ExitStatus.INCOMPLETE
    return ExitStatus.CONFORMANT
