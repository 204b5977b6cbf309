"""The facts of the stateful model in editions 2024-12 and 2025-04, as a table: TRANSITIONS."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from lead_provider_conformance.fuzzing.stateful.state import State
from lead_provider_conformance.fuzzing.stateful.steps import (
    COMPLETED,
    DECISIONS,
    FAILED,
    LATER_TYPES,
    OUTSIDE,
    PASSED,
    PENDING,
    Action,
    Expected,
    Step,
    When,
)

S = TypeVar("S", bound=State)


class Effect(Protocol):
    """A function that returns the state after a step."""

    def __call__(self, state: S, step: Step, /) -> S: ...


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: the `expected` result of `actions` when all `conditions` are true.

    A condition names a fact (see `_facts`) and its value, or several values. `effect` returns the state afterwards.
    `requirement` is about the same request outside a journey; `{npq}` is the prefix of NPQ's requirements.
    """

    actions: Set[Action]
    conditions: Mapping[str, str | tuple[str, ...]]
    expected: Expected
    effect: Effect | None = None
    requirement: str = ""


def declared(state: S, step: Step) -> S:
    """Add the declaration of a step."""
    outcome = PASSED if state.programme == "npq" and step.of == COMPLETED else state.outcome
    return replace(state, live=state.live | {step.of}, outcome=outcome)


def voided(state: S, step: Step) -> S:
    """Void the declaration of a step."""
    outcome = "voided" if state.programme == "npq" and step.of == COMPLETED else state.outcome
    return replace(state, live=state.live - {step.of}, voided=state.voided | {step.of}, outcome=outcome)


def becomes(**changes: str) -> Effect:
    """Return an effect that sets fields of the state; `{of}` stands for the step's."""

    def effect(state: S, step: Step) -> S:
        values: dict[str, Any] = {name: value.format(of=step.of) for name, value in changes.items()}
        return replace(state, **values)

    return effect


EVERY = frozenset(Action)
_AFTER_COMPLETION = frozenset({Action.DECLARE_COPY, Action.DECLARE_AGAIN, Action.VOID, Action.REPORT_OUTCOME})

