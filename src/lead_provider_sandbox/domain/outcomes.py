"""Outcomes of NPQs: reported by a provider, and changed by declarations and voids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import COACHING_COURSES, Application, Declaration, NpqOutcome
from lead_provider_sandbox.domain.rules import InvalidActionError, Problem, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_COURSE
from lead_provider_sandbox.parts import part

STATES = ("passed", "failed")


@dataclass(frozen=True, slots=True)
class OutcomeRequest:
    """A request to report an outcome, with the training and its completed declaration."""

    course: str | None
    state: str | None
    written_date: str | None
    day: str | None
    training: Application | None
    completed: Declaration | None


def read_outcome(context: Context, participant_id: str, attributes: Attributes) -> OutcomeRequest:
    """Read a request and look up the training and declaration."""
    course = text(attributes, "course_identifier")
    person = context.store.people.find(participant_id)
    trainings = context.store.applications.accepted(person.id, context.provider.id) if person else []
    training = next((each for each in trainings if each.course_identifier == course), None)
    declarations = context.store.declarations.of_training(training.id) if training else []
    completed = None
    for each in declarations:
        if each.declaration_type == "completed" and each.state in LIVE and each.provider_id == context.provider.id:
            completed = each
    written = text(attributes, "completion_date")
    return OutcomeRequest(course, text(attributes, "state"), written, parse_day(written), training, completed)


RULES: Rules[OutcomeRequest] = Rules()


@RULES.rule("outcome.date-given")
def date_given(_: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The completion date is given in the format yyyy-mm-dd (behaviour OUTC-POST-DATE-MISSING)."""
    if request.written_date is None or not _contains_day(request.written_date):
        yield Problem(
            "completion_date",
            "The '#/completion_date' is missing from your request. "
            "Please include a completion_date value and try again.",
        )
    if request.day is None:
        yield Problem("completion_date", "The '#/completion_date' value must be in the following format: 'yyyy-mm-dd'")


@RULES.rule("outcome.course-recognised")
def course_recognised(_: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The participant takes the course, and the course has outcomes.

    Behaviours OUTC-POST-COURSE-INVALID, -EHCO-ASO.
    """
    if request.course is None:
        yield Problem("course_identifier", "Enter a '#/course_identifier' value for this participant.")
    elif request.training is None or request.course in COACHING_COURSES:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@RULES.rule("outcome.state-given")
def state_given(_: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The state is `passed` or `failed` (behaviours OUTC-POST-STATE-MISSING, OUTC-POST-STATE-INVALID)."""
    if request.state is None:
        yield Problem(
            "state",
            "The '#/state' is missing from your request. Please include a 'passed' or 'failed' value and try again.",
        )
    if request.state not in STATES:
        yield Problem(
            "state",
            "The attribute '#/state' can only include 'passed' or 'failed' values. If you need to void an outcome, "
            "you will need to void the associated 'completed' declaration.",
        )


@RULES.rule("outcome.needs-completed-declaration")
def completed_declared(_: Context, request: OutcomeRequest) -> Iterator[Problem]:
    """The provider has a live completed declaration (behaviour OUTC-POST-NO-COMPLETED)."""
    if request.training is not None and request.course not in COACHING_COURSES and request.completed is None:
        yield Problem(
            "base",
            "The participant has not had a 'completed' declaration submitted for them. "
            "Therefore you cannot update their outcome.",
        )


@part("outcome.date-not-in-future")
def not_in_future(context: Context, day: str) -> None:
    """Raise `InvalidActionError` if the date is in the future; checked on saving (behaviour OUTC-POST-DATE-FUTURE)."""
    if day > context.today:
        raise InvalidActionError(
            "Validation failed: Completion date The attribute '#/completion_date' cannot contain a future date. "
            "Resubmit the outcome update with a valid date."
        )


def report_outcome(context: Context, request: OutcomeRequest) -> NpqOutcome:
    """Check the rules and record the outcome, unless it equals the latest one.

    Behaviour OUTC-POST-IDEMPOTENT.
    """
    RULES.check(context, request)
    if request.day is None or request.state is None or request.completed is None:
        raise RuntimeError("an outcome without date, state or declaration has passed the rules")
    not_in_future(context, request.day)
    latest = same_as_latest(context, request.completed, request.state, request.day)
    return latest or record_outcome(context, request.completed, request.state, request.day)


@part("outcome.same-as-latest")
def same_as_latest(context: Context, declaration: Declaration, state: str, day: str) -> NpqOutcome | None:
    """Return the latest outcome of a declaration if it has this state and day."""
    latest = context.store.applications.latest_outcome(declaration.id)
    same = latest is not None and (latest.state, latest.completion_date) == (state, day)
    return latest if same else None


@part("outcome.record")
def record_outcome(context: Context, declaration: Declaration, state: str, day: str) -> NpqOutcome:
    """Add an outcome and update the declaration's `has_passed`."""
    latest = context.store.applications.latest_outcome(declaration.id)
    moment = change_time(context, latest.created_at) if latest else context.now
    outcome = NpqOutcome(
        id=str(uuid.uuid4()),
        declaration_id=declaration.id,
        person_id=declaration.person_id,
        provider_id=declaration.provider_id,
        course_identifier=declaration.course_identifier,
        state=state,
        completion_date=day,
        created_at=moment,
        updated_at=moment,
    )
    context.store.applications.add_outcome(outcome)
    passed = {"passed": True, "failed": False}.get(state)
    if passed != declaration.has_passed:
        moment = change_time(context, declaration.updated_at)
        context.store.declarations.update(declaration.id, moment, {"has_passed": passed})
    return outcome


def void_outcome(context: Context, declaration: Declaration) -> None:
    """Add a voided outcome if a declaration with an outcome is voided (behaviour VOID-NPQ-OUTCOME)."""
    latest = context.store.applications.latest_outcome(declaration.id)
    if latest is not None and latest.state != "voided":
        record_outcome(context, declaration, "voided", latest.completion_date)


def parse_day(written: str | None) -> str | None:
    """Return the day of a text in the format yyyy-mm-dd, or None."""
    if written is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None


def _contains_day(written: str) -> bool:
    """Return whether a lenient parser finds a day in the text."""
    if parse_day(written) or parse_day(written[:10]):
        return True
    match = re.fullmatch(r"(\d{2})[-/](\d{2})[-/](\d{4})", written, re.ASCII)
    return match is not None and parse_day(f"{match[3]}-{match[2]}-{match[1]}") is not None
