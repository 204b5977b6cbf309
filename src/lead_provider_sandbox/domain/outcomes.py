"""Outcomes of NPQs: reporting whether somebody has passed, and what declarations and voids do to it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.records import COACHING_COURSES, Application, Declaration, Outcome
from lead_provider_sandbox.domain.training import UNKNOWN_COURSE
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, text
from lead_provider_sandbox.http.responses import invalid_action
from lead_provider_sandbox.parts import Problem, Rule, judge, part, rule
from lead_provider_sandbox.store import declarations, npq
from lead_provider_sandbox.store.people import person_known_as

STATES = ("passed", "failed")


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's report of an outcome, with the training and the completed declaration it is about."""

    course: str | None
    state: str | None
    written_date: str | None
    training: Application | None
    completed: Declaration | None

    @property
    def day(self) -> str | None:
        """The completion date; None when what was written is no day."""
        return day_of(self.written_date)


def reported(call: Call, attributes: Attributes) -> Report:
    """Read a report and look up what it is about."""
    course = text(attributes, "course_identifier")
    person = person_known_as(call.connection, call.ids["participant_id"])
    trainings = npq.accepted_with(call.connection, person.id, call.provider.id) if person else []
    training = next((each for each in trainings if each.course_identifier == course), None)
    made = declarations.of_training(call.connection, training.id) if training else []
    completed = [
        each
        for each in made
        if each.declaration_type == "completed" and each.state in LIVE and each.provider_id == call.provider.id
    ]
    return Report(
        course,
        text(attributes, "state"),
        text(attributes, "completion_date"),
        training,
        completed[-1] if completed else None,
    )


@rule("outcome.date-given")
def date_given(_: Call, report: Report) -> Iterator[Problem]:
    """There is a completion date, written yyyy-mm-dd (behaviour OUTC-POST-DATE-MISSING)."""
    if report.written_date is None or not _names_a_day(report.written_date):
        yield Problem(
            "completion_date",
            "The '#/completion_date' is missing from your request. "
            "Please include a completion_date value and try again.",
        )
    if report.day is None:
        yield Problem("completion_date", "The '#/completion_date' value must be in the following format: 'yyyy-mm-dd'")


@rule("outcome.course-recognised")
def course_recognised(_: Call, report: Report) -> Iterator[Problem]:
    """The course is one that the participant takes, and that has outcomes.

    Behaviours OUTC-POST-COURSE-INVALID, -EHCO-ASO.
    """
    if report.course is None:
        yield Problem("course_identifier", "Enter a '#/course_identifier' value for this participant.")
    elif report.training is None or report.course in COACHING_COURSES:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@rule("outcome.state-given")
def state_given(_: Call, report: Report) -> Iterator[Problem]:
    """The participant has passed or failed (behaviours OUTC-POST-STATE-MISSING, OUTC-POST-STATE-INVALID)."""
    if report.state is None:
        yield Problem(
            "state",
            "The '#/state' is missing from your request. Please include a 'passed' or 'failed' value and try again.",
        )
    if report.state not in STATES:
        yield Problem(
            "state",
            "The attribute '#/state' can only include 'passed' or 'failed' values. If you need to void an outcome, "
            "you will need to void the associated 'completed' declaration.",
        )


@rule("outcome.needs-completed-declaration")
def completed_declared(_: Call, report: Report) -> Iterator[Problem]:
    """The caller has a live completed declaration (behaviour OUTC-POST-NO-COMPLETED)."""
    if report.training is not None and report.course not in COACHING_COURSES and report.completed is None:
        yield Problem(
            "base",
            "The participant has not had a 'completed' declaration submitted for them. "
            "Therefore you cannot update their outcome.",
        )


RULES: tuple[Rule[Report], ...] = (date_given, course_recognised, state_given, completed_declared)


@part("outcome.date-not-in-future")
def not_in_future(call: Call, day: str) -> None:
    """The completion date has come; checked when the outcome is saved (behaviour OUTC-POST-DATE-FUTURE)."""
    if day > call.today:
        raise invalid_action(
            "Validation failed: Completion date The attribute '#/completion_date' cannot contain a future date. "
            "Resubmit the outcome update with a valid date."
        )


def report_outcome(call: Call, report: Report) -> Outcome:
    """Apply the rules and record the outcome; one equal to the latest is not recorded twice.

    Behaviour OUTC-POST-IDEMPOTENT.
    """
    judge(call, report, RULES)
    if report.day is None or report.state is None or report.completed is None:
        raise RuntimeError("an outcome without date, state or declaration has passed the rules")
    not_in_future(call, report.day)
    latest = same_as_latest(call, report.completed, report.state, report.day)
    return latest or record_outcome(call, report.completed, report.state, report.day)


@part("outcome.same-as-latest")
def same_as_latest(call: Call, declaration: Declaration, state: str, day: str) -> Outcome | None:
    """The latest outcome of a declaration, if it says the same."""
    latest = npq.latest_outcome(call.connection, declaration.id)
    same = latest is not None and (latest.state, latest.completion_date) == (state, day)
    return latest if same else None


@part("outcome.record")
def record_outcome(call: Call, declaration: Declaration, state: str, day: str) -> Outcome:
    """Add an outcome; the declaration's `has_passed` follows it."""
    latest = npq.latest_outcome(call.connection, declaration.id)
    moment = moment_of_change(call, latest.created_at) if latest else call.now
    outcome = Outcome(
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
    npq.add_outcome(call.connection, outcome)
    passed = {"passed": True, "failed": False}.get(state)
    if passed != declaration.has_passed:
        moment = moment_of_change(call, declaration.updated_at)
        declarations.change_declaration(call.connection, declaration.id, moment, {"has_passed": passed})
    return outcome


def void_outcome(call: Call, declaration: Declaration) -> None:
    """Voiding a completed declaration adds a voided outcome (behaviour VOID-NPQ-OUTCOME)."""
    latest = npq.latest_outcome(call.connection, declaration.id)
    if latest is not None and latest.state != "voided":
        record_outcome(call, declaration, "voided", latest.completion_date)


def day_of(written: str | None) -> str | None:
    """The day that a text of the form yyyy-mm-dd names, or None."""
    if written is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None


def _names_a_day(written: str) -> bool:
    """Whether a lenient reader finds a day in a text that is not written yyyy-mm-dd."""
    if day_of(written) or day_of(written[:10]):
        return True
    match = re.fullmatch(r"(\d{2})[-/](\d{2})[-/](\d{4})", written, re.ASCII)
    return match is not None and day_of(f"{match[3]}-{match[2]}-{match[1]}") is not None
