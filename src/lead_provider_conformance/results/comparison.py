"""Compare two runs: fixed and broken requirements, changes in coverage, and slower operations."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Cause, Level, Outcome, Scope, Subject, UsageError
from lead_provider_conformance.results.causes import cause_of
from lead_provider_conformance.results.journal import Finding, Journals
from lead_provider_conformance.results.merge import machine_or_url
from lead_provider_conformance.results.verdict import RequirementVerdict, Verdict

# A waived failure is still a failure of the server.
FAILING = {Outcome.FAILED, Outcome.WAIVED}
PASSING = {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.ATTESTED}
DECIDED = FAILING | PASSING

# An operation is slower if its median rose by more than noise explains, and by enough to matter.
STANDARD_ERRORS = 3.0
LEAST_SHARE = 0.2
LEAST_SECONDS = 0.005
FEWEST_RESPONSES = 20


class Change(StrEnum):
    """The change of a requirement from one run to the next."""

    BROKEN = "broken"
    NEW_CAUSE = "new cause"
    FIXED = "fixed"
    NEWLY_TESTED = "newly tested"
    NO_LONGER_TESTED = "no longer tested"


@dataclass(frozen=True, slots=True)
class Changed:
    """A requirement that changed in one scope. The outcome is None in a run that did not plan to test it.

    `cause` is the cause that is new in a requirement that failed in both runs.
    """

    requirement: Requirement
    scope: Scope
    change: Change
    old: Outcome | None
    new: Outcome | None
    reason: str | None
    cause: Cause | None = None

    @property
    def worse(self) -> bool:
        """Return whether it broke, fails now that it is tested, or is no longer tested."""
        if self.change is Change.NEWLY_TESTED:
            return self.new is Outcome.FAILED
        return self.change in (Change.BROKEN, Change.NEW_CAUSE, Change.NO_LONGER_TESTED)


@dataclass(frozen=True, slots=True)
class Slower:
    """An operation whose median response time rose significantly, in seconds."""

    version: str
    operation: str
    old: float
    new: float
    noise: float
    responses: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from an old run to a new one. `differences` are reasons why they may not be comparable."""

    old: Verdict
    new: Verdict
    differences: tuple[str, ...]
    changed: tuple[Changed, ...]
    slower: tuple[Slower, ...]

    def of(self, change: Change) -> tuple[Changed, ...]:
        """Return the requirements with that change."""
        return tuple(each for each in self.changed if each.change is change)

    def worse(self, fail_on: Level) -> tuple[Changed, ...]:
        """Return the requirements that got worse, at level `fail_on` or above."""
        return tuple(each for each in self.changed if each.worse and each.requirement.level in (Level.MUST, fail_on))


def compare(old: Verdict, new: Verdict) -> Comparison:
    """Return the changes from the run `old` to the run `new`. Raise UsageError if only one is of a client."""
    if old.subject is not new.subject:
        raise UsageError(
            f"{old.journals.folder} is a run of a {old.subject} and {new.journals.folder} one of a {new.subject}; "
            "compare two runs of servers, or two sessions of clients."
        )
    return Comparison(
        old=old,
        new=new,
        differences=tuple(_differences(old.journals.run, new.journals.run)),
        changed=(*_changed(_by_place(old), _by_place(new)), *_new_causes(old, new)),
        slower=tuple(_slower(old.journals, new.journals)),
    )


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    targets = [f"{run['target']['name']} at {machine_or_url(run['target']['base_url'])}" for run in (old, new)]
    if targets[0] != targets[1]:
        yield f"The targets differ: {targets[0]}, then {targets[1]}."
    if old["suite"] != new["suite"]:
        yield f"The suite was {old['suite']['version']}, then {new['suite']['version']}."
    before, after = old["contract"], new["contract"]
    if before["edition"] != after["edition"]:
        yield f"The contract's edition was {before['edition']}, then {after['edition']}."
    hashes = before["hashes"], after["hashes"]
    if changed := [each for each in sorted(hashes[0].keys() & hashes[1].keys()) if hashes[0][each] != hashes[1][each]]:
        yield f"The contract of {', '.join(changed)} has changed between the runs."
    if old.get("client") != new.get("client"):
        yield "The settings of the client in its profile have changed between the sessions."
    if old["target"]["safety"] != new["target"]["safety"]:
        yield f"The safety mode was {old['target']['safety']}, then {new['target']['safety']}."
    if old["target"].get("operations") != new["target"].get("operations"):
        yield "The operations that the target file says are implemented have changed between the runs."


