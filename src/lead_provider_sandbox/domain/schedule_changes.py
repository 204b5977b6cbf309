"""Changing a participant's schedule, and optionally their cohort."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.applications import contract_for
from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Application, Contract, Declaration, Enrolment
from lead_provider_sandbox.domain.rules import InvalidActionError, Problem, Rules
from lead_provider_sandbox.domain.school_models import Partnership
from lead_provider_sandbox.domain.training_actions import (
    TrainingAction,
    course_recognised,
    participant_recognised,
    read_action,
)
from lead_provider_sandbox.parts import part

COHORT_AFTER_FREEZE = 2024
"""The only new cohort for participants of a frozen one (behaviour SCHED-FROZEN-B-DESTINATION-2024)."""

CANNOT_CHANGE_COHORT = "You cannot change the '#/cohort' field"


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A request to change schedule, with the records that the rules need. `cohort` is 0 if it is not a year."""

    action: TrainingAction
    schedule: str | None
    cohort: int
    declared: Sequence[Declaration]
    partnership: Partnership | None
    old_contract: Contract | None
    contract: Contract | None

    @property
    def enrolment(self) -> Enrolment | None:
        """The ECF training to change, if it is one."""
        return self.action.training if isinstance(self.action.training, Enrolment) else None

    @property
    def moves_cohort(self) -> bool:
        """Whether the request names a different cohort."""
        return self.action.training is not None and self.cohort != self.action.training.cohort

    @property
    def capped(self) -> tuple[bool | None, bool | None]:
        """Whether the old and the new contract have a funding cap; None without a contract."""
        return (
            self.old_contract.capped if self.old_contract else None,
            self.contract.capped if self.contract else None,
        )

    @property
    def live(self) -> list[Declaration]:
        """The live declarations, without those left behind in a frozen cohort."""
        left = self.enrolment.frozen_cohort_left if self.enrolment else None
        return [each for each in self.declared if each.state in LIVE and each.cohort != left]


def read_schedule_change(
    context: Context, programme: str, participant_id: str, attributes: Attributes
) -> ScheduleChange:
    """Read a request to change schedule and look up the records that the rules need."""
    action = read_action(context, "change-schedule", programme, participant_id, attributes)
    training = action.training
    written = text(attributes, "cohort")
    cohort = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else 0
    if written is None and training is not None:
        cohort = training.cohort
    partnership, old_contract, contract = None, None, None
    if isinstance(training, Enrolment):
        partnership = context.store.partnerships.with_school(context.provider.id, training.school_urn, cohort)
    elif isinstance(training, Application):
        old_contract = contract_for(context, training)
        contract = context.store.applications.contract(context.provider.id, cohort, training.course_identifier)
    return ScheduleChange(
        action=action,
        schedule=text(attributes, "schedule_identifier"),
        cohort=cohort,
        declared=context.store.declarations.of_training(training.training_id) if training else [],
        partnership=partnership,
        old_contract=old_contract,
        contract=contract,
    )


RULES: Rules[ScheduleChange] = Rules()


