"""Waivers: known failures that a target's owner has accepted for a time, and those that must go.

A waived requirement is still tested. A waiver has to be worth its place: one that has expired, that matches nothing,
or whose requirement the server keeps by now fails the gate, so that target files never hold more excuses than needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.results.journal import Finding, decisive_exchange

Exchanges = Mapping[str, Mapping[str, Any]]
DECIDED = {Outcome.PASSED, Outcome.NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class Waiver:
    """A known failure that a target's owner has accepted, up to and including the day `expires`.

    Without `versions` it is for all of them. With `operations`, operationIds of the contract, it is for failures at
    these alone. `link` leads to where it was agreed.
    """

    requirement: str
    owner: str
    reason: str
    expires: date
    versions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    link: str | None = None

    def is_for(self, requirement: str, scope: Scope) -> bool:
        """Whether this is about `requirement` in `scope`, on whatever day."""
        return self.requirement == requirement and (not self.versions or scope.version in self.versions)

    def expired(self, on: date) -> bool:
        """Whether its last day is over."""
        return on > self.expires

    def covers(self, failures: Iterable[Finding], exchanges: Exchanges) -> bool:
        """Whether all of these `failures` happened at operations that this is about."""
        return not self.operations or all(_operation(each, exchanges) in self.operations for each in failures)

    def to_mapping(self) -> dict[str, Any]:
        """What `from_mapping` reads."""
        return {
            "requirement": self.requirement,
            "owner": self.owner,
            "reason": self.reason,
            "expires": self.expires.isoformat(),
            "versions": list(self.versions),
            "operations": list(self.operations),
            "link": self.link,
        }

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Waiver:
        """The waiver that a target file's entry, or a journal's plan, describes."""
        return cls(
            requirement=entry["requirement"],
            owner=entry["owner"],
            reason=entry["reason"],
            expires=date.fromisoformat(str(entry["expires"])),
            versions=tuple(entry.get("versions", ())),
            operations=tuple(entry.get("operations", ())),
            link=entry.get("link"),
        )


def _operation(finding: Finding, exchanges: Exchanges) -> str | None:
    exchange = decisive_exchange(finding, exchanges)
    return exchange["operation"] if exchange else None


class Why(StrEnum):
    """Why a waiver must go."""

    EXPIRED = "expired"
    PASSING = "passing"
    UNMATCHED = "unmatched"


SENTENCES = {
    Why.EXPIRED: "expired on {expires}. Mend the failure, or agree on a new day with {owner}.",
    Why.PASSING: "is not needed any more: the server keeps the requirement. Take it out of the target file.",
    Why.UNMATCHED: (
        "matches no failure: the requirement does not apply there, or fails elsewhere. "
        "Correct its versions or operations, or take it out of the target file."
    ),
}


@dataclass(frozen=True, slots=True)
class StaleWaiver:
    """A waiver that must go, and why."""

    waiver: Waiver
    why: Why

    @property
    def sentence(self) -> str:
        """What is wrong with it and what to do."""
        said = SENTENCES[self.why].format(expires=self.waiver.expires, owner=self.waiver.owner)
        return f"The waiver of `{self.waiver.requirement}`, owned by {self.waiver.owner}, {said}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a waiver has to know of one requirement in one scope: its outcome, and the waiver that covered it."""

    requirement: Requirement
    scope: Scope
    outcome: Outcome
    waiver: Waiver | None


def stale(waivers: Iterable[Waiver], judged: Iterable[Judged], *, on: date) -> Iterator[StaleWaiver]:
    """The waivers that must go, as far as this run can tell.

    A waiver for what the run did not mean to test, or could not, is left alone until it expires.
    """
    every = tuple(judged)
    tested = {each.scope.version for each in every}
    known = {each.requirement.id for each in every}
    for waiver in waivers:
        about = [each for each in every if waiver.is_for(each.requirement.id, each.scope)]
        outcomes = {each.outcome for each in about}
        if waiver.expired(on):
            yield StaleWaiver(waiver, Why.EXPIRED)
        elif any(each.waiver == waiver for each in about):
            continue
        elif about and outcomes <= DECIDED:
            yield StaleWaiver(waiver, Why.PASSING)
        elif Outcome.FAILED in outcomes or (
            not about and waiver.requirement in known and tested.issuperset(waiver.versions)
        ):
            yield StaleWaiver(waiver, Why.UNMATCHED)
