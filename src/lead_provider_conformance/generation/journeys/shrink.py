"""Makes a journey that ends in a discrepancy as short as it gets, by making shorter ones until none fails so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lead_provider_conformance.generation.journeys.journey import Journey
from lead_provider_conformance.generation.journeys.walk import Discrepancy

# Each attempt takes a record that nothing has been done to yet, and those are few.
ATTEMPTS = 8

Walked = Callable[[Journey], tuple[Discrepancy, ...] | None]


def shortest(journey: Journey, found: Discrepancy, walk: Walked) -> Journey:
    """The shortest journey that was seen to break the same requirement.

    `walk` makes a journey with a new record, and gives None if there is none left.
    """
    best = replace(journey, steps=journey.steps[: found.step + 1])
    attempts = ATTEMPTS
    shrinking = True
    while shrinking:
        shrinking = False
        for shorter in _shorter(best):
            if not attempts:
                return best
            attempts -= 1
            discrepancies = walk(shorter)
            if discrepancies is None:
                return best
            same = [each for each in discrepancies if each.requirement == found.requirement]
            if same:
                best = replace(shorter, steps=shorter.steps[: same[0].step + 1])
                shrinking = True
                break
    return best


def _shorter(journey: Journey) -> Iterator[Journey]:
    """Shorter journeys of which the sources say what becomes of them: first the boldest cuts, then step by step."""
    count = len(journey.steps)
    kept = 1
    while kept < count:
        yield from _sensible(journey, count - kept, count)
        kept *= 2
    for position in range(count - 1):
        steps = journey.steps[:position] + journey.steps[position + 1 :]
        if (shorter := replace(journey, steps=steps)).sensible():
            yield shorter


def _sensible(journey: Journey, start: int, end: int) -> Iterator[Journey]:
    shorter = replace(journey, steps=journey.steps[start:end])
    if shorter.sensible():
        yield shorter
