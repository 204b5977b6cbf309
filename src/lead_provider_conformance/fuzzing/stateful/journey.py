"""Journeys: sequences of steps about one participant, chosen so that few of them cover the model."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from lead_provider_conformance.fuzzing.stateful.model import Model, service_of
from lead_provider_conformance.fuzzing.stateful.steps import (
    COMPLETED,
    DECISIONS,
    FAILED,
    NPQ_SERVICE,
    OF_PARTICIPANT,
    OPERATIONS,
    PASSED,
    PENDING,
    STARTED,
    Action,
    Kind,
    Step,
    When,
)

MAX_JOURNEYS = 10
"""The most journeys of a scope, whatever its budget."""
STEPS = 14
CANDIDATES = 150
# The weights of covered items: see `Journey.coverage`.
WEIGHT_OF_KIND = 10
WEIGHT_OF_TRAINING_STATUS = 3
# The states in which journeys begin, by programme, with the dates that can be tried there. A date in the future is
# refused for being one only where no window ends before it. On schedules without validated milestones (guidance on
# changing schedules), no date is before or after the window.
STATES: dict[str, dict[str, tuple[When, ...]]] = {
    "ecf": {
        "ect.no-declarations": (When.INSIDE, When.BEFORE, When.AFTER),
        "ect.no-windows": (When.INSIDE, When.FUTURE),
        "mentor.no-declarations": (When.INSIDE, When.BEFORE, When.AFTER),
    },
    "npq": {
        "npq.no-declarations": (When.INSIDE, When.BEFORE, When.FUTURE),
        "application.uncapped": (When.INSIDE, When.FUTURE),
    },
}
TYPES = {"ecf": (STARTED, "retained-1", "retained-2"), "npq": (STARTED, "retained-1", COMPLETED)}
# The same in the NPQ service: places of its open cohorts are capped.
STATES_OF_NPQ_SERVICE: dict[str, tuple[When, ...]] = {
    "npq.no-declarations": (When.INSIDE, When.BEFORE, When.FUTURE),
    "application.funded": (When.INSIDE, When.FUTURE),
}
# The schedules without windows to which participants on a schedule with windows can change.
SCHEDULES = {"ect.no-declarations": ("ecf-extended-september",)}
OUTCOMES = {"ecf": (), "npq": (PASSED, FAILED)}


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps about one participant, who is in `state` before the first, by the rules of a service."""

    state: str
    programme: str
    steps: tuple[Step, ...]
    service: str = ""

    @property
    def beginning(self) -> Model:
        """The model before the first step."""
        kind = self.state.partition(".")[0]
        application, role = (PENDING, "") if kind == "application" else ("", kind)
        return Model(self.programme, application=application, role=role, service=self.service)

    @property
    def models(self) -> tuple[Model, ...]:
        """The model before each step."""
        models = [self.beginning]
        for step in self.steps[:-1]:
            models.append(models[-1].after(step))
        return tuple(models)

    @property
    def is_known(self) -> bool:
        """Whether the sources give the required result of every step."""
        return all(model.knows(step) for model, step in zip(self.models, self.steps, strict=True))

    @property
    def operations(self) -> tuple[str, ...]:
        """The operationIds of the steps, and of the record that is read after each."""
        named = (OPERATIONS[each.action] for each in self.steps if each.action in OPERATIONS)
        called = dict.fromkeys(each.format(programme=self.programme) for each in named)
        return (f"show_{self.programme}_participant", *called)

    def without(self, requirements: Collection[str]) -> Journey:
        """Return the journey without the steps that single requests of these requirements repeat."""
        model, steps = self.beginning, []
        for step in self.steps:
            if model.requirement(step) not in requirements:
                steps.append(step)
                model = model.after(step)
        return replace(self, steps=tuple(steps))

    def __str__(self) -> str:
        return f"{self.state}: {'; '.join(map(str, self.steps))}"

    def coverage(self) -> Mapping[object, int]:
        """Return the weight of each item that the journey covers.

        Items are each kind of step with its result, also by the place in the model and by training status, and pairs of
        successive actions. The kind weighs most, as does the first change of the participant: only the first one is
        long enough after the previous change for `updated_at` to differ.
        """
        weights: dict[object, int] = {}
        last, first_change = None, None
        for model, step in zip(self.models, self.steps, strict=True):
            accepted = model.accepts(step)
            result = (step.kind, accepted)
            weights |= {(_place(model), result): 1, (last, step.action): 1, result: WEIGHT_OF_KIND}
            weights[model.training, step.action, accepted] = WEIGHT_OF_TRAINING_STATUS
            if step.action in OF_PARTICIPANT and accepted:
                first_change = first_change or step.action
                weights["first", first_change] = WEIGHT_OF_KIND
            last = step.action
        return weights


