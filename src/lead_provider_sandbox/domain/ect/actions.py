"""Withdrawing, deferring and resuming a participant of the ECT service: rules and effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.ect.training import is_mentor, participant_status
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_COURSE
from lead_provider_sandbox.parts import part

COURSES = ("ecf-induction", "ecf-mentor")
COURSE_MISSING = "Enter a '#/course_identifier'."
REASON_OF_MENTORS = "mentor-no-longer-being-mentor"


@dataclass(frozen=True, slots=True)
class Action:
    """A request to change a participant's training with the calling provider."""

    event: str
    attributes: Attributes
    enrolments: Sequence[Enrolment]

    @property
    def course(self) -> str | None:
        """The course that the request names."""
        return text(self.attributes, "course_identifier")

    @property
    def reason(self) -> str | None:
        """The reason that the request gives."""
        return text(self.attributes, "reason")

    @property
    def enrolment(self) -> Enrolment | None:
        """The latest training in the course with the provider, if there is one."""
        in_course = [each for each in self.enrolments if each.course_identifier == self.course]
        return in_course[-1] if in_course else None


RECOGNISED: Rules[Action] = Rules()


@RECOGNISED.rule("ect-action.course-given")
def course_given(_: Context, action: Action) -> Iterator[Problem]:
    """The course is given, and is one of the two courses."""
    if action.course not in COURSES:
        yield Problem("course_identifier", COURSE_MISSING)


@RECOGNISED.rule("ect-action.course-recognised")
def course_recognised(_: Context, action: Action) -> Iterator[Problem]:
    """The participant takes the course with the provider."""
    if action.course in COURSES and action.enrolment is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@part("ect-action.reason-recognised")
def reason_recognised(context: Context, action: Action) -> Iterator[Problem]:
    """The reason is given and on the list of the action."""
    if action.reason is None:
        yield Problem("reason", "Enter a '#/reason'.")
    elif action.enrolment and action.reason not in context.calendar.reasons(action.event, "ecf"):
        yield Problem(
            "reason",
            "The entered '#/reason' is not recognised for the given participant. Check details and try again.",
        )


@part("ect-withdrawal.reason-of-mentors")
def reason_of_mentors(_: Context, action: Action) -> Iterator[Problem]:
    """Only a mentor is withdrawn because they are no longer a mentor."""
    if action.reason == REASON_OF_MENTORS and action.enrolment and not is_mentor(action.enrolment):
        yield Problem("reason", "You cannot withdraw an ECT for this reason. The ECT is not a mentor.")


@part("ect-action.status-allows")
def status_allows(_: Context, action: Action) -> Iterator[Problem]:
    """The lifecycle allows a deferral or withdrawal in the training's status."""
    status = action.enrolment.training_status if action.enrolment else None
    if status is not None and TRAINING.after(status, action.event) is None:
        yield Problem("participant_id", f"The '#/participant_id' is already {status}.")


@part("ect-action.not-joining")
def not_joining(context: Context, action: Action) -> Iterator[Problem]:
    """The participant has begun to train with the provider."""
    if action.enrolment and participant_status(context, action.enrolment) == "joining":
        yield Problem(
            "participant_id",
            f"You cannot {action.event} #/participant_id. This is because they have not been training with you for at "
            "least one day.",
        )


@part("ect-action.not-on-first-day")
def not_on_first_day(context: Context, action: Action) -> Iterator[Problem]:
    """The training period did not begin today: neither the training, nor a resumption or a change of schedule."""
    enrolment = action.enrolment
    if enrolment and enrolment.training_status == "active" and enrolment.period_start == context.today:
        yield Problem(
            "participant_id",
            "You cannot defer or withdraw this participant today. You need to try again tomorrow as the training was "
            "recently changed for this participant.",
        )


@part("ect-resumption.of-stopped-training")
def of_stopped_training(context: Context, action: Action) -> Iterator[Problem]:
    """The participant is deferred or withdrawn."""
    enrolment = action.enrolment
    if enrolment and enrolment.training_status == "active" and not has_left_school(context, enrolment):
        yield Problem("participant_id", "The '#/participant_id' is already active.")


@part("ect-resumption.not-on-same-day")
def not_on_same_day(context: Context, action: Action) -> Iterator[Problem]:
    """The training did not end today."""
    enrolment = action.enrolment
    if enrolment is None or enrolment.training_status == "active":
        return
    if context.today in (enrolment.end_date, (enrolment.status_at or "")[:10]):
        yield Problem(
            "participant_id",
            "You cannot resume a participant on the same day they were withdrawn or deferred. "
            "Resume them tomorrow or later.",
        )


@part("ect-resumption.still-at-school")
def still_at_school(context: Context, action: Action) -> Iterator[Problem]:
    """The participant has not left the school."""
    if action.enrolment and has_left_school(context, action.enrolment):
        yield Problem(
            "participant_id",
            "The participant is no longer at the school. Please contact the induction tutor to resolve.",
        )


@part("ect-resumption.trained-by-nobody-else")
def trained_by_nobody_else(context: Context, action: Action) -> Iterator[Problem]:
    """No other provider trains the participant, or is about to."""
    enrolment = action.enrolment
    if enrolment is None or has_left_school(context, enrolment):
        return
    if any(participant_status(context, each) != "left" for each in with_other_providers(context, enrolment)):
        yield Problem(
            "participant_id",
            "This participant cannot be resumed because they are already active with another provider.",
        )


def has_left_school(context: Context, enrolment: Enrolment) -> bool:
    """Return whether the participant has left the school."""
    return enrolment.left_school_on is not None and enrolment.left_school_on <= context.today


def with_other_providers(context: Context, enrolment: Enrolment) -> list[Enrolment]:
    """Return the same person's training in the same role with other providers."""
    every = context.store.people.enrolments_of_record(enrolment.training_record_id)
    return [each for each in every if each.provider_id != enrolment.provider_id]


RULES: dict[str, Rules[Action]] = {
    "withdraw": Rules(
        [*RECOGNISED, reason_recognised, reason_of_mentors, status_allows, not_joining, not_on_first_day]
    ),
    "defer": Rules([*RECOGNISED, reason_recognised, status_allows, not_joining, not_on_first_day]),
    "resume": Rules([*RECOGNISED, of_stopped_training, not_on_same_day, still_at_school, trained_by_nobody_else]),
}


@part("ect-action.effect")
def apply_action(context: Context, action: Action) -> None:
    """Set the next status. Stopped training ends today; resumed training begins again today."""
    enrolment = action.enrolment
    if enrolment is None:
        return
    changes: dict[str, str | None]
    if action.event == "resume":
        changes = {
            "training_status": "active",
            "status_reason": None,
            "status_at": None,
            "end_date": enrolment.left_school_on,
            "period_start": context.today,
        }
    else:
        changes = {
            "training_status": TRAINING.after(enrolment.training_status, action.event) or enrolment.training_status,
            "status_reason": action.reason,
            "status_at": context.now,
            "end_date": min(enrolment.end_date or context.today, context.today),
        }
    moment = change_time(context, context.store.trainings.last_change(enrolment))
    context.store.trainings.update(enrolment, moment, changes)


def perform_action(context: Context, action: Action) -> None:
    """Check the rules of the event and apply its effect."""
    RULES[action.event].check(context, action)
    apply_action(context, action)
