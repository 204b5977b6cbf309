"""Changing somebody's schedule, and with it perhaps their cohort."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.applications import contract_for
from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.places import Partnership
from lead_provider_sandbox.domain.records import Application, Contract, Declaration, Enrolment
from lead_provider_sandbox.domain.training import Action, course_recognised, participant_recognised, requested
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, text
from lead_provider_sandbox.http.responses import invalid_action
from lead_provider_sandbox.parts import Problem, Rule, judge, part, rule
from lead_provider_sandbox.store import declarations, npq, partnerships, people, training

REFUGE_COHORT = 2024
"""Where people go whose cohort's payments are frozen (behaviour SCHED-FROZEN-B-DESTINATION-2024)."""

CANNOT_CHANGE_COHORT = "You cannot change the '#/cohort' field"


@dataclass(frozen=True, slots=True)
class Change:
    """A request for another schedule, with what the rules need to know. `cohort` is 0 when it is no year."""

    action: Action
    schedule: str | None
    cohort: int
    declared: Sequence[Declaration]
    partnership: Partnership | None
    contract: Contract | None

    @property
    def enrolment(self) -> Enrolment | None:
        """The ECF training that is to change."""
        return self.action.training if isinstance(self.action.training, Enrolment) else None

    @property
    def application(self) -> Application | None:
        """The NPQ training that is to change."""
        return self.action.training if isinstance(self.action.training, Application) else None

    @property
    def moves_cohort(self) -> bool:
        """Whether another cohort than the present one is asked for."""
        return self.action.training is not None and self.cohort != self.action.training.cohort

    @property
    def live(self) -> list[Declaration]:
        """The live declarations that count: not those left behind in a frozen cohort."""
        left = self.enrolment.frozen_cohort_left if self.enrolment else None
        return [each for each in self.declared if each.state in LIVE and each.cohort != left]


def change_requested(call: Call, programme: str, attributes: Attributes) -> Change:
    """What a request for another schedule asks for."""
    action = requested(call, "change-schedule", programme, attributes)
    subject = action.training
    written = text(attributes, "cohort")
    cohort = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else 0
    if written is None and subject is not None:
        cohort = subject.cohort
    partnership, contract = None, None
    if isinstance(subject, Enrolment):
        partnership = partnerships.with_school(call.connection, call.provider.id, subject.school_urn, cohort)
    elif isinstance(subject, Application):
        contract_for(call, subject)
        contract = npq.contract(call.connection, call.provider.id, cohort, subject.course_identifier)
    return Change(
        action=action,
        schedule=text(attributes, "schedule_identifier"),
        cohort=cohort,
        declared=declarations.of_training(call.connection, subject.training_id) if subject else [],
        partnership=partnership,
        contract=contract,
    )


@rule("schedule.participant-recognised")
def known_participant(call: Call, change: Change) -> Iterator[Problem]:
    """The participant trains, or trained, with the caller."""
    yield from participant_recognised(call, change.action)


@rule("schedule.course-recognised")
def known_course(call: Call, change: Change) -> Iterator[Problem]:
    """The course is the participant's own."""
    yield from course_recognised(call, change.action)


@rule("schedule.given")
def schedule_given(_: Call, change: Change) -> Iterator[Problem]:
    """There is a schedule (behaviour SCHED-BLANK)."""
    if change.action.trainings and change.schedule is None:
        yield Problem(
            "schedule_identifier",
            "The property '#/schedule_identifier' must be present and correspond to a valid schedule",
        )


@rule("schedule.not-withdrawn")
def not_withdrawn(_: Call, change: Change) -> Iterator[Problem]:
    """Nothing changes for somebody who has withdrawn (behaviour SCHED-WITHDRAWN)."""
    if change.action.training and change.action.training.training_status == "withdrawn":
        yield Problem("participant_id", "Cannot perform actions on a withdrawn participant")


@rule("schedule.another")
def another_schedule(_: Call, change: Change) -> Iterator[Problem]:
    """The schedule is not the one there is already (behaviour SCHED-SAME)."""
    subject = change.action.training
    if subject and not change.moves_cohort and change.schedule == subject.schedule_identifier:
        yield Problem("schedule_identifier", "Selected schedule is already on the profile")


@rule("schedule.fits-course")
def fits_course(call: Call, change: Change) -> Iterator[Problem]:
    """The schedule is one for the course (behaviours SCHED-NOT-FOR-COURSE, SCHED-REPLACEMENT-MENTOR-ONLY)."""
    if not change.action.trainings or change.schedule not in call.calendar.schedules:
        return
    if not call.calendar.allows(change.schedule, change.action.course):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course")