def _place(model: Model) -> tuple[object, ...]:
    """Return the part of a model that rules depend on."""
    declared = (STARTED in model.live, bool(model.live - {STARTED}), COMPLETED in model.live)
    return model.training, *declared, model.schedule, model.outcome, model.application


def journeys(programme: str, count: int, seed: int, edition: str = "") -> tuple[Journey, ...]:
    """Return the first `count` journeys of a seed, at most MAX_JOURNEYS, in an edition, by default the first.

    States take turns. Each journey adds the most to the coverage of those before it.
    """
    return _chosen(programme, min(count, MAX_JOURNEYS), seed, service_of(programme, edition))


def states_of(programme: str, service: str) -> Mapping[str, tuple[When, ...]]:
    """Return the states in which journeys begin, with the dates that can be tried there."""
    return STATES_OF_NPQ_SERVICE if service == NPQ_SERVICE else STATES[programme]


@cache
def _chosen(programme: str, count: int, seed: int, service: str) -> tuple[Journey, ...]:
    """Return the first journeys of a seed. Their tests share them, as choosing takes long."""
    if count < 1:
        return ()
    chosen = _chosen(programme, count - 1, seed, service)
    covered = set[object]().union(*(each.coverage() for each in chosen))
    states = [*states_of(programme, service)]
    added = {
        journey: sum(weight for item, weight in weights.items() if item not in covered)
        for journey, weights in _candidates(programme, states[(count - 1) % len(states)], seed, service).items()
        if journey not in chosen
    }
    return (*chosen, max(added, key=lambda journey: added[journey]))


@cache
def _candidates(programme: str, state: str, seed: int, service: str) -> Mapping[Journey, Mapping[object, int]]:
    """Return the journeys from a state that can be chosen, with their coverage."""
    beginning = Journey(state, programme, (), service)
    journeys = (_random_journey(beginning, f"{seed} {state} {each}") for each in range(CANDIDATES))
    return {journey: journey.coverage() for journey in journeys}


def _random_journey(beginning: Journey, seed: str) -> Journey:
    choices = random.Random(seed)  # noqa: S311 - not a secret
    model, steps = beginning.beginning, []
    for _ in range(STEPS):
        kinds = _known_steps(beginning.state, model)
        step = choices.choice(kinds[choices.choice(list(kinds))])
        steps.append(step)
        model = model.after(step)
    return replace(beginning, steps=tuple(steps))


@cache
def _known_steps(state: str, model: Model) -> Mapping[Kind, Sequence[Step]]:
    """Return the known steps of a model in journeys from a state, by kind."""
    kinds: dict[Kind, list[Step]] = defaultdict(list)
    for step in _steps(state, model.programme, model.service):
        if model.knows(step):
            kinds[step.kind].append(step)
    return {kind: kinds[kind] for kind in sorted(kinds)}


@cache
def _steps(state: str, programme: str, service: str) -> tuple[Step, ...]:
    """Return every step that can be tried in journeys from a state."""
    return tuple(_possible_steps(state, programme, service))


def _possible_steps(state: str, programme: str, service: str) -> Iterator[Step]:
    for action in Action:
        match action:
            case Action.CHANGE_SCHEDULE:
                yield from (Step(action, schedule) for schedule in SCHEDULES.get(state, ()))
            case Action.REPORT_OUTCOME:
                yield from (Step(action, outcome) for outcome in OUTCOMES[programme])
            case _ if action in OF_PARTICIPANT | DECISIONS | {Action.NEXT_DAY}:
                yield Step(action)
            case _:
                yield from (Step(action, of) for of in TYPES[programme])
    dates = states_of(programme, service)[state]
    for of in TYPES[programme]:
        yield from (Step(Action.DECLARE, of, when) for when in dates if when is not When.INSIDE)
        yield Step(Action.DECLARE, of, evidence=False)
