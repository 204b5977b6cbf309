"""Hooks for writes: performed although refused, rolled back, repeated or incomplete."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from lead_provider_sandbox.domain.declaration_request import DeclarationRequest
from lead_provider_sandbox.domain.models import Declaration, NpqOutcome
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.domain.schedule_changes import ScheduleChange
from lead_provider_sandbox.domain.training_actions import TrainingAction, apply_action
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.conditions import ignoring
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, bad_request
from lead_provider_sandbox.parts import PARTS, Replacement
from lead_provider_sandbox.store.query import WHOLE_LIST, Filters
from lead_provider_sandbox.store.tables import metadata, outcomes, people

Handler = Callable[[ApiRequest], Response]


def constant(argument: Any) -> Replacement:
    """Return a constant."""
    return lambda *_: argument


@hook
def earlier_outcome(
    _: Any, _original: Any, request: ApiRequest, declaration: Declaration, state: str, day: str
) -> NpqOutcome | None:
    """Return any outcome of a declaration with this state and day, also if another one is the latest."""
    of_declaration = Filters((outcomes.c.declaration_id == declaration.id,))
    recorded = request.store.applications.search_outcomes(of_declaration, WHOLE_LIST)
    return next((each for each in recorded if (each.state, each.completion_date) == (state, day)), None)


@hook
def acts_when_refused(argument: Any, original: Any, request: ApiRequest, action: TrainingAction) -> None:
    """Apply an action although it is refused."""
    try:
        original(request, action)
    except RefusedError:
        if action.event == argument:
            apply_action(request, action)
            request.store.commit_early()
        raise


@hook
def writes_when_refused(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore some rules and write, but return the refusal."""
    try:
        return original(request)
    except (RefusedError, ResponseError):
        request.store.connection.exec_driver_sql("SAVEPOINT refused")
        try:
            original(ignoring(request, argument))
        except (RefusedError, ResponseError, RuntimeError):
            request.store.connection.exec_driver_sql("ROLLBACK TO refused")
        else:
            request.store.commit_early()
        raise


@hook
def rolled_back(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return the result of a write and roll the write back."""
    request.store.connection.exec_driver_sql("SAVEPOINT before")
    response = original(request)
    request.store.connection.exec_driver_sql("ROLLBACK TO before")
    return response


@hook
def done_twice(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Repeat a write, ignoring the rules that would refuse it."""
    response = original(request)
    original(ignoring(request, argument))
    return response


@hook
def also_changes(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Act on a participant, and set a column of all of their rows in a table."""
    original(request)
    table = metadata.tables[argument["table"]]
    of_person = table.c.person_id == request.ids["id"]
    request.store.connection.execute(update(table).where(of_person).values({argument["column"]: argument["value"]}))
    shown: Response = PARTS[argument["show"]](request)
    return shown


@hook
def people_untouched(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Write, and leave the change times of people as they were."""
    times = select(people.c.id, people.c.updated_at)
    before = dict(request.store.connection.execute(times).tuples().all())
    response = original(request)
    for person_id, changed_at in request.store.connection.execute(times).tuples().all():
        if changed_at != before.get(person_id, changed_at):
            unchanged = update(people).where(people.c.id == person_id).values(updated_at=before[person_id])
            request.store.connection.execute(unchanged)
    return response


@hook
def returns_old_record(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Return the record as it was before a write."""
    try:
        before: Response = PARTS[argument](request)
    except ResponseError:
        return original(request)
    original(request)
    return before


@hook
def half_changed(argument: Any, original: Any, request: ApiRequest, change: ScheduleChange) -> None:
    """Change either the schedule or the cohort, not both."""
    before = change.action.training
    if before is not None and argument == "cohort":
        change = replace(change, cohort=before.cohort)
    elif before is not None:
        change = replace(change, schedule=before.schedule_identifier)
    original(request, change)


@hook
def without_attribute(argument: Any, original: Any, request: ApiRequest, action: TrainingAction) -> None:
    """Apply an action as if an attribute were blank."""
    original(request, replace(action, attributes={**action.attributes, argument: ""}))


@hook
def next_cohort_by_default(_: Any, original: Any, request: ApiRequest, change: ScheduleChange) -> None:
    """Move to the next cohort if a change of schedule names none."""
    named = "cohort" in change.action.attributes
    original(request, change if named else replace(change, cohort=change.cohort + 1))


@hook
def attribute_ignored(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore an attribute of the body."""
    if not request.body.strip():
        return original(request)
    document = json.loads(request.body)
    document["data"]["attributes"].pop(argument, None)
    return original(replace(request, body=json.dumps(document).encode()))


@hook
def writes_rest_when_refused(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Refuse a write, and perform it without one attribute of the body."""
    try:
        return original(request)
    except (RefusedError, ResponseError):
        if f'"{argument}"' in request.body.decode(errors="replace"):
            request.store.connection.exec_driver_sql("SAVEPOINT refused")
            try:
                attribute_ignored(argument)(original, request)
            except (RefusedError, ResponseError):
                request.store.connection.exec_driver_sql("ROLLBACK TO refused")
            else:
                request.store.commit_early()
        raise


@hook
def course_ignored(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Perform an action that is refused for its course with a course that the participant takes."""
    try:
        return original(request)
    except (RefusedError, ResponseError):
        document = json.loads(request.body)
        attributes = document["data"].get("attributes", {})
        known = sorted({course for schedule in request.calendar.schedules.values() for course in schedule.courses})
        for course in known if attributes.get("course_identifier") in known else ():
            attributes["course_identifier"] = course
            try:
                return original(replace(request, body=json.dumps(document).encode()))
            except (RefusedError, ResponseError):
                continue
        raise


@hook
def media_type_ignored(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore a body of one media type."""
    return original(replace(request, body=b"") if request.content_type.startswith(argument) else request)


@hook
def body_required(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Refuse a request without its optional body."""
    if not request.body.strip():
        raise bad_request("There is no body")
    return original(request)


@hook
def copy_of(argument: Any, original: Any, request: ApiRequest, declaration: DeclarationRequest) -> Declaration | None:
    """Treat a declaration in one inactive state as the original of a copy."""
    copied: Declaration | None = original(request, declaration)
    if copied is not None or declaration.training is None:
        return copied
    declarations = request.store.declarations.of_training(declaration.training.training_id)
    wanted = (argument, declaration.declaration_type)
    return next((each for each in declarations if (each.state, each.declaration_type) == wanted), None)


def any_copy(_: Any) -> Replacement:
    """Treat a declaration of the same event as a copy, whatever its date."""
    return lambda original, request, declaration: original(request, declaration) or next(iter(declaration.live), None)


def time_unchanged(_: Any) -> Replacement:
    """Record a change at the time of the previous change."""
    return lambda _original, _context, *times: times[-1]


@hook
def fails(*_: Any) -> Any:
    """Raise an unexpected error."""
    raise RuntimeError("a fault of the catalogue")
