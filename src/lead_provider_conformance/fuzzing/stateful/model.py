"""The stateful model: the requests that a server must accept or refuse after any sequence of requests.

The tables of transitions state the facts. This module follows the table of a service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lead_provider_conformance.fuzzing.stateful.state import State
from lead_provider_conformance.fuzzing.stateful.steps import (
    COMPLETED,
    ECT_SERVICE,
    NPQ_SERVICE,
    STARTED,
    Action,
    Expected,
    Step,
)
from lead_provider_conformance.fuzzing.stateful.successors import (
    TRANSITIONS_OF_ECT_SERVICE,
    TRANSITIONS_OF_NPQ_SERVICE,
)
from lead_provider_conformance.fuzzing.stateful.transitions import EVERY, TRANSITIONS, Transition


@dataclass(frozen=True, slots=True)
class Model(State):
    """The expected state of an applicant or a participant, with the transitions of their service."""

    def transition(self, step: Step) -> Transition:
        """Return the first row of the service's table that matches a step."""
        return _transition(self, step)

    def expected(self, step: Step) -> Expected:
        """Return the required result of a step."""
        return self.transition(step).expected

    def knows(self, step: Step) -> bool:
        """Return whether a source gives the required result of a step."""
        return self.expected(step) is not Expected.UNKNOWN

    def accepts(self, step: Step) -> bool:
        """Return whether a server must accept a step."""
        return self.expected(step) in (Expected.ACCEPTED, Expected.ACCEPTED_AS_DEPLOYED)

    def promises(self, step: Step) -> bool:
        """Return whether a published text gives the required result of a step."""
        return self.expected(step) in (Expected.ACCEPTED, Expected.REFUSED)

    def requirement(self, step: Step) -> str:
        """Return the id of the requirement about this request outside a journey; empty if there is none."""
        prefix = "npq-" if self.programme == "npq" else ""
        return self.transition(step).requirement.format(npq=prefix, when=step.when)

    def after(self, step: Step) -> Model:
        """Return the model after a step."""
        return _after(self, step)


SERVICES: Mapping[tuple[str, str], str] = {("2026-08", "ecf"): ECT_SERVICE, ("2026-08", "npq"): NPQ_SERVICE}
"""The services with transitions of their own, by their first edition and programme."""
TABLES: Mapping[str, Sequence[Transition]] = {
    "": TRANSITIONS,
    ECT_SERVICE: TRANSITIONS_OF_ECT_SERVICE,
    NPQ_SERVICE: TRANSITIONS_OF_NPQ_SERVICE,
}
"""The transitions of each service; of no name is the service before edition 2026-08."""


def service_of(programme: str, edition: str) -> str:
    """Return the service of a programme in an edition; empty for the service before edition 2026-08."""
    services = (each for (first, served), each in SERVICES.items() if served == programme and first <= edition)
    return next(services, "")


_UNKNOWN = Transition(EVERY, {}, Expected.UNKNOWN)


@cache
def _rows(service: str, action: Action) -> Sequence[Transition]:
    return [row for row in TABLES[service] if action in row.actions]


@cache
def _transition(model: Model, step: Step) -> Transition:
    facts = _facts(model, step)
    rows = _rows(model.service, step.action)
    return next((row for row in rows if _matches(facts, row.conditions)), _UNKNOWN)


@cache
def _after(model: Model, step: Step) -> Model:
    effect = _transition(model, step).effect
    return effect(model, step) if effect else model


def _matches(facts: Mapping[str, str], conditions: Mapping[str, str | tuple[str, ...]]) -> bool:
    for name, wanted in conditions.items():
        fact = facts[name]
        if fact != wanted and (isinstance(wanted, str) or fact not in wanted):
            return False
    return True


def _facts(model: Model, step: Step) -> Mapping[str, str]:
    """Return the facts that conditions name.

    `declaration` is the one that the step names. `schedule` compares the step's schedule to an earlier change.
    """
    return {
        "programme": model.programme,
        "application": model.application,
        "training": model.training,
        "outcome": model.outcome,
        "declarations": "live" if model.live else "voided" if model.voided else "none",
        "started": _declaration(model, STARTED),
        "completed": _declaration(model, COMPLETED),
        "declaration": _declaration(model, step.of),
        "schedule": "same" if model.schedule == step.of else "other" if model.schedule else "original",
        "of": step.of,
        "when": step.when,
        "evidence": "given" if step.evidence else "missing",
        "role": model.role,
        "cohort": "from 2025" if model.from_2025 else "to 2024",
        "trained": model.trained,
        "stopped": model.stopped,
    }


def _declaration(model: Model, declaration_type: str) -> str:
    return "live" if declaration_type in model.live else "voided" if declaration_type in model.voided else "none"
