"""Check a journey: walk it, and shrink the journey of each requirement that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from lead_provider_conformance.api.records import Application
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.shrink import shrink
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.observe import Apis
from lead_provider_conformance.fuzzing.stateful.steps import Step
from lead_provider_conformance.fuzzing.stateful.walk import UNSEEN, Discrepancy, walk
from lead_provider_conformance.model import Cause, CouldNotRun
from lead_provider_conformance.testdata import States

# Each attempt claims an unused record, and those are few.
ATTEMPTS = 12
# Most discrepancies need at most the step that makes the last one possible, and one that spoils it.
STEPS_BEFORE = 2


@dataclass(frozen=True, slots=True)
class FailedJourney:
    """A journey whose last step has a discrepancy, with the ids of the exchanges that show it."""

    journey: Journey
    discrepancy: Discrepancy
    exchanges: tuple[str, ...]

    @property
    def cause(self) -> Cause | None:
        """The requirement that the last step breaks by itself."""
        return Cause(kind=self.discrepancy.cause) if self.discrepancy.cause else None

    @property
    def reason(self) -> str:
        """The reason of the failure, with the journey."""
        return f"{self.discrepancy.reason} ({self.journey})"


@dataclass(frozen=True, eq=False, repr=False)
class JourneyChecker:
    """Checks journeys with records from `states`."""

    apis: Apis
    states: States
    calendar: Calendar

    def failures(self, journey: Journey) -> Mapping[str, FailedJourney]:
        """Walk a journey. Return the failed requirements, each with the shortest journey found that fails it.

        Raise CouldNotRun if the target has no record for the journey.
        """
        return {requirement: self._shrink(failure) for requirement, failure in self._walk(journey).items()}

    def _walk(self, journey: Journey) -> Mapping[str, FailedJourney]:
        client = self.apis.provider.client
        sent_before = len(client.exchanges)
        record = self.states.claim(journey.state)
        application = record if isinstance(record, Application) else None
        participant = self.states.participant_of(application) if application else record
        discrepancies = walk(journey, self.apis, self.calendar, participant, application)
        exchanges = tuple(each.id for each in client.exchanges[sent_before:])
        self.states.release()  # for a shorter journey, if the target has few records
        failures: dict[str, FailedJourney] = {}
        for each in discrepancies:
            if each.requirement == UNSEEN and self.states.may_be_seen_by_second_provider(record):
                continue
            walked = replace(journey, steps=journey.steps[: each.step + 1])
            failures.setdefault(each.requirement, FailedJourney(walked, each, _up_to(each.exchange, exchanges)))
        return failures

    def _shrink(self, failure: FailedJourney) -> FailedJourney:

        def attempt(journey: Journey) -> FailedJourney | None:
            try:
                return self._walk(journey).get(failure.discrepancy.requirement)
            except CouldNotRun:  # no record is left
                return None

        return shrink(failure, lambda failed: shorter_journeys(failed.journey), attempt, attempts=ATTEMPTS)


def _up_to(shown: str | None, exchanges: tuple[str, ...]) -> tuple[str, ...]:
    """Return the exchanges of a journey up to the one that shows its failure; None for the last."""
    return exchanges[: exchanges.index(shown) + 1] if shown in exchanges else exchanges


def shorter_journeys(journey: Journey) -> Iterator[Journey]:
    """Yield known journeys with fewer steps and the same last step.

    First those with few steps before the last, each of which changes the model, and the same expected result. Then
    those that omit a part of the steps, larger parts first.
    """
    *before, last = journey.steps
    is_accepted = journey.models[-1].accepts(last)
    for count in range(min(STEPS_BEFORE + 1, len(before))):
        for some in combinations(before, count):
            shorter = _known(journey, (*some, last))
            if shorter and _every_step_changes(shorter) and shorter.models[-1].accepts(last) == is_accepted:
                yield shorter
    size = len(before) // 2
    while size:
        for start in range(0, len(before), size):
            if shorter := _known(journey, (*before[:start], *before[start + size :], last)):
                yield shorter
        size //= 2


def _known(journey: Journey, steps: tuple[Step, ...]) -> Journey | None:
    shorter = replace(journey, steps=steps)
    return shorter if shorter.is_known else None


def _every_step_changes(journey: Journey) -> bool:
    """Return whether every step but the last changes the model: refused steps rarely lead to a failure."""
    models = journey.models
    return all(model != after for model, after in pairwise(models))
