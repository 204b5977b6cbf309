"""The rows of the page's list of requirements, by area."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.reports.summary import (
    DIFFERENCE,
    OutcomeCount,
    count_labels,
    counted_as,
    is_difference,
    singular_label,
)
from lead_provider_conformance.reports.wording import Wording
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.results.verdict import WORST_FIRST, RequirementVerdict, Verdict

IN_PART = "in-part"
"""The name of the filter for requirements that passed, but were not tested in every situation."""


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One row of the requirements table, with the outcome in each scope; None if the requirement does not apply."""

    requirement: Requirement
    outcomes: tuple[tuple[Scope, Outcome | None], ...]
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> str:
        """Return the name of the worst outcome in any scope, as `counted_as` has it."""
        outcome = min((each for _, each in self.outcomes if each), key=WORST_FIRST.index)
        return counted_as(self.requirement, outcome)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the outcomes in all scopes."""
        found = (each for _, each in self.outcomes if each)
        names = (DIFFERENCE if is_difference(self.requirement, each) else str(each) for each in found)
        return tuple(dict.fromkeys((*names, *([IN_PART] if self.left_out else []))))

    @property
    def exchanges(self) -> int:
        """Return how many exchanges decided the outcomes."""
        return len({exchange for finding in self.findings for exchange in finding.exchanges})

    @property
    def tests(self) -> tuple[str, ...]:
        """Return the tests that decided the outcomes."""
        return tuple(dict.fromkeys(finding.test for finding in self.findings if finding.test))

    @property
    def not_applicable_reasons(self) -> tuple[str, ...]:
        """Return why the requirement is not applicable in some scope."""
        if all(outcome is not Outcome.NOT_APPLICABLE for _, outcome in self.outcomes):
            return ()
        reasons = (each.reason for each in self.findings if each.outcome is Outcome.NOT_APPLICABLE)
        return tuple(dict.fromkeys(reason for reason in reasons if reason))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the reasons why parts of the requirement were not tested, although it passed in some scope."""
        if all(outcome is not Outcome.PASSED for _, outcome in self.outcomes):
            return ()
        return tuple(dict.fromkeys(each.reason for each in self.findings if each.left_out and each.reason))


@dataclass(frozen=True, slots=True)
class Area:
    """The requirements of one area, in the order of the plan."""

    name: str
    rows: tuple[RequirementRow, ...]

    @property
    def title(self) -> str:
        """Return the name as a heading."""
        return self.name.replace("-", " ").capitalize()

    def counts(self, words: Wording) -> tuple[OutcomeCount, ...]:
        """Return how many requirements have each worst outcome, in the order of reports, without zeros."""
        frequency = Counter(each.worst for each in self.rows)
        return tuple(
            OutcomeCount(name, singular_label(name, label) if frequency[name] == 1 else label, frequency[name])
            for name, label in count_labels(words).items()
            if frequency[name]
        )


def areas(verdict: Verdict) -> tuple[Area, ...]:
    """Return the requirements of a verdict by area, in the order of the plan."""
    scopes = [scope.scope for scope in verdict.scopes]
    verdicts: dict[str, dict[Scope, RequirementVerdict]] = defaultdict(dict)
    for scope in verdict.scopes:
        for each in scope.requirements:
            verdicts[each.requirement.id][scope.scope] = each
    rows: dict[str, list[RequirementRow]] = defaultdict(list)
    for by_scope in verdicts.values():
        requirement = next(iter(by_scope.values())).requirement
        rows[requirement.area].append(
            RequirementRow(
                requirement,
                tuple((scope, by_scope[scope].outcome if scope in by_scope else None) for scope in scopes),
                tuple(finding for each in by_scope.values() for finding in each.findings),
            )
        )
    return tuple(Area(name, tuple(members)) for name, members in rows.items())
