"""Hooks for writes: refused and done all the same, done and not kept, done twice, done without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from inspect import isgeneratorfunction
from typing import Any

from lead_provider_sandbox.domain.declaration_request import DeclarationRequest
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.domain.schedule_changes import ScheduleChange
from lead_provider_sandbox.domain.training_actions import TrainingAction, apply_action
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, bad_request
from lead_provider_sandbox.parts import PARTS, Replacement

Performing = Callable[[ApiRequest], Response]


def always(told: Any) -> Replacement:
    """The part gives one value, whatever it is asked."""
    return lambda *_: told


def act_though_refused(told: Any) -> Replacement:
    """A refused action has its effect, and the refusal is answered."""

    def replacement(original: Callable[..., None], request: ApiRequest, action: TrainingAction) -> None:
        try:
            original(request, action)
        except RefusedError:
            if action.event == told:
                apply_action(request, action)
                request.store.commit_early()
            raise

    return replacement


def write_though_refused(told: Any) -> Replacement:
    """What some rules refuse is written, and the refusal is answered."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        try:
            return original(request)
        except (RefusedError, ResponseError):
            request.store.connection.exec_driver_sql("SAVEPOINT refused")
            try:
                original(_ignoring(request, told))
            except (RefusedError, ResponseError, RuntimeError):
                request.store.connection.exec_driver_sql("ROLLBACK TO refused")
            else:
                request.store.commit_early()
            raise

    return replacement


def not_kept(_told: Any) -> Replacement:
    """What was done is answered, and then forgotten."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        request.store.connection.exec_driver_sql("SAVEPOINT before")
        response = original(request)
        request.store.connection.exec_driver_sql("ROLLBACK TO before")
        return response

    return replacement


def done_twice(told: Any) -> Replacement:
    """What is done once is done a second time, past the rules that would refuse it."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        response = original(request)
        original(_ignoring(request, told))
        return response

    return replacement


def answered_as_before(told: Any) -> Replacement:
    """A write is answered with the record as it was before it."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        before: Response | None = None
        try:
            before = PARTS[told](request)
        except ResponseError:
            before = None
        response = original(request)
        return before or response

    return replacement


def half_changed(told: Any) -> Replacement:
    """A change of schedule leaves either the schedule or the cohort as it was."""

    def replacement(
        original: Callable[[ApiRequest, ScheduleChange], None], request: ApiRequest, change: ScheduleChange
    ) -> None:
        before = change.action.training
        if before is not None and told == "cohort":
            change = replace(change, cohort=before.cohort)
        elif before is not None:
            change = replace(change, schedule=before.schedule_identifier)
        original(request, change)

    return replacement


def without_attribute(told: Any) -> Replacement:
    """An action takes effect as if an attribute had not been sent."""

    def replacement(
        original: Callable[[ApiRequest, TrainingAction], None], request: ApiRequest, action: TrainingAction
    ) -> None:
        original(request, replace(action, attributes={**action.attributes, told: ""}))

    return replacement


def cohort_unasked(_told: Any) -> Replacement:
    """A change of schedule that names no cohort moves the participant to the next one."""

    def replacement(
        original: Callable[[ApiRequest, ScheduleChange], None], request: ApiRequest, change: ScheduleChange
    ) -> None:
        asked = "cohort" in change.action.attributes
        original(request, change if asked else replace(change, cohort=change.cohort + 1))

    return replacement


def unread(told: Any) -> Replacement:
    """An attribute of the body is not read."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        if not request.body.strip():
            return original(request)
        document = json.loads(request.body)
        document["data"]["attributes"].pop(told, None)
        return original(replace(request, body=json.dumps(document).encode()))

    return replacement


def unread_as(told: Any) -> Replacement:
    """A body of one media type is not read."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        return original(replace(request, body=b"") if request.content_type.startswith(told) else request)

    return replacement


def body_needed(_told: Any) -> Replacement:
    """A body that may be left out must be there."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        if not request.body.strip():
            raise bad_request("There is no body")
        return original(request)

    return replacement


def copy_of(told: Any) -> Replacement:
    """A declaration in a state in which it does not count any more is answered as the one that is copied."""

    def replacement(
        original: Callable[[ApiRequest, DeclarationRequest], Declaration | None],
        request: ApiRequest,
        declaration: DeclarationRequest,
    ) -> Declaration | None:
        found = original(request, declaration)
        if found is not None or declaration.training is None:
            return found
        made = request.store.declarations.of_training(declaration.training.training_id)
        gone = [each for each in made if (each.state, each.declaration_type) == (told, declaration.declaration_type)]
        return gone[0] if gone else None

    return replacement


def any_copy(_told: Any) -> Replacement:
    """A declaration of the same event is taken for a copy, whatever its date."""
    return lambda original, request, declaration: original(request, declaration) or next(iter(declaration.live), None)


def previous_moment(_told: Any) -> Replacement:
    """A change is recorded at the moment of the change before it."""
    return lambda _original, _request, previous: previous


def fails(_told: Any) -> Replacement:
    """The part breaks down."""

    def replacement(*_: Any) -> Any:
        raise RuntimeError("a fault of the catalogue")

    return replacement


def _ignoring(request: ApiRequest, parts: Any) -> ApiRequest:
    """The request without certain rules, and without the look for an earlier copy."""
    silent: dict[str, Replacement] = {
        part: (lambda *_: ()) if isgeneratorfunction(PARTS[part].function) else (lambda *_: None) for part in parts
    }
    return replace(request, replacements={**request.replacements, **silent})
