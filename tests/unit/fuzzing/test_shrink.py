"""Failing journeys, made as short as they get."""

from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.model import Action, Step
from lead_provider_conformance.fuzzing.stateful.shrink import ATTEMPTS, shortest
from lead_provider_conformance.fuzzing.stateful.walk import LIFECYCLE, READ_BACK, Discrepancy

DECLARE, COPY = Step(Action.DECLARE, "started"), Step(Action.DECLARE_COPY, "started")
DEFER, RESUME = Step(Action.DEFER), Step(Action.RESUME)
LONG = Journey("ect.no-declarations", "ecf", (DEFER, RESUME, DECLARE, DEFER, COPY, RESUME, DEFER))
FOUND = Discrepancy(LIFECYCLE, 4, "the copy was refused")


def refuses_copies(journey):
    """A server that refuses copies."""
    position = journey.steps.index(COPY) if COPY in journey.steps else None
    return () if position is None else (Discrepancy(LIFECYCLE, position, "the copy was refused"),)


def test_only_what_is_needed_is_left():
    assert shortest(LONG, FOUND, refuses_copies).steps == (DECLARE, COPY)


def test_what_comes_after_the_failing_step_is_left_out_without_asking():
    assert shortest(LONG, FOUND, lambda _: ()).steps == LONG.steps[:5]


def test_it_stops_when_no_record_is_left():
    assert shortest(LONG, FOUND, lambda _: None).steps == LONG.steps[:5]


def test_another_failure_is_not_the_same():
    assert shortest(LONG, FOUND, lambda _: (Discrepancy(READ_BACK, 0, "other"),)).steps == LONG.steps[:5]


def test_it_asks_for_few_records():
    asked = []
    shortest(LONG, FOUND, lambda journey: asked.append(journey) or ())
    assert len(asked) <= ATTEMPTS
    assert all(journey.sensible() for journey in asked)