@RULES.rule("schedule.participant-recognised")
def known_participant(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant trains or trained with the calling provider."""
    yield from participant_recognised(context, change.action)


@RULES.rule("schedule.course-recognised")
def known_course(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The course is the participant's own."""
    yield from course_recognised(context, change.action)


@RULES.rule("schedule.not-withdrawn")
def not_withdrawn(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant is not withdrawn (behaviour SCHED-WITHDRAWN)."""
    if change.action.training and change.action.training.training_status == "withdrawn":
        yield Problem("participant_id", "Cannot perform actions on a withdrawn participant")


@RULES.rule("schedule.given")
def schedule_given(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule is given (behaviour SCHED-BLANK)."""
    if change.action.trainings and change.schedule is None:
        yield Problem(
            "schedule_identifier",
            "The property '#/schedule_identifier' must be present and correspond to a valid schedule",
        )


@RULES.rule("schedule.another")
def another_schedule(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule differs from the current one (behaviour SCHED-SAME)."""
    training = change.action.training
    if training and not change.moves_cohort and change.schedule == training.schedule_identifier:
        yield Problem("schedule_identifier", "Selected schedule is already on the profile")


@RULES.rule("schedule.fits-course")
def fits_course(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule fits the course (behaviours SCHED-NOT-FOR-COURSE, SCHED-REPLACEMENT-MENTOR-ONLY)."""
    if not change.action.trainings or change.schedule not in context.calendar.schedules:
        return
    if not context.calendar.allows(change.schedule, change.action.course):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course")


@RULES.rule("schedule.keeps-declarations")
def keeps_declarations(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """Every live declaration falls in the new schedule's window for its type.

    Behaviour SCHED-INVALIDATES-DECLARATIONS.
    """
    if change.schedule not in context.calendar.schedules or _leaves_frozen_cohort(context, change):
        return
    windows = context.calendar.windows(change.schedule, change.cohort)
    if not windows:
        return
    for each in change.live:
        window, day = windows.get(each.declaration_type), each.declaration_date[:10]
        if window is None or day < window.start or (window.end is not None and day > window.end):
            yield Problem(
                "schedule_identifier",
                "Changing schedule would invalidate existing declarations. Please void them first.",
            )


@RULES.rule("schedule.cohort-free-to-change")
def cohort_free(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The cohort can change: no live declarations, unless it is frozen, and no loss of a funding cap.

    Behaviours SCHED-COHORT-CHANGE-WITH-DECLARATIONS, SCHED-FROZEN-MOVE, SCHED-NPQ-FUNDED-TO-UNFUNDED.
    """
    if not change.moves_cohort or _leaves_frozen_cohort(context, change):
        return
    if change.live or change.capped == (True, False):
        yield Problem("cohort", CANNOT_CHANGE_COHORT)


@RULES.rule("schedule.cohort-has-partnership")
def cohort_has_partnership(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """ECF: the provider has a partnership with the school in the new cohort.

    Behaviours SCHED-COHORT-NO-PARTNERSHIP, -RELATIONSHIP-ONLY.
    """
    if change.enrolment and change.moves_cohort and change.partnership is None:
        yield Problem(
            "cohort",
            "You cannot change a participant to this cohort as you do not have a partnership with the school for the "
            "cohort. Contact the DfE for assistance.",
        )


@RULES.rule("schedule.cohort-has-contract")
def cohort_has_contract(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """NPQ: the provider has a contract for the course in the new cohort (behaviour SCHED-NPQ-COHORT-NO-CONTRACT)."""
    if change.old_contract and change.moves_cohort and change.contract is None:
        yield Problem(
            "cohort",
            "You cannot change a participant to this cohort as you do not have a contract for the cohort and course. "
            "Contact the DfE for assistance.",
        )


def change_schedule(context: Context, change: ScheduleChange) -> None:
    """Check the rules and change the schedule. Raise `InvalidActionError` if the schedule does not exist."""
    RULES.check(context, change)
    if not context.calendar.windows(change.schedule or "", change.cohort):
        raise InvalidActionError("Validation failed: Schedule must exist")
    apply_schedule_change(context, change)


@part("schedule.effect")
def apply_schedule_change(context: Context, change: ScheduleChange) -> None:
    """Set the training's schedule and cohort; the training status does not change."""
    training = change.action.training
    if training is None:
        return
    moment = change_time(context, context.store.trainings.last_change(training))
    changes: dict[str, object] = {"schedule_identifier": change.schedule, "cohort": change.cohort}
    if change.enrolment and change.moves_cohort and change.partnership:
        changes["partnership_id"] = change.partnership.id
        changes["delivery_partner_id"] = change.partnership.delivery_partner_id
        left = change.enrolment.cohort if _leaves_frozen_cohort(context, change) else None
        context.store.people.update_training_record(change.enrolment, moment, {"frozen_cohort_left": left})
    if isinstance(training, Application) and change.capped == (False, True):
        changes["funded_place"] = training.eligible_for_funding
    context.store.trainings.update(training, moment, changes)


def _leaves_frozen_cohort(context: Context, change: ScheduleChange) -> bool:
    """Return whether a participant with billed declarations moves out of a cohort with frozen payments."""
    enrolment = change.enrolment
    if (
        enrolment is None
        or not context.calendar.frozen(enrolment.cohort, context.today)
        or change.cohort != COHORT_AFTER_FREEZE
    ):
        return False
    if enrolment.participant_type == "mentor" and context.calendar.edition != context.calendar.editions[0]:
        return False
    billed = [each for each in change.declared if each.state in ("eligible", "payable", "paid")]
    return bool(billed) and not any(each.declaration_type == "completed" for each in billed)
