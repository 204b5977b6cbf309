"""Decide which gaps accept an untested requirement, and which have to be removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lead_provider_conformance.config.gaps import Gap
from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.results.waivers import Judged


class GapProblem(StrEnum):
    """Why a gap has to be removed."""

    EXPIRED = "expired"
    TESTED = "tested"


SENTENCES = {
    GapProblem.EXPIRED: "expired on {expires}. Let the requirement be tested, or agree a new date with {owner}.",
    GapProblem.TESTED: "is no longer needed: the requirement was tested. Remove it from the {file}.",
}
TESTED = {Outcome.PASSED, Outcome.FAILED, Outcome.WAIVED, Outcome.ATTESTED, Outcome.NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class StaleGap:
    """A gap that has to be removed from the `file` that has it, and why."""

    gap: Gap
    problem: GapProblem
    file: str

    @property
    def name(self) -> str:
        """Return the id of the gap's requirement."""
        return str(self.gap)

    @property
    def sentence(self) -> str:
        """Return the problem and its remedy."""
        problem = SENTENCES[self.problem].format(expires=self.gap.expires, owner=self.gap.owner, file=self.file)
        return f"The gap of `{self.gap}`, owned by {self.gap.owner}, {problem}"


def accepting_gap(requirement: str, scope: Scope, gaps: Iterable[Gap], on: date) -> Gap | None:
    """Return the gap in force that accepts an untested requirement, or None."""
    return next((each for each in gaps if each.applies_to(requirement, scope) and not each.expired(on)), None)


def stale_gaps(gaps: Sequence[Gap], judged: Collection[Judged], *, on: date, file: str) -> Iterator[StaleGap]:
    """Yield the gaps that have expired, and those whose requirement was tested wherever they apply."""
    for gap in gaps:
        outcomes = {outcome for requirement, scope, outcome in judged if gap.applies_to(requirement, scope)}
        if gap.expired(on):
            yield StaleGap(gap, GapProblem.EXPIRED, file)
        elif outcomes and outcomes <= TESTED:
            yield StaleGap(gap, GapProblem.TESTED, file)
