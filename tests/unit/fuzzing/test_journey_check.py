"""Failed journeys are reported with the shortest journey that fails, and its exchanges."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.fuzzing.stateful import check
from lead_provider_conformance.fuzzing.stateful.check import JourneyChecker
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.observe import Apis
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step
from lead_provider_conformance.fuzzing.stateful.walk import LIFECYCLE, READ_BACK, UNSEEN, Discrepancy
from lead_provider_conformance.model import CouldNotRun

DECLARE, COPY = Step(Action.DECLARE, "started"), Step(Action.DECLARE_COPY, "started")
DEFER, RESUME = Step(Action.DEFER), Step(Action.RESUME)
LONG = Journey("ect.no-declarations", "ecf", (DEFER, RESUME, DECLARE, DEFER, COPY, RESUME, DEFER))


@pytest.fixture
def failures(monkeypatch):
    """Check LONG against a server that `find` describes: it returns the discrepancies of a journey."""

    def check_with(find, claim=lambda _: None, may_be_seen=False):
        client = SimpleNamespace(exchanges=[])

        def walk(journey, *_, **__):
            client.exchanges += [SimpleNamespace(id=f"{len(client.exchanges)}") for _ in journey.steps]
            return find(journey)

        monkeypatch.setattr(check, "walk", walk)
        states = SimpleNamespace(
            claim=claim, release=lambda: None, may_be_seen_by_second_provider=lambda _: may_be_seen
        )
        return JourneyChecker(Apis(SimpleNamespace(client=client)), states, None).failures(LONG)

    return check_with


def refuses_copies(journey):
    if COPY not in journey.steps:
        return ()
    return (Discrepancy(LIFECYCLE, journey.steps.index(COPY), "the copy was refused"),)


def test_failure_has_the_shortest_journey_and_its_exchanges(failures):
    found = failures(refuses_copies)

    assert found.keys() == {LIFECYCLE}
    assert found[LIFECYCLE].journey.steps == (DECLARE, COPY)
    assert (
        found[LIFECYCLE].reason == "the copy was refused (ect.no-declarations: declare started; declare-copy started)"
    )
    assert len(found[LIFECYCLE].exchanges) == 2


def test_exchanges_end_with_the_one_that_shows_the_failure(failures):
    def responds_wrongly(journey):
        return (Discrepancy(READ_BACK, len(journey.steps) - 1, "the response differs", exchange="0"),)

    records = iter([None])

    def claim(_):
        for record in records:
            return record
        raise CouldNotRun("no record is left", "")

    assert failures(responds_wrongly, claim)[READ_BACK].exchanges == ("0",)


def test_steps_after_the_failed_one_are_dropped_without_another_walk(failures):
    def fails_once(journey):
        return refuses_copies(journey) if journey == LONG else ()

    assert failures(fails_once)[LIFECYCLE].journey.steps == LONG.steps[:5]


def test_failure_of_another_requirement_is_not_the_same(failures):
    def fails_otherwise(journey):
        return refuses_copies(journey) if journey == LONG else (Discrepancy(READ_BACK, 0, "other"),)

    assert failures(fails_otherwise)[LIFECYCLE].journey.steps == LONG.steps[:5]


@pytest.mark.parametrize("may_be_seen", [True, False])
def test_participant_who_has_moved_may_be_seen_by_the_second_provider(failures, may_be_seen):
    def is_seen(journey):
        return (Discrepancy(UNSEEN, len(journey.steps) - 1, "another provider sees the participant"),)

    assert failures(is_seen, may_be_seen=may_be_seen).keys() == (set() if may_be_seen else {UNSEEN})


def test_journey_without_discrepancy_has_no_failures(failures):
    assert failures(lambda _: ()) == {}


def test_shrinking_stops_when_no_record_is_left(failures):
    records = iter([None])

    def claim(_):
        if next(records, "none left") == "none left":
            raise CouldNotRun("The target has no record left.", "Add some.")

    assert failures(refuses_copies, claim)[LIFECYCLE].journey.steps == LONG.steps[:5]
