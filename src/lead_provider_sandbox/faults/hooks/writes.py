"""Hooks for writes: refused and done all the same, done and not kept, done twice, done without a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.api.answers import Answer, AnswerError
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.domain.scheduling import Change
from lead_provider_sandbox.domain.training import Action, take_effect
from lead_provider_sandbox.parts import PARTS, RefusedError, Replacement

Performing = Callable[[Call], Answer]


def always(told: Any) -> Replacement:
    """The part gives one value, whatever it is asked."""
    return lambda *_: told


def act_though_refused(told: Any) -> Replacement:
    """A refused action has its effect, and the refusal is answered."""

    def replacement(original: Callable[..., None], call: Call, action: Action) -> None:
        try:
            original(call, action)
        except RefusedError:
            if action.event == told:
                take_effect(call, action)
                call.store.keep_so_far()
            raise

    return replacement


def write_though_refused(told: Any) -> Replacement:
    """What some rules refuse is written, and the refusal is answered."""

    def replacement(original: Performing, call: Call) -> Answer:
        try:
            return original(call)
        except (RefusedError, AnswerError):
            call.connection.exec_driver_sql("SAVEPOINT refused")
            try:
                original(_ignoring(call, told))
            except (RefusedError, AnswerError, RuntimeError):
                call.connection.exec_driver_sql("ROLLBACK TO refused")
            else:
                call.store.keep_so_far()
            raise

    return replacement


def not_kept(_told: Any) -> Replacement:
    """What was done is answered, and then forgotten."""

    def replacement(original: Performing, call: Call) -> Answer:
        call.connection.exec_driver_sql("SAVEPOINT before")
        answer = original(call)
        call.connection.exec_driver_sql("ROLLBACK TO before")
        return answer

    return replacement


def done_twice(told: Any) -> Replacement:
    """What is done once is done a second time, past the rules that would refuse it."""

    def replacement(original: Performing, call: Call) -> Answer:
        answer = original(call)
        original(_ignoring(call, told))
        return answer

    return replacement


def answered_as_before(told: Any) -> Replacement:
    """A write is answered with the record as it was before it."""

    def replacement(original: Performing, call: Call) -> Answer:
        before: Answer | None = None
        try:
            before = PARTS[told](call)
        except AnswerError:
            before = None
        answer = original(call)
        return before or answer

    return replacement


def half_changed(told: Any) -> Replacement:
    """A change of schedule leaves either the schedule or the cohort as it was."""

    def replacement(original: Callable[[Call, Change], None], call: Call, change: Change) -> None:
        before = change.action.training
        if before is not None and told == "cohort":
            change = replace(change, cohort=before.cohort)
        elif before is not None:
            change = replace(change, schedule=before.schedule_identifier)
        original(call, change)

    return replacement


def without_attribute(told: Any) -> Replacement:
    """An action takes effect as if an attribute had not been sent."""

    def replacement(original: Callable[[Call, Action], None], call: Call, action: Action) -> None:
        original(call, replace(action, attributes={**action.attributes, told: ""}))

    return replacement


def previous_moment(_told: Any) -> Replacement:
    """A change is recorded at the moment of the change before it."""
    return lambda _original, _call, previous: previous


def fails(_told: Any) -> Replacement:
    """The part breaks down."""

    def replacement(*_: Any) -> Any:
        raise RuntimeError("a fault of the catalogue")

    return replacement


def _ignoring(call: Call, parts: Any) -> Call:
    """The call without certain rules, and without the look for an earlier copy."""
    silent: dict[str, Replacement] = dict.fromkeys(parts, lambda *_: ())
    return replace(call, replacements={**call.replacements, **silent})
