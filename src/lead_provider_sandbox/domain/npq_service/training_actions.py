"""Deferring, resuming and withdrawing a participant of the NPQ service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.training_actions import TrainingAction, apply_action, reason_given
from lead_provider_sandbox.parts import part

NOT_ACCEPTED = (
    "Your update cannot be made as an accepted application cannot be found for the given '#/participant_id' and "
    "'#/course_identifier'."
)


def latest_first(accepted: Sequence[NpqApplication]) -> list[NpqApplication]:
    """Return accepted applications, the latest one first: of several for one course it is the training."""
    return sorted(accepted, key=lambda each: (each.accepted_at or "", each.created_at), reverse=True)


def read_action(
    event: str, person: Applicant, accepted: Sequence[NpqApplication], attributes: Attributes
) -> TrainingAction:
    """Return a request for an action on a participant of the provider."""
    return TrainingAction(event, attributes, person, latest_first(accepted), text(attributes, "course_identifier"))


@part("npq-service.action.course-accepted")
def course_accepted(_: Context, action: TrainingAction) -> Iterator[Problem]:
    """The participant has an accepted application for the course."""
    if action.training is None:
        yield Problem("participant_id", NOT_ACCEPTED)


@part("npq-service.action.status-allows")
def status_allows(_: Context, action: TrainingAction) -> Iterator[Problem]:
    """The lifecycle allows the event in the training's status."""
    if action.training and TRAINING.after(action.training.training_status, action.event) is None:
        yield Problem("participant_id", f"The participant is already {action.training.training_status}")


@part("npq-service.withdrawal.needs-started-declaration")
def started_before_withdrawal(context: Context, action: TrainingAction) -> Iterator[Problem]:
    """A participant who withdraws has a started declaration that is not voided."""
    if action.training is None or action.training.training_status == "withdrawn":
        return
    declarations = context.store.declarations.of_training(action.training.training_id)
    if not any(each.declaration_type == "started" and each.state != "voided" for each in declarations):
        yield Problem(
            "participant_id",
            "An NPQ participant who has not got a started declaration cannot be withdrawn. "
            "Please contact support for assistance",
        )


@part("npq-service.deferral.needs-declaration")
def declared_before_deferral(context: Context, action: TrainingAction) -> Iterator[Problem]:
    """A participant who defers has a declaration."""
    if action.training and not context.store.declarations.of_training(action.training.training_id):
        yield Problem("participant_id", "You cannot defer an NPQ participant that has no declarations")


RULES: dict[str, Rules[TrainingAction]] = {
    "defer": Rules([course_accepted, reason_given, status_allows, declared_before_deferral]),
    "resume": Rules([course_accepted, status_allows]),
    "withdraw": Rules([course_accepted, reason_given, status_allows, started_before_withdrawal]),
}


@part("npq-service.action.perform")
def perform_action(context: Context, action: TrainingAction) -> None:
    """Check the rules of the event and apply its effect."""
    RULES[action.event].check(context, action)
    apply_action(context, action)