@rule("schedule.keeps-declarations")
def keeps_declarations(call: Call, change: Change) -> Iterator[Problem]:
    """Every live declaration is inside the new schedule's window of its type.

    Behaviour SCHED-INVALIDATES-DECLARATIONS.
    """
    if change.schedule not in call.calendar.schedules or _leaves_frozen_cohort(call, change):
        return
    windows = call.calendar.windows(change.schedule, change.cohort)
    if not windows:
        return
    for each in change.live:
        window, day = windows.get(each.declaration_type), each.declaration_date[:10]
        if window is None or day < window.start or (window.end is not None and day > window.end):
            yield Problem(
                "schedule_identifier",
                "Changing schedule would invalidate existing declarations. Please void them first.",
            )


@rule("schedule.cohort-free-to-change")
def cohort_free(call: Call, change: Change) -> Iterator[Problem]:
    """The cohort stays while declarations stand, unless it is frozen, and while places would lose their cap.

    Behaviours SCHED-COHORT-CHANGE-WITH-DECLARATIONS, SCHED-FROZEN-MOVE, SCHED-NPQ-FUNDED-TO-UNFUNDED.
    """
    if not change.moves_cohort or _leaves_frozen_cohort(call, change):
        return
    if change.live or _loses_cap(call, change):
        yield Problem("cohort", CANNOT_CHANGE_COHORT)


@rule("schedule.cohort-has-partnership")
def cohort_has_partnership(_: Call, change: Change) -> Iterator[Problem]:
    """ECF: the caller has a partnership with the school in the other cohort.

    Behaviours SCHED-COHORT-NO-PARTNERSHIP, -RELATIONSHIP-ONLY.
    """
    if change.enrolment and change.moves_cohort and change.partnership is None:
        yield Problem(
            "cohort",
            "You cannot change a participant to this cohort as you do not have a partnership with the school for the "
            "cohort. Contact the DfE for assistance.",
        )


@rule("schedule.cohort-has-contract")
def cohort_has_contract(_: Call, change: Change) -> Iterator[Problem]:
    """NPQ: the caller has a contract for the course in the other cohort (behaviour SCHED-NPQ-COHORT-NO-CONTRACT)."""
    if change.application and change.moves_cohort and change.contract is None:
        yield Problem(
            "cohort",
            "You cannot change a participant to this cohort as you do not have a contract for the cohort and course. "
            "Contact the DfE for assistance.",
        )


RULES: tuple[Rule[Change], ...] = (
    known_participant,
    known_course,
    not_withdrawn,
    schedule_given,
    another_schedule,
    fits_course,
    keeps_declarations,
    cohort_free,
    cohort_has_partnership,
    cohort_has_contract,
)


def change_schedule(call: Call, change: Change) -> None:
    """Apply the rules, then put the training on the new schedule. Raises 422 for a schedule that does not exist."""
    judge(call, change, RULES)
    if not call.calendar.windows(change.schedule or "", change.cohort):
        raise invalid_action("Validation failed: Schedule must exist")
    take_effect(call, change)


@part("schedule.effect")
def take_effect(call: Call, change: Change) -> None:
    """Give the training the schedule and cohort; the training status stays as it is."""
    subject = change.action.training
    if subject is None:
        return
    moment = moment_of_change(call, training.last_change(call.connection, subject))
    changes: dict[str, object] = {"schedule_identifier": change.schedule, "cohort": change.cohort}
    if change.enrolment and change.moves_cohort and change.partnership:
        changes["partnership_id"] = change.partnership.id
        changes["delivery_partner_id"] = change.partnership.delivery_partner_id
        left = change.enrolment.cohort if _leaves_frozen_cohort(call, change) else None
        people.change_training_record(call.connection, change.enrolment, moment, {"frozen_cohort_left": left})
    if change.application and change.contract and change.contract.capped and not _capped(call, change.application):
        changes["funded_place"] = change.application.eligible_for_funding
    training.change(call.connection, subject, moment, changes)


def _leaves_frozen_cohort(call: Call, change: Change) -> bool:
    """Whether somebody moves out of a cohort whose payments are frozen, with declarations that were billed there."""
    subject = change.enrolment
    if subject is None or not call.calendar.frozen(subject.cohort, call.today) or change.cohort != REFUGE_COHORT:
        return False
    if subject.participant_type == "mentor" and call.calendar.edition != call.calendar.editions[0]:
        return False
    billed = [each for each in change.declared if each.state in ("eligible", "payable", "paid")]
    return bool(billed) and not any(each.declaration_type == "completed" for each in billed)


def _loses_cap(call: Call, change: Change) -> bool:
    """Behaviour SCHED-NPQ-FUNDED-TO-UNFUNDED."""
    if change.application is None or change.contract is None:
        return False
    return _capped(call, change.application) and not change.contract.capped


def _capped(call: Call, application: Application) -> bool:
    return contract_for(call, application).capped