# The first row that matches decides. Without a matching row, the sources do not say.
TRANSITIONS: tuple[Transition, ...] = (
    # An application is decided once: NAPP-ACCEPT-OK, NAPP-REJECT-OK.
    Transition(DECISIONS, {"application": ""}, Expected.UNKNOWN),
    Transition({Action.ACCEPT}, {"application": PENDING}, Expected.ACCEPTED, becomes(application="accepted")),
    Transition({Action.REJECT}, {"application": PENDING}, Expected.ACCEPTED, becomes(application="rejected")),
    Transition(DECISIONS, {}, Expected.REFUSED),
    # Applicants are not participants, and the sources say little about a course that is completed.
    Transition(EVERY, {"application": (PENDING, "rejected")}, Expected.UNKNOWN),
    Transition(EVERY - _AFTER_COMPLETION, {"completed": "live"}, Expected.UNKNOWN),
    # Declarations inside their window are accepted; the published texts promise it to participants in training, and in
    # ECF to withdrawn ones (guidance on withdrawing). A changed schedule has other windows.
    # Evidence: DECL-EVIDENCE-REQUIRED, DECL-EVIDENCE-NPQ-NOT-NEEDED.
    Transition({Action.DECLARE}, {"declaration": "live"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"when": OUTSIDE, "schedule": "other"}, Expected.UNKNOWN),
    Transition(
        {Action.DECLARE},
        {"when": When.FUTURE},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="{npq}declarations/future-date",
    ),
    Transition(
        {Action.DECLARE},
        {"when": OUTSIDE, "programme": "ecf"},
        Expected.REFUSED,
        requirement="declarations/{when}-window",
    ),
    Transition({Action.DECLARE}, {"when": OUTSIDE, "programme": "npq"}, Expected.REFUSED_AS_DEPLOYED),
    Transition(
        {Action.DECLARE},
        {"programme": "ecf", "of": LATER_TYPES, "evidence": "missing"},
        Expected.REFUSED,
        requirement="declarations/evidence-required",
    ),
    Transition({Action.DECLARE}, {"training": "active"}, Expected.ACCEPTED, declared),
    Transition({Action.DECLARE}, {"training": "withdrawn", "programme": "ecf"}, Expected.ACCEPTED, declared),
    Transition({Action.DECLARE}, {}, Expected.ACCEPTED_AS_DEPLOYED, declared),
    # A copy changes nothing. After a failed outcome the declaration no longer shows the `has_passed` of the request.
    Transition({Action.DECLARE_COPY}, {"of": COMPLETED, "outcome": FAILED}, Expected.UNKNOWN),
    Transition(
        {Action.DECLARE_COPY}, {"declaration": "live"}, Expected.ACCEPTED, requirement="{npq}declarations/idempotent"
    ),
    Transition(
        {Action.DECLARE_AGAIN},
        {"declaration": "live"},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="{npq}declarations/once-per-milestone",
    ),
    Transition({Action.VOID}, {"declaration": "live"}, Expected.ACCEPTED, voided),
    Transition({Action.VOID_AGAIN}, {"declaration": "voided"}, Expected.REFUSED_AS_DEPLOYED),
    # Training: DEFER-OK-ECF, DEFER-ALREADY-DEFERRED, DEFER-WITHDRAWN, RESUME-OK, RESUME-WITHDRAWN,
    # RESUME-ALREADY-ACTIVE, WITHDRAW-OK-ECF, WITHDRAW-DEFERRED, WITHDRAW-ALREADY.
    # An NPQ participant without declarations cannot be deferred: DEFER-NPQ-NO-DECLARATIONS. A participant without a
    # started declaration cannot be withdrawn: published guidance, WITHDRAW-NPQ-NO-STARTED. Whether voided declarations
    # count, the sources do not say.
    Transition({Action.DEFER}, {"programme": "npq", "declarations": "voided"}, Expected.UNKNOWN),
    Transition(
        {Action.DEFER},
        {"programme": "npq", "declarations": "none"},
        Expected.REFUSED,
        requirement="npq-deferral/needs-declaration",
    ),
    Transition({Action.DEFER}, {"training": "active"}, Expected.ACCEPTED, becomes(training="deferred")),
    Transition({Action.DEFER}, {}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.RESUME}, {"training": "deferred"}, Expected.ACCEPTED, becomes(training="active")),
    Transition({Action.RESUME}, {"training": "withdrawn"}, Expected.ACCEPTED_AS_DEPLOYED, becomes(training="active")),
    Transition({Action.RESUME}, {}, Expected.REFUSED_AS_DEPLOYED, requirement="{npq}resumption/of-active"),
    Transition({Action.WITHDRAW}, {"started": "voided"}, Expected.UNKNOWN),
    Transition(
        {Action.WITHDRAW},
        {"started": "none"},
        Expected.REFUSED,
        requirement="{npq}withdrawal/needs-started-declaration",
    ),
    Transition({Action.WITHDRAW}, {"training": "active"}, Expected.ACCEPTED, becomes(training="withdrawn")),
    Transition(
        {Action.WITHDRAW}, {"training": "deferred"}, Expected.ACCEPTED_AS_DEPLOYED, becomes(training="withdrawn")
    ),
    Transition({Action.WITHDRAW}, {}, Expected.REFUSED_AS_DEPLOYED, requirement="{npq}withdrawal/once"),
    # A schedule changes to another one, without live declarations.
    Transition({Action.CHANGE_SCHEDULE}, {"declarations": "live"}, Expected.UNKNOWN),
    Transition({Action.CHANGE_SCHEDULE}, {"training": "deferred"}, Expected.UNKNOWN),
    Transition({Action.CHANGE_SCHEDULE}, {"training": "withdrawn"}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.CHANGE_SCHEDULE}, {"schedule": "same"}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.CHANGE_SCHEDULE}, {}, Expected.ACCEPTED, becomes(schedule="{of}")),
    # An outcome needs a completed declaration: OUTC-POST-OK, OUTC-POST-NO-COMPLETED.
    Transition({Action.REPORT_OUTCOME}, {"training": ("deferred", "withdrawn")}, Expected.UNKNOWN),
    Transition({Action.REPORT_OUTCOME}, {"completed": "live"}, Expected.ACCEPTED, becomes(outcome="{of}")),
    Transition(
        {Action.REPORT_OUTCOME},
        {},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="npq-outcomes/needs-completed-declaration",
    ),
)
