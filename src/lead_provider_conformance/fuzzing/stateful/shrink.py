"""Makes a journey that ends in a discrepancy as short as it gets, by making shorter ones until none fails so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.model import Model, Step
from lead_provider_conformance.fuzzing.stateful.walk import Discrepancy

# Each attempt takes a record that nothing has been done to yet, and those are few.
ATTEMPTS = 12
# Most discrepancies need no more than what makes the last step possible, and one step that spoils it.
STEPS_BEFORE = 2

Walked = Callable[[Journey], tuple[Discrepancy, ...] | None]


def shortest(journey: Journey, found: Discrepancy, walk: Walked) -> Journey:
    """The shortest journey that was seen to break the same requirement.

    `walk` makes a journey with a new record, and gives None if there is none left.
    """
    best = replace(journey, steps=journey.steps[: found.step + 1])
    tried = {best.steps}
    attempts = ATTEMPTS
    shrinking = True
    while shrinking:
        shrinking = False
        for shorter in _shorter(best):
            if shorter.steps in tried:
                continue
            if not attempts or (discrepancies := walk(shorter)) is None:
                return best
            attempts -= 1
            tried.add(shorter.steps)
            same = [each for each in discrepancies if each.requirement == found.requirement]
            if same:
                best = replace(shorter, steps=shorter.steps[: same[0].step + 1])
                shrinking = len(best.steps) > 1
                break
    return best


def _shorter(journey: Journey) -> Iterator[Journey]:
    """Shorter journeys of which the sources say what becomes of them: first those of a few steps that each change
    something, and after which the last is to become what it was to become; then those without one part or another, the
    larger parts first.
    """
    *before, last = journey.steps
    becomes = _state_before_last(journey).accepts(last)
    for count in range(min(STEPS_BEFORE + 1, len(before))):
        for kept in combinations(before, count):
            few = _sensible(journey, (*kept, last))
            if few and _each_changes(few) and _state_before_last(few).accepts(last) == becomes:
                yield few
    size = len(before) // 2
    while size:
        for start in range(0, len(before), size):
            if few := _sensible(journey, (*before[:start], *before[start + size :], last)):
                yield few
        size //= 2


def _sensible(journey: Journey, steps: tuple[Step, ...]) -> Journey | None:
    shorter = replace(journey, steps=steps)
    return shorter if shorter.sensible() else None


def _state_before_last(journey: Journey) -> Model:
    model = journey.beginning
    for step in journey.steps[:-1]:
        model = model.after(step)
    return model


def _each_changes(journey: Journey) -> bool:
    """Whether every step but the last changes something: what is refused hardly leads to anything."""
    model = journey.beginning
    for step in journey.steps[:-1]:
        if model.after(step) == model:
            return False
        model = model.after(step)
    return True
