"""Decide which failures a waiver accepts, and which waivers have to be removed.

A waived requirement is still tested. An outdated waiver fails the gate: it has expired, it matches no failure, or the
server meets its requirement. So target files hold no waiver that is no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Outcome, Scope, Subject
from lead_provider_conformance.results.causes import Exchanges, cause_of
from lead_provider_conformance.results.journal import Finding

DECIDED = {Outcome.PASSED, Outcome.NOT_APPLICABLE}
# A run with fewer requests may miss the failures of these, so only a full run shows that nothing fails any more.
FOUND_BY_CHANCE = "generated/"
FULL_PROFILE = "full"


def accepting_waiver(failure: Finding, waivers: Iterable[Waiver], exchanges: Exchanges) -> Waiver | None:
    """Return the first of `waivers` that accepts a failure: its requirement, or its cause."""
    cause = cause_of(failure, exchanges)
    return next(
        (each for each in waivers if each.covers(failure.scope) and each.accepts(failure.requirement, cause)), None
    )


def in_force(waivers: Iterable[Waiver], on: date) -> tuple[Waiver, ...]:
    """Return the waivers that have not expired."""
    return tuple(each for each in waivers if not each.expired(on))


def waived_requirements(waivers: Iterable[Waiver], scope: Scope, on: date) -> frozenset[str]:
    """Return the ids of the requirements that waivers in force name, as the requirement or as the cause."""
    named = [each for each in in_force(waivers, on) if each.covers(scope)]
    kinds = {each.cause.kind for each in named if each.cause and each.cause.kind and not each.requirement}
    return frozenset(kinds.union(each.requirement for each in named if each.requirement))


class Why(StrEnum):
    """Why a waiver has to be removed."""

    EXPIRED = "expired"
    PASSING = "passing"
    UNMATCHED = "unmatched"


SENTENCES = {
    Why.EXPIRED: "expired on {expires}. Fix the failure, or agree a new date with {owner}.",
    Why.PASSING: "is no longer needed: the requirement is met. Remove it from the {file}.",
    Why.UNMATCHED: (
        "matches no failure: the requirement does not apply there, or fails at other operations. "
        "Correct its versions or operations, or remove it from the {file}."
    ),
}


FILES = {Subject.SERVER: "target file", Subject.CLIENT: "profile", Subject.PARITY: "parity file"}
"""The file with the waivers of a subject."""


@dataclass(frozen=True, slots=True)
class StaleWaiver:
    """A waiver that has to be removed from the `file` that has it, and why."""

    waiver: Waiver
    why: Why
    file: str = FILES[Subject.SERVER]

    @property
    def name(self) -> str:
        """Return the requirement or the cause of the waiver."""
        return str(self.waiver)

    @property
    def sentence(self) -> str:
        """Return the problem and its remedy."""
        problem = SENTENCES[self.why].format(expires=self.waiver.expires, owner=self.waiver.owner, file=self.file)
        return f"The waiver of `{self.waiver}`, owned by {self.waiver.owner}, {problem}"


Judged = tuple[str, Scope, Outcome]
"""The id of a requirement, its scope, and its outcome there."""


def stale_waivers(
    waivers: Iterable[Waiver], judged: Sequence[Judged], needed: Iterable[Waiver], *, on: date, profile: str | None
) -> Iterator[StaleWaiver]:
    """Yield the waivers that this run shows to be stale; `needed` are those that have accepted a failure.

    Until it expires, a waiver stays if the run did not plan, or could not run, the tests of its requirement.
    """
    tested = {scope.version for _, scope, _ in judged}
    known = {requirement for requirement, *_ in judged}
    accepted = set(needed)
    for waiver in waivers:
        matching = [each for each in judged if waiver.applies_to(*each[:2])]
        outcomes = {outcome for *_, outcome in matching}
        if waiver.expired(on):
            yield StaleWaiver(waiver, Why.EXPIRED)
        elif waiver in accepted or (_by_chance(waiver) and profile != FULL_PROFILE):
            continue
        elif matching and outcomes <= DECIDED:
            yield StaleWaiver(waiver, Why.PASSING)
        elif waiver.requirement is None:
            if outcomes and Outcome.COULD_NOT_RUN not in outcomes:
                yield StaleWaiver(waiver, Why.UNMATCHED)
        elif Outcome.FAILED in outcomes or (
            not matching and waiver.requirement in known and tested.issuperset(waiver.versions)
        ):
            yield StaleWaiver(waiver, Why.UNMATCHED)


def _by_chance(waiver: Waiver) -> bool:
    return waiver.requirement is None or waiver.requirement.startswith(FOUND_BY_CHANCE)
