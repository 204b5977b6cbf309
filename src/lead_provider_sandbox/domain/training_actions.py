"""Deferring, resuming and withdrawing a participant: rules and effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.models import Person, Training
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.parts import part

UNKNOWN_PARTICIPANT = (
    "Your update cannot be made as the '#/participant_id' is not recognised. Check participant details and try again."
)
UNKNOWN_COURSE = (
    "The entered '#/course_identifier' is not recognised for the given participant. Check details and try again."
)


@dataclass(frozen=True, slots=True)
class TrainingAction:
    """A request to change a participant's training with the calling provider."""

    event: str
    attributes: Attributes
    person: Person | None
    trainings: Sequence[Training]
    course: str | None

    @property
    def training(self) -> Training | None:
        """The training in the requested course with the provider, if there is one."""
        return next((each for each in self.trainings if each.course_identifier == self.course), None)


def read_action(
    context: Context, event: str, programme: str, participant_id: str, attributes: Attributes
) -> TrainingAction:
    """Read a request for an action and look up the participant's trainings."""
    person = context.store.people.find(participant_id)
    trainings = context.store.trainings.with_provider(person, context.provider.id, programme) if person else []
    return TrainingAction(event, attributes, person, trainings, text(attributes, "course_identifier"))


RECOGNISED: Rules[TrainingAction] = Rules()


@RECOGNISED.rule("action.participant-recognised")
def participant_recognised(_: Context, action: TrainingAction) -> Iterator[Problem]:
    """The participant trains or trained with the calling provider.

    Behaviours ACT-UNKNOWN-PARTICIPANT, AUTH-OTHER-PROVIDER-ACTION-422.
    """
    if not action.trainings:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@RECOGNISED.rule("action.course-recognised")
def course_recognised(_: Context, action: TrainingAction) -> Iterator[Problem]:
    """The course is the participant's own (behaviours ACT-COURSE-MISSING, ACT-COURSE-UNKNOWN)."""
    if action.trainings and action.training is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)
        if action.course is None:
            yield Problem("course_identifier", "Enter a '#/course_identifier' value for this participant.")


@part("action.reason-given")
def reason_given(context: Context, action: TrainingAction) -> Iterator[Problem]:
    """The reason is given and on the programme's list (behaviours DEFER-REASON-MISSING, WITHDRAW-REASON-INVALID)."""
    if action.training is None:
        return
    reason = text(action.attributes, "reason")
    if reason is None:
        yield Problem("reason", "The property '#/reason' must be present")
    if reason not in context.calendar.reasons(action.event, action.training.programme):
        yield Problem("reason", "The property '#/reason' must be a valid reason")


@part("action.status-allows")
def status_allows(_: Context, action: TrainingAction) -> Iterator[Problem]:
    """The lifecycle allows the event in the training's status."""
    if action.training and TRAINING.after(action.training.training_status, action.event) is None:
        yield Problem("participant_profile", f"The participant is already {action.training.training_status}")


@part("withdrawal.needs-started-declaration")
def started_before_withdrawal(context: Context, action: TrainingAction) -> Iterator[Problem]:
    """A withdrawn participant has a started declaration that is not voided, in either programme.

    The published guidance promises this for ECF; the message is the service's for NPQ (behaviour
    WITHDRAW-NPQ-NO-STARTED).
    """
    training = action.training
    if training is None or TRAINING.after(training.training_status, action.event) is None:
        return
    declarations = context.store.declarations.of_training(training.training_id)
    if not any(each.declaration_type == "started" and each.state != "voided" for each in declarations):
        yield Problem(
            "participant_profile",
            f"An {training.programme.upper()} participant who has not got a started declaration cannot be withdrawn. "
            "Please contact support for assistance",
        )


@part("deferral.needs-declaration")
def declared_before_npq_deferral(context: Context, action: TrainingAction) -> Iterator[Problem]:
    """A deferred NPQ participant has a declaration (behaviour DEFER-NPQ-NO-DECLARATIONS)."""
    training = action.training
    if training is None or training.programme != "npq":
        return
    if not context.store.declarations.of_training(training.training_id):
        yield Problem("participant_profile", "You cannot defer an NPQ participant that has no declarations")


RULES: dict[str, Rules[TrainingAction]] = {
    "defer": Rules([*RECOGNISED, reason_given, status_allows, declared_before_npq_deferral]),
    "resume": Rules([*RECOGNISED, status_allows]),
    "withdraw": Rules([*RECOGNISED, reason_given, status_allows, started_before_withdrawal]),
}


@part("action.effect")
def apply_action(context: Context, action: TrainingAction) -> None:
    """Set the training's next status, with the reason and time."""
    training = action.training
    if training is None:
        return
    next_status = TRAINING.after(training.training_status, action.event)
    moment = change_time(context, context.store.trainings.last_change(training))
    changes = {
        "training_status": next_status or training.training_status,
        "status_reason": None if action.event == "resume" else text(action.attributes, "reason"),
        "status_at": context.now,
    }
    context.store.trainings.update(training, moment, changes)


@part("action.perform")
def perform_action(context: Context, action: TrainingAction) -> None:
    """Check the rules of the event and apply its effect."""
    RULES[action.event].check(context, action)
    apply_action(context, action)
