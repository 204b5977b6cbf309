"""Failures are shrunk to the smallest input that fails in the same way."""

from lead_provider_conformance.fuzzing.shrink import shrink
from lead_provider_conformance.fuzzing.stateful.check import ATTEMPTS, shorter_journeys
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step

DECLARE, COPY = Step(Action.DECLARE, "started"), Step(Action.DECLARE_COPY, "started")
DEFER, RESUME = Step(Action.DEFER), Step(Action.RESUME)
LONG = Journey("ect.no-declarations", "ecf", (DEFER, RESUME, DECLARE, DEFER, COPY))


def shrunk(check, attempts=ATTEMPTS):
    return shrink(LONG, shorter_journeys, check, attempts=attempts)


def test_journey_shrinks_to_the_steps_that_are_needed():
    assert shrunk(lambda journey: journey if COPY in journey.steps else None).steps == (DECLARE, COPY)


def test_journey_stays_when_no_shorter_one_fails():
    assert shrunk(lambda _: None) == LONG


def test_shrinking_stops_after_the_last_attempt():
    checked = []

    shrunk(lambda journey: checked.append(journey), attempts=3)

    assert len(checked) == 3


def test_no_journey_is_checked_twice():
    checked = []

    shrunk(lambda journey: checked.append(journey))

    assert len(checked) == len(set(checked)) <= ATTEMPTS


def test_shorter_journeys_are_known_and_end_with_the_same_step():
    shorter = list(shorter_journeys(LONG))

    assert shorter
    assert all(each.is_known and each.steps[-1] == COPY and len(each.steps) < len(LONG.steps) for each in shorter)


def test_smaller_failure_is_shrunk_in_turn():
    assert shrink(9, range, lambda number: number if number > 3 else None, attempts=20) == 4
