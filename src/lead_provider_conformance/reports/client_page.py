"""`report.html` of a client's session: readiness, failures in their context, checklists of DfE, and a timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Level, Outcome
from lead_provider_conformance.reports import summary
from lead_provider_conformance.reports.causes import CauseGroup, causes
from lead_provider_conformance.reports.checklists import Checklist, checklists
from lead_provider_conformance.reports.evidence import Evidence, EvidenceBuilder, Step
from lead_provider_conformance.reports.html import STYLES, render
from lead_provider_conformance.reports.remarks import remarks
from lead_provider_conformance.reports.summary import NO_REASON, Failure, Obstacle
from lead_provider_conformance.reports.timeline import MAX_TASKS, Act, Kind, Moment, Timeline
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import yaml_file

DRIVES = {
    "command": "the command ran once for each cue",
    "prompt": "a person followed the cues",
    "self": "the client polled on its own",
}
"""How the client was driven."""
NOTED_FINDINGS = 4
"""The findings of one requirement whose exchanges have lines of their own in the timeline."""


@dataclass(frozen=True, slots=True)
class Story:
    """A failure: its evidence, the last response before the deciding request, and the lines between both.

    `situations` are those that were delivered with one of the exchanges that show the failure.
    """

    evidence: Evidence
    received: Step | None
    around: tuple[Moment, ...]
    situations: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Requirements that do not apply to the client for one reason."""

    reason: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Stories that share a cause."""

    cause: CauseGroup
    stories: tuple[Story, ...]


def client_html(verdict: Verdict) -> str:
    """Return the text of `report.html` of a client's session."""
    stories = _StoryBuilder(verdict)
    failed, differences = summary.by_level(summary.failures(verdict, Outcome.FAILED))
    failures, optional = stories.groups(failed), stories.groups(differences)
    suite_errors = [stories.evidence.build(each) for each in summary.failures(verdict, Outcome.SUITE_ERROR)]
    waived = [stories.evidence.build(each) for each in summary.failures(verdict, Outcome.WAIVED)]
    untested = summary.obstacles(verdict)
    lists = () if summary.is_silent(verdict) else checklists(verdict)
    acts = tuple(stories.timeline.acts(_noted(verdict, lists)))
    shown = [*suite_errors, *(each.evidence for group in (*failures, *optional) for each in group.stories), *waived]
    return render(
        "client.html.j2",
        verdict,
        shown,
        styles=(*STYLES, "client.css"),
        suite_errors=suite_errors,
        waived=waived,
        failures=failures,
        differences=optional,
        not_shown=_limited(untested, must=True),
        not_shown_optional=_limited(untested, must=False),
        exclusions=_exclusions(verdict),
        remarks=remarks(verdict),
        attestations=[line for line in verdict.journals.script if line["kind"] == "attestation"],
        acts=acts,
        lines=_line_ids(acts),
        checklists=lists,
        Kind=Kind,
        DRIVES=DRIVES,
        MAX_TASKS=MAX_TASKS,
    )


@dataclass(frozen=True, slots=True)
class Explanation:
    """A situation: what the sandbox does, and what the client is expected to do."""

    name: str
    statement: str
    expectation: str


@cache
def _explanations() -> Mapping[str, Explanation]:
    """Return the situations of the catalogue by name."""
    entries = yaml_file.read_own(suites_root() / "client/situations.yaml", schema="situations")
    return {each["name"]: Explanation(each["name"], each["statement"], each["expectation"]) for each in entries}


class _StoryBuilder:
    """Builds the stories of one page."""

    def __init__(self, verdict: Verdict) -> None:
        self._exchanges = verdict.journals.exchanges
        self.evidence = EvidenceBuilder(self._exchanges)
        self.timeline = Timeline(verdict.journals)

    def groups(self, failures: Sequence[Failure]) -> tuple[Group, ...]:
        """Return the stories of some failures by cause."""
        return tuple(Group(each, tuple(map(self._story, each.failures))) for each in causes(failures, self._exchanges))

    def _story(self, failure: Failure) -> Story:
        evidence = self.evidence.build(failure)
        first = evidence.reasons[0]
        if first.decisive is None:
            return Story(evidence, None, (), ())
        received = first.before[-1] if first.before else self._received_before(first.decisive.id, failure)
        around = self.timeline.around(first.decisive.id, received.id if received else None)
        steps = [*first.before, *([received] if received else []), first.decisive]
        names = dict.fromkeys(self.timeline.situation_of(step.id) or "" for step in steps)
        known = _explanations()
        situations = tuple(known[name] for name in names if name in known)
        return Story(evidence, received, around, situations)

    def _received_before(self, exchange_id: str, failure: Failure) -> Step | None:
        received = self.timeline.received_before(exchange_id)
        return self.evidence.step(received, failure.requirement.id) if received else None


def _limited(obstacles: Iterable[Obstacle], *, must: bool) -> tuple[Obstacle, ...]:
    """Return the obstacles to MUSTs only, or to others only."""
    limited = (
        Obstacle(
            each.reason,
            each.remedy,
            tuple(pair for pair in each.requirements if (pair[0].level is Level.MUST) is must),
        )
        for each in obstacles
    )
    return tuple(each for each in limited if each.requirements)


def _exclusions(verdict: Verdict) -> tuple[Exclusion, ...]:
    """Return the requirements that do not apply, by reason, the most frequent reason first."""
    by_reason: dict[str, list[Requirement]] = defaultdict(list)
    for scope in verdict.scopes:
        for each in scope.with_outcome(Outcome.NOT_APPLICABLE):
            by_reason[each.reason or NO_REASON].append(each.requirement)
    unordered = (Exclusion(reason, tuple(requirements)) for reason, requirements in by_reason.items())
    return tuple(sorted(unordered, key=lambda each: -len(each.requirements)))


def _noted(verdict: Verdict, lists: Iterable[Checklist]) -> frozenset[str]:
    """Return the ids of the exchanges that the page refers to."""
    proofs = (proof for each in lists for line in each.lines for proof in line.seen)
    failed = (
        exchange
        for scope in verdict.scopes
        for each in scope.with_outcome(Outcome.FAILED, Outcome.WAIVED)
        for finding in each.failures[:NOTED_FINDINGS]
        for exchange in finding.exchanges
    )
    return frozenset([*failed, *(exchange for proof in proofs for exchange in proof.exchanges)])


def _line_ids(acts: Iterable[Act]) -> frozenset[str]:
    """Return the ids of the exchanges that have lines in the timeline."""
    return frozenset(_exchange_ids(moment for act in acts for moment in act.moments))


def _exchange_ids(moments: Iterable[Moment]) -> Iterator[str]:
    return (moment.exchange_id for moment in moments if moment.kind is Kind.REQUEST)
