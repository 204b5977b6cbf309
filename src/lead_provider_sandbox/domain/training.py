"""Deferring, resuming and withdrawing: what may be done to somebody's training, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.records import Person, Training
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, text
from lead_provider_sandbox.parts import Problem, Rule, judge, part, rule
from lead_provider_sandbox.store import declarations, training
from lead_provider_sandbox.store.people import person_known_as

UNKNOWN_PARTICIPANT = (
    "Your update cannot be made as the '#/participant_id' is not recognised. Check participant details and try again."
)
UNKNOWN_COURSE = (
    "The entered '#/course_identifier' is not recognised for the given participant. Check details and try again."
)


@dataclass(frozen=True, slots=True)
class Action:
    """A request to change somebody's training with the calling provider."""

    event: str
    attributes: Attributes
    person: Person | None
    trainings: Sequence[Training]
    course: str | None

    @property
    def training(self) -> Training | None:
        """The training that the request names, if the person has it with the provider."""
        return next((each for each in self.trainings if each.course_identifier == self.course), None)


def requested(call: Call, event: str, programme: str, attributes: Attributes) -> Action:
    """What a request for an action asks for."""
    person = person_known_as(call.connection, call.ids["id"])
    trainings = training.with_provider(call.connection, person, call.provider.id, programme) if person else []
    return Action(event, attributes, person, trainings, text(attributes, "course_identifier"))


@rule("action.participant-recognised")
def participant_recognised(_: Call, action: Action) -> Iterator[Problem]:
    """The participant trains, or trained, with the caller.

    Behaviours ACT-UNKNOWN-PARTICIPANT, AUTH-OTHER-PROVIDER-ACTION-422.
    """
    if not action.trainings:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@rule("action.course-recognised")
def course_recognised(_: Call, action: Action) -> Iterator[Problem]:
    """The course is the participant's own (behaviours ACT-COURSE-MISSING, ACT-COURSE-UNKNOWN)."""
    if action.trainings and action.training is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)
        if action.course is None:
            yield Problem("course_identifier", "Enter a '#/course_identifier' value for this participant.")


@rule("action.reason-given")
def reason_given(call: Call, action: Action) -> Iterator[Problem]:
    """A reason of the programme's list is given (behaviours DEFER-REASON-MISSING, WITHDRAW-REASON-INVALID)."""
    if action.training is None:
        return
    reason = text(action.attributes, "reason")
    if reason is None:
        yield Problem("reason", "The property '#/reason' must be present")
    if reason not in call.calendar.reasons(action.event, action.training.programme):
        yield Problem("reason", "The property '#/reason' must be a valid reason")


@rule("action.status-allows")
def status_allows(_: Call, action: Action) -> Iterator[Problem]:
    """The training's status is one that the event can follow, as the table of lifecycles says."""
    if action.training and TRAINING.after(action.training.training_status, action.event) is None:
        yield Problem("participant_profile", f"The participant is already {action.training.training_status}")


@rule("withdrawal.needs-started-declaration")
def started_before_withdrawal(call: Call, action: Action) -> Iterator[Problem]:
    """Nobody is withdrawn who has no started declaration that still stands, in either programme.

    The published guidance promises it for ECF; the text is the one that the service has for NPQ (behaviour
    WITHDRAW-NPQ-NO-STARTED). A voided declaration is no declaration; one in any other state is.
    """
    subject = action.training
    if subject is None or TRAINING.after(subject.training_status, action.event) is None:
        return
    made = declarations.of_training(call.connection, subject.training_id)
    if not any(each.declaration_type == "started" and each.state != "voided" for each in made):
        yield Problem(
            "participant_profile",
            f"An {subject.programme.upper()} participant who has not got a started declaration cannot be withdrawn. "
            "Please contact support for assistance",
        )


@rule("deferral.needs-declaration")
def declared_before_npq_deferral(call: Call, action: Action) -> Iterator[Problem]:
    """Nobody's NPQ is deferred before there is a declaration for it (behaviour DEFER-NPQ-NO-DECLARATIONS)."""
    subject = action.training
    if subject is None or subject.programme != "npq":
        return
    if not declarations.of_training(call.connection, subject.training_id):
        yield Problem("participant_profile", "You cannot defer an NPQ participant that has no declarations")


RECOGNISED: tuple[Rule[Action], ...] = (participant_recognised, course_recognised)
RULES: dict[str, tuple[Rule[Action], ...]] = {
    "defer": (*RECOGNISED, reason_given, status_allows, declared_before_npq_deferral),
    "resume": (*RECOGNISED, status_allows),
    "withdraw": (*RECOGNISED, reason_given, status_allows, started_before_withdrawal),
}


@part("action.effect")
def take_effect(call: Call, action: Action) -> None:
    """Give the training the status that follows, with the reason and the moment."""
    subject = action.training
    if subject is None:
        return
    following = TRAINING.after(subject.training_status, action.event)
    moment = moment_of_change(call, training.last_change(call.connection, subject))
    changes = {
        "training_status": following or subject.training_status,
        "status_reason": None if action.event == "resume" else text(action.attributes, "reason"),
        "status_at": call.now,
    }
    training.change(call.connection, subject, moment, changes)


@part("action.perform")
def perform(call: Call, action: Action) -> None:
    """Apply the rules of the event, then let it take effect."""
    judge(call, action, RULES[action.event])
    take_effect(call, action)
