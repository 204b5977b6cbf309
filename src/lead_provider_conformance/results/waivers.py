"""Decide which failures a waiver accepts, and which waivers have to be removed.

A waived requirement is still tested. An outdated waiver fails the gate: it has expired, it matches no failure, or the
server meets its requirement. So target files hold no waiver that is no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.results.journal import Finding, decisive_exchange

Exchanges = Mapping[str, Mapping[str, Any]]
"""Exchanges as the journal holds them, by id. A waiver reads only `operation` and `violations`."""
DECIDED = {Outcome.PASSED, Outcome.NOT_APPLICABLE}


def waiver_for(
    failures: Sequence[Finding], waivers: Iterable[Waiver], exchanges: Exchanges, *, on: date
) -> Waiver | None:
    """Return the first waiver in force that accepts all `failures`, which are of one requirement in one scope."""
    in_force = (waiver for waiver in waivers if not waiver.expired(on))
    return next((each for each in in_force if all(_accepts(each, failure, exchanges) for failure in failures)), None)


def _accepts(waiver: Waiver, failure: Finding, exchanges: Exchanges) -> bool:
    if not waiver.applies_to(failure.requirement, failure.scope):
        return False
    if not waiver.operations:
        return True
    exchange = decisive_exchange(failure, exchanges)
    return exchange is not None and exchange["operation"] in waiver.operations


class Why(StrEnum):
    """Why a waiver has to be removed."""

    EXPIRED = "expired"
    PASSING = "passing"
    UNMATCHED = "unmatched"


SENTENCES = {
    Why.EXPIRED: "expired on {expires}. Fix the failure, or agree a new date with {owner}.",
    Why.PASSING: "is no longer needed: the server meets the requirement. Remove it from the target file.",
    Why.UNMATCHED: (
        "matches no failure: the requirement does not apply there, or fails at other operations. "
        "Correct its versions or operations, or remove it from the target file."
    ),
}


@dataclass(frozen=True, slots=True)
class StaleWaiver:
    """A waiver that has to be removed, and why."""

    waiver: Waiver
    why: Why

    @property
    def sentence(self) -> str:
        """Return the problem and its remedy."""
        problem = SENTENCES[self.why].format(expires=self.waiver.expires, owner=self.waiver.owner)
        return f"The waiver of `{self.waiver.requirement}`, owned by {self.waiver.owner}, {problem}"


Judged = tuple[str, Scope, Outcome, Waiver | None]
"""The id of a requirement, its scope and outcome there, and the waiver that accepted its failures."""


def stale_waivers(waivers: Iterable[Waiver], judged: Sequence[Judged], *, on: date) -> Iterator[StaleWaiver]:
    """Yield the waivers that this run shows to be stale.

    Until it expires, a waiver stays if the run did not plan, or could not run, the tests of its requirement.
    """
    tested = {scope.version for _, scope, _, _ in judged}
    known = {requirement for requirement, *_ in judged}
    for waiver in waivers:
        matching = [each for each in judged if waiver.applies_to(*each[:2])]
        outcomes = {outcome for _, _, outcome, _ in matching}
        if waiver.expired(on):
            yield StaleWaiver(waiver, Why.EXPIRED)
        elif any(accepted_by == waiver for *_, accepted_by in matching):
            continue
        elif matching and outcomes <= DECIDED:
            yield StaleWaiver(waiver, Why.PASSING)
        elif Outcome.FAILED in outcomes or (
            not matching and waiver.requirement in known and tested.issuperset(waiver.versions)
        ):
            yield StaleWaiver(waiver, Why.UNMATCHED)