Place = tuple[str, Scope]


def _by_place(verdict: Verdict) -> dict[Place, RequirementVerdict]:
    return {(each.requirement.id, scope.scope): each for scope in verdict.scopes for each in scope.requirements}


def _changed(old: Mapping[Place, RequirementVerdict], new: Mapping[Place, RequirementVerdict]) -> Iterator[Changed]:
    for place in dict.fromkeys((*new, *old)):
        before, after = old.get(place), new.get(place)
        outcomes = before.outcome if before else None, after.outcome if after else None
        if change := _change(*outcomes):
            requirement = (new.get(place) or old[place]).requirement
            reason = after.reason if after else "The new run did not plan to test it."
            yield Changed(requirement, place[1], change, *outcomes, reason)


def _new_causes(old: Verdict, new: Verdict) -> Iterator[Changed]:
    """Yield the causes that are new in requirements that failed in both runs."""
    before, after = _by_place(old), _by_place(new)
    for place, verdict in after.items():
        earlier = before.get(place)
        if earlier is None or not {earlier.outcome, verdict.outcome} <= FAILING:
            continue
        known = _causes(earlier, old)
        for cause, finding in _causes(verdict, new).items():
            if cause not in known:
                outcomes = earlier.outcome, verdict.outcome
                yield Changed(verdict.requirement, place[1], Change.NEW_CAUSE, *outcomes, finding.reason, cause)


def _causes(verdict: RequirementVerdict, run: Verdict) -> Mapping[Cause, Finding]:
    """Return the causes of all failures of a requirement, waived or not, with the first finding of each."""
    found: dict[Cause, Finding] = {}
    for each in verdict.findings:
        if each.outcome is Outcome.FAILED:
            found.setdefault(cause_of(each, run.journals.exchanges), each)
    return found


def _change(old: Outcome | None, new: Outcome | None) -> Change | None:
    if old in PASSING and new in FAILING:
        return Change.BROKEN
    if old in FAILING and new in PASSING:
        return Change.FIXED
    if (old in DECIDED) == (new in DECIDED):
        return None
    return Change.NEWLY_TESTED if new in DECIDED else Change.NO_LONGER_TESTED


def _slower(old: Journals, new: Journals) -> Iterator[Slower]:
    """Yield the slower operations of a server. The times of a client's session are those of the sandbox."""
    if new.subject is Subject.CLIENT:
        return
    before, after = response_times(old.exchanges.values()), response_times(new.exchanges.values())
    slower = []
    for place in before.keys() & after.keys():
        counts = len(before[place]), len(after[place])
        if min(counts) < FEWEST_RESPONSES:
            continue
        medians = statistics.median(before[place]), statistics.median(after[place])
        noise = STANDARD_ERRORS * math.hypot(standard_error(before[place]), standard_error(after[place]))
        if medians[1] - medians[0] > max(noise, LEAST_SHARE * medians[0], LEAST_SECONDS):
            slower.append(Slower(place[0], place[1], medians[0], medians[1], noise, counts))
    yield from sorted(slower, key=lambda each: (each.old / each.new, each.version, each.operation))


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the median, with a spread that ignores a few slow responses.

    The spread is the median absolute deviation, scaled to a standard deviation (1.4826); the median's standard error
    is 1.2533 (the root of pi/2) times that of a mean.
    """
    median = statistics.median(values)
    spread = 1.4826 * statistics.median(abs(value - median) for value in values)
    return 1.2533 * spread / math.sqrt(len(values))


def response_times(exchanges: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[float]]:
    """Return the seconds of the exchanges that have a response, by version and operation."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for exchange in exchanges:
        if exchange["response"] and exchange["operation"]:
            seconds[exchange["version"], exchange["operation"]].append(exchange["seconds"])
    return seconds
