"""Reporting the outcome of a course in the NPQ service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import COACHING_COURSES, Declaration, NpqOutcome
from lead_provider_sandbox.domain.npq_service.models import NpqApplication
from lead_provider_sandbox.domain.npq_service.training_actions import latest_first
from lead_provider_sandbox.domain.outcomes import (
    OutcomeRequest,
    date_given,
    parse_day,
    record_outcome,
    same_as_latest,
    state_given,
)
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_COURSE
from lead_provider_sandbox.parts import part


def read_outcome(context: Context, accepted: Sequence[NpqApplication], attributes: Attributes) -> OutcomeRequest:
    """Return a request to report an outcome, with the last completed declaration, whoever made it."""
    course = text(attributes, "course_identifier")
    training = next((each for each in latest_first(accepted) if each.course_identifier == course), None)
    declarations = context.store.declarations.of_training(training.id) if training else []
    completed = [each for each in declarations if each.declaration_type == "completed" and each.state in LIVE]
    written = text(attributes, "completion_date")
    last = completed[-1] if completed else None
    return OutcomeRequest(course, text(attributes, "state"), written, parse_day(written), training, last)


@part("npq-service.outcome.course-has-outcomes")
def course_has_outcomes(context: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The course exists and has outcomes."""
    courses = {
        course
        for schedule in context.calendar.schedules.values()
        if schedule.programme == "npq"
        for course in schedule.courses
    }
    if request.course not in courses or request.course in COACHING_COURSES:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@part("npq-service.outcome.needs-completed-declaration")
def completed_declared(_: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """A completed declaration for the course is live."""
    if request.completed is None and request.course not in (None, *COACHING_COURSES):
        yield Problem(
            "base",
            "The participant has not had a 'completed' declaration submitted for them. "
            "Therefore you cannot update their outcome.",
        )


@part("npq-service.outcome.date-not-in-future")
def not_in_future(context: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The completion date is not in the future."""
    if request.day is not None and request.day > context.today:
        yield Problem("completion_date", "The attribute '#/completion_date' cannot contain a future date.")


RULES: Rules[OutcomeRequest] = Rules([date_given, course_has_outcomes, state_given, completed_declared, not_in_future])


def report_outcome(context: Context, request: OutcomeRequest) -> NpqOutcome:
    """Check the rules and record the outcome, unless it repeats the one that stands."""
    RULES.check(context, request)
    if request.day is None or request.state is None or request.completed is None:
        raise RuntimeError("an outcome without date, state or declaration has passed the rules")
    standing = already_passed(context, request.completed, request.state) or same_as_latest(
        context, request.completed, request.state, request.day
    )
    return standing or record_outcome(context, request.completed, request.state, request.day)


@part("npq-service.outcome.already-passed")
def already_passed(context: Context, declaration: Declaration, state: str) -> NpqOutcome | None:
    """Return the standing outcome if it is passed and is reported as passed again, whatever the day."""
    latest = context.store.applications.latest_outcome(declaration.id)
    return latest if latest is not None and latest.state == state == "passed" else None
