"""Journeys: known to the sources, deterministic, and few of them cover the model."""

import pytest

from lead_provider_conformance.fuzzing.stateful.journey import (
    STATES,
    STEPS,
    Journey,
    _candidates,
    _chosen,
    journeys,
)
from lead_provider_conformance.fuzzing.stateful.steps import OF_PARTICIPANT, REASONS, SHOWN_REASONS, Action, Step, When


@pytest.mark.parametrize("programme", ["ecf", "npq"])
@pytest.mark.parametrize("seed", [1, 20_241_203])
def test_sources_speak_of_every_step(programme, seed):
    for journey in journeys(programme, 10, seed):
        assert journey.is_known
        assert len(journey.steps) == STEPS


def test_the_same_seed_gives_the_same_journeys():
    once = journeys("ecf", 4, 1)
    _chosen.cache_clear()
    _candidates.cache_clear()
    assert once == journeys("ecf", 4, 1) != journeys("ecf", 4, 2)


def test_fewer_journeys_are_a_prefix_of_more():
    assert journeys("ecf", 6, 1)[:3] == journeys("ecf", 3, 1)


def test_states_take_turns():
    assert [each.state for each in journeys("ecf", 3, 1)] == list(STATES["ecf"])


@pytest.mark.parametrize("seed", [1, 2, 20_241_203])
def test_three_journeys_try_every_action_and_every_wrong_date(seed):
    kinds = {step.kind for journey in journeys("ecf", 3, seed) for step in journey.steps}
    others = {Action.ACCEPT, Action.REJECT, Action.REPORT_OUTCOME, Action.NEXT_DAY}
    assert {action for action, _, _ in kinds} == set(Action) - others
    assert {when for _, when, _ in kinds} == set(When)
    assert (Action.DECLARE, When.INSIDE, False) in kinds


@pytest.mark.parametrize("seed", [1, 2, 20_241_203])
def test_three_journeys_declare_while_in_training_deferred_and_withdrawn(seed):
    accepted = {
        model.training
        for journey in journeys("ecf", 3, seed)
        for model, step in zip(journey.models, journey.steps, strict=True)
        if step.action is Action.DECLARE and model.accepts(step)
    }

    assert accepted == {"active", "deferred", "withdrawn"}


@pytest.mark.parametrize("seed", [1, 2, 20_241_203])
def test_every_change_of_a_participant_comes_first_in_one_of_three_journeys(seed):
    def first(journey):
        changes = (
            step.action
            for model, step in zip(journey.models, journey.steps, strict=True)
            if step.action in OF_PARTICIPANT and model.accepts(step)
        )
        return next(changes, None)

    assert {first(each) for each in journeys("ecf", 3, seed)} == OF_PARTICIPANT - {Action.RESUME}


def test_applicants_are_accepted_and_rejected_and_outcomes_reported():
    taken = {(step.action, step.of) for journey in journeys("npq", 6, 1) for step in journey.steps}
    assert {(Action.ACCEPT, ""), (Action.REJECT, ""), (Action.DECLARE, "completed")} <= taken
    assert Action.REPORT_OUTCOME in {action for action, _ in taken}


def test_no_date_is_outside_a_window_where_milestones_are_not_validated():
    for journey in journeys("ecf", 10, 1):
        if journey.state == "ect.no-windows":
            assert {step.when for step in journey.steps} <= {When.INSIDE, When.FUTURE}


def test_journey_with_a_step_without_a_source_is_not_known():
    assert not Journey("ect.no-declarations", "ecf", (Step(Action.VOID, "started"),)).is_known
    assert Journey("ect.no-declarations", "ecf", (Step(Action.WITHDRAW),)).is_known


def test_reasons_in_requests_are_the_reasons_that_are_shown():
    given = {reason for members in SHOWN_REASONS.values() for _, reason in members.values()}
    assert given == set(REASONS.values())


def test_journey_without_waived_requirements_keeps_all_other_steps():
    withdraw, start, copy = Step(Action.WITHDRAW), Step(Action.DECLARE, "started"), Step(Action.DECLARE_COPY, "started")
    journey = Journey("ect.no-declarations", "ecf", (withdraw, start, copy, withdraw))

    waived = {"withdrawal/needs-started-declaration", "declarations/idempotent"}
    assert journey.without(waived).steps == (start, withdraw)
    assert journey.without({"npq-declarations/idempotent"}) == journey


def test_journeys_of_the_ect_service_are_known_in_it():
    for journey in journeys("ecf", 10, 1, "2026-08"):
        assert journey.service == "ect"
        assert journey.is_known


def test_journeys_of_earlier_editions_are_the_same():
    assert journeys("ecf", 10, 1, "2025-04") == journeys("ecf", 10, 1)


def test_journeys_of_the_npq_service_begin_with_funded_applications():
    assert {each.state for each in journeys("npq", 4, 1, "2026-08")} == {"npq.no-declarations", "application.funded"}
    assert {each.state for each in journeys("npq", 4, 1)} == {"npq.no-declarations", "application.uncapped"}
