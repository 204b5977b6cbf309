"""Hooks for writes: refused and done all the same, done and not kept, done twice, done without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from inspect import isgeneratorfunction
from typing import Any

from lead_provider_sandbox.domain.proposals import Proposal
from lead_provider_sandbox.domain.records import Declaration
from lead_provider_sandbox.domain.scheduling import Change
from lead_provider_sandbox.domain.training import Action, take_effect
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.responses import Answer, AnswerError, bad_request
from lead_provider_sandbox.parts import PARTS, RefusedError, Replacement
from lead_provider_sandbox.store import declarations

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


def cohort_unasked(_told: Any) -> Replacement:
    """A change of schedule that names no cohort moves the participant to the next one."""

    def replacement(original: Callable[[Call, Change], None], call: Call, change: Change) -> None:
        asked = "cohort" in change.action.attributes
        original(call, change if asked else replace(change, cohort=change.cohort + 1))

    return replacement


def unread(told: Any) -> Replacement:
    """An attribute of the body is not read."""

    def replacement(original: Performing, call: Call) -> Answer:
        if not call.body.strip():
            return original(call)
        document = json.loads(call.body)
        document["data"]["attributes"].pop(told, None)
        return original(replace(call, body=json.dumps(document).encode()))

    return replacement


def unread_as(told: Any) -> Replacement:
    """A body of one media type is not read."""

    def replacement(original: Performing, call: Call) -> Answer:
        return original(replace(call, body=b"") if call.content_type.startswith(told) else call)

    return replacement


def body_needed(_told: Any) -> Replacement:
    """A body that may be left out must be there."""

    def replacement(original: Performing, call: Call) -> Answer:
        if not call.body.strip():
            raise bad_request("There is no body")
        return original(call)

    return replacement


def copy_of(told: Any) -> Replacement:
    """A declaration in a state in which it does not count any more is answered as the one that is copied."""

    def replacement(
        original: Callable[[Call, Proposal], Declaration | None], call: Call, proposal: Proposal
    ) -> Declaration | None:
        found = original(call, proposal)
        if found is not None or proposal.training is None:
            return found
        made = declarations.of_training(call.connection, proposal.training.training_id)
        gone = [each for each in made if (each.state, each.declaration_type) == (told, proposal.declaration_type)]
        return gone[0] if gone else None

    return replacement


def any_copy(_told: Any) -> Replacement:
    """A declaration of the same event is taken for a copy, whatever its date."""
    return lambda original, call, proposal: original(call, proposal) or next(iter(proposal.live), None)


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
    silent: dict[str, Replacement] = {
        part: (lambda *_: ()) if isgeneratorfunction(PARTS[part].function) else (lambda *_: None) for part in parts
    }
    return replace(call, replacements={**call.replacements, **silent})
