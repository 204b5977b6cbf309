"""Which journeys there are to make: walks through the model, the most covering first. They are chosen once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from typing import Any

from lead_provider_conformance.fuzzing.stateful.model import (
    COMPLETED,
    FAILED,
    OF_PARTICIPANT,
    PASSED,
    PENDING,
    Action,
    Kind,
    Model,
    Step,
    When,
)

AT_MOST = 10
"""How many a scope gets, however much its budget holds."""
STEPS = 14
CANDIDATES = 150
WEIGHT = 10
WEIGHT_OF_A_STATUS = 3
# In which states the participants of journeys are, by programme, and which dates can be wrong there: a future date is
# refused for being one only where no window's end refuses it first, and no date is before or after the window where,
# as the guidance on changing schedules says, milestones are not validated.
STATES: dict[str, tuple[tuple[str, tuple[When, ...]], ...]] = {
    "ecf": (
        ("ect.no-declarations", (When.INSIDE, When.BEFORE, When.AFTER)),
        ("ect.no-windows", (When.INSIDE, When.FUTURE)),
        ("mentor.no-declarations", (When.INSIDE, When.BEFORE, When.AFTER)),
    ),
    "npq": (
        ("npq.no-declarations", (When.INSIDE, When.BEFORE, When.FUTURE)),
        ("application.uncapped", (When.INSIDE, When.FUTURE)),
    ),
}
TYPES = {"ecf": ("started", "retained-1", "retained-2"), "npq": ("started", "retained-1", COMPLETED)}
# Where participants are on a schedule that has windows, and to which one without any they can change.
SCHEDULES = {"ect.no-declarations": ("ecf-extended-september",)}
OUTCOMES = {"ecf": (), "npq": (PASSED, FAILED)}


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps about one participant, who is in `state` before the first."""

    state: str
    programme: str
    steps: tuple[Step, ...]

    @property
    def beginning(self) -> Model:
        """What is true before the first step."""
        return Model(self.programme, application=PENDING if self.state.startswith("application.") else "")

    def __str__(self) -> str:
        return f"{self.state}: {'; '.join(map(str, self.steps))}"

    def to_list(self) -> list[object]:
        """The journey as it is kept."""
        return [self.state, [[step.action, step.of, step.when, step.evidence] for step in self.steps]]

    @classmethod
    def from_list(cls, programme: str, members: Sequence[Any]) -> Journey:
        """The journey that was kept."""
        state, steps = members
        made = (Step(Action(action), of, When(when), evidence) for action, of, when, evidence in steps)
        return cls(state, programme, tuple(made))

    @cache  # noqa: B019 - there are few journeys, and they live as long as the process
    def labels(self) -> frozenset[object]:
        """What it covers: each kind of step with what becomes of it, in each place of the model; and each two actions
        one after the other. That a kind of step is there at all weighs more than where it is, and so does which is the
        first that changes the participant: only before it, the last change is long enough ago to tell the two apart.
        In which training status it is taken weighs less than that, and more than the rest of the place.
        """
        model, found, last = self.beginning, set[object](), None
        changed: list[Action] = []
        for step in self.steps:
            becomes = (step.kind, model.accepts(step))
            found |= {(model.place, becomes), (last, step.action)}
            found |= {
                (model.training, step.action, model.accepts(step), weight) for weight in range(WEIGHT_OF_A_STATUS)
            }
            found |= {(becomes, weight) for weight in range(WEIGHT)}
            if step.action in OF_PARTICIPANT and model.accepts(step):
                changed.append(step.action)
                found |= {("first", changed[0], weight) for weight in range(WEIGHT)}
            model, last = model.after(step), step.action
        return frozenset(found)

    def sensible(self) -> bool:
        """Whether the sources say what becomes of every step."""
        model = self.beginning
        for step in self.steps:
            if not model.knows(step):
                return False
            model = model.after(step)
        return True


def journeys(programme: str, count: int, seed: int) -> tuple[Journey, ...]:
    """The first `count`, up to `AT_MOST`, of the journeys that a seed gives: each state in its turn, and always the one
    that adds most to what those before it cover.
    """
    return _chosen(programme, seed)[:count]


@cache
def _chosen(programme: str, seed: int) -> tuple[Journey, ...]:
    return tuple(islice(_choice(programme, seed), AT_MOST))


def _choice(programme: str, seed: int) -> Iterator[Journey]:
    candidates = {state: list(journeys) for state, journeys in _candidates(programme, seed).items()}
    covered: set[object] = set()
    for state in cycle(candidates):
        best = max(candidates[state], key=lambda journey: len(journey.labels() - covered))
        candidates[state].remove(best)
        covered |= best.labels()
        yield best


@cache
def _candidates(programme: str, seed: int) -> dict[str, tuple[Journey, ...]]:
    """Journeys to choose from, by the state that they begin in."""
    found = {}
    for state, dates in STATES[programme]:
        ways = _Ways(tuple(_every_step(state, dates, programme)))
        found[state] = tuple(
            _wander(state, programme, ways, f"{seed} {state} {number}") for number in range(CANDIDATES)
        )
    return found


class _Ways(dict[Model, Mapping[Kind, Sequence[Step]]]):
    """The steps that the sources say something of, by kind, wherever a participant may be in their life."""

    def __init__(self, every_step: Sequence[Step]) -> None:
        super().__init__()
        self._every_step = every_step

    def __missing__(self, model: Model) -> Mapping[Kind, Sequence[Step]]:
        kinds: dict[Kind, list[Step]] = defaultdict(list)
        for step in self._every_step:
            if model.knows(step):
                kinds[step.kind].append(step)
        self[model] = {kind: kinds[kind] for kind in sorted(kinds)}
        return self[model]


def _wander(state: str, programme: str, ways: _Ways, seed: str) -> Journey:
    choices = random.Random(seed)  # noqa: S311 - nothing here is secret
    model, steps = Journey(state, programme, ()).beginning, []
    for _ in range(STEPS):
        kinds = ways[model]
        step = choices.choice(kinds[choices.choice(list(kinds))])
        steps.append(step)
        model = model.after(step)
    return Journey(state, programme, tuple(steps))


def _every_step(state: str, dates: tuple[When, ...], programme: str) -> Iterator[Step]:
    for action in Action:
        match action:
            case Action.CHANGE_SCHEDULE:
                yield from (Step(action, schedule) for schedule in SCHEDULES.get(state, ()))
            case Action.REPORT_OUTCOME:
                yield from (Step(action, outcome) for outcome in OUTCOMES[programme])
            case Action.ACCEPT | Action.REJECT | Action.DEFER | Action.RESUME | Action.WITHDRAW:
                yield Step(action)
            case _:
                yield from (Step(action, of) for of in TYPES[programme])
    for of in TYPES[programme]:
        yield from (Step(Action.DECLARE, of, when) for when in dates if when is not When.INSIDE)
        yield Step(Action.DECLARE, of, evidence=False)
