"""Changing the schedule, and optionally the cohort, of a participant of the ECT service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.calendar import MilestoneWindow
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.ect.actions import (
    COURSE_MISSING,
    COURSES,
    Action,
    course_recognised,
    with_other_providers,
)
from lead_provider_sandbox.domain.ect.training import (
    has_cohort,
    is_completed,
    is_frozen,
    is_mentor,
    participant_status,
)
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Declaration, Enrolment
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.school_models import Partnership
from lead_provider_sandbox.parts import part

SCHEDULE_MISSING = "The property '#/schedule_identifier' must be present and correspond to a valid schedule."


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A request to change schedule, with the records that the rules need. `cohort` is 0 if it is not a year."""

    action: Action
    schedule: str | None
    cohort: int
    declared: Sequence[Declaration]
    partnership: Partnership | None

    @property
    def enrolment(self) -> Enrolment | None:
        """The training to change."""
        return self.action.enrolment

    @property
    def moves_cohort(self) -> bool:
        """Whether the request names a different cohort."""
        return self.enrolment is not None and self.cohort != self.enrolment.cohort

    @property
    def live(self) -> list[Declaration]:
        """The live declarations."""
        return [each for each in self.declared if each.state in LIVE]


def read_schedule_change(context: Context, enrolments: Sequence[Enrolment], attributes: Attributes) -> ScheduleChange:
    """Read a request to change schedule and look up the records that the rules need."""
    action = Action("change-schedule", attributes, enrolments)
    enrolment, written = action.enrolment, text(attributes, "cohort")
    cohort = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else 0
    if written is None and enrolment is not None:
        cohort = enrolment.cohort
    store, partnership, declared = context.store, None, []
    if enrolment is not None:
        partnership = store.partnerships.with_school(context.provider.id, enrolment.school_urn, cohort)
        declared = [*store.declarations.of_training(enrolment.training_record_id)]
    return ScheduleChange(action, text(attributes, "schedule_identifier"), cohort, declared, partnership)


RULES: Rules[ScheduleChange] = Rules()


@RULES.rule("ect-schedule.course-given")
def course_given(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The course is given, and is one of the two courses."""
    if change.action.course not in COURSES:
        yield Problem("course_identifier", COURSE_MISSING)


@RULES.rule("ect-schedule.course-recognised")
def known_course(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant takes the course with the provider."""
    yield from course_recognised(context, change.action)


@RULES.rule("ect-schedule.given")
def schedule_given(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule is given."""
    if change.schedule is None:
        yield Problem("schedule_identifier", SCHEDULE_MISSING)


@RULES.rule("ect-schedule.known")
def schedule_known(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule exists, and is one of early career teachers and mentors."""
    known = context.calendar.schedules.get(change.schedule or "")
    if change.schedule is not None and (known is None or known.programme != "ecf"):
        yield Problem("schedule_identifier", "Enter a valid schedule identifier.")


@RULES.rule("ect-schedule.another")
def another_schedule(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule differs from the current one, or the cohort does."""
    if change.enrolment and not change.moves_cohort and change.schedule == change.enrolment.schedule_identifier:
        yield Problem("schedule_identifier", "Selected schedule is already on the profile")


@RULES.rule("ect-schedule.replacement-is-for-mentors")
def replacement_is_for_mentors(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """An early career teacher has no replacement schedule."""
    if change.enrolment and not is_mentor(change.enrolment) and _has_kind(change, "replacement"):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course_identifier")


@RULES.rule("ect-schedule.reduced-is-for-teachers")
def reduced_is_for_teachers(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """A mentor has no reduced schedule."""
    if change.enrolment and is_mentor(change.enrolment) and _has_kind(change, "reduced"):
        yield Problem(
            "schedule_identifier",
            "Mentors cannot be placed on a reduced schedule. Assign them to a different schedule.",
        )


@RULES.rule("ect-schedule.cohort-exists")
def cohort_exists(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The cohort exists."""
    if change.moves_cohort and not has_cohort(context, change.cohort):
        yield Problem("cohort", "The '#/cohort' you have entered is invalid. Check cohort details and try again.")


@RULES.rule("ect-schedule.cohort-not-frozen")
def cohort_not_frozen(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """Payments of the new cohort are not frozen, unless the participant came from that cohort."""
    if not change.moves_cohort or change.enrolment is None or not is_frozen(context, change.cohort):
        return
    if change.enrolment.frozen_cohort_left != change.cohort:
        yield Problem(
            "cohort",
            "You cannot move a participant to a payments frozen cohort unless they previously belonged to that cohort.",
        )


@RULES.rule("ect-schedule.cohort-has-partnership")
def cohort_has_partnership(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The provider has a partnership with the school in the new cohort."""
    if change.moves_cohort and has_cohort(context, change.cohort) and change.partnership is None:
        yield Problem(
            "cohort",
            "You cannot change a participant to this contract_period as you do not have a partnership with the school "
            "for the contract_period. Contact the DfE for assistance.",
        )


@RULES.rule("ect-schedule.not-completed")
def not_completed(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """Induction or training is not complete, unless an early career teacher moves to a reduced schedule."""
    enrolment = change.enrolment
    if enrolment is None or not is_completed(enrolment, context.today):
        return
    if is_mentor(enrolment) or not _has_kind(change, "reduced"):
        yield Problem(
            "participant_id",
            "You cannot change this participant's schedule as they have completed their training or induction.",
        )


@RULES.rule("ect-schedule.not-left")
def not_left(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant has not left the provider: by leaving the school, a deferral or a withdrawal."""
    if change.enrolment and participant_status(context, change.enrolment) == "left":
        yield Problem(
            "participant_id",
            "You cannot change this participant's schedule. This is because the participant has a 'left' "
            "participant_status, so they are not training with you currently.",
        )


@RULES.rule("ect-schedule.not-due-elsewhere")
def not_due_elsewhere(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant is not due to start with another provider later."""
    enrolment = change.enrolment
    if enrolment is None:
        return
    later = max(context.today, enrolment.start_date)
    if any(each.start_date > later for each in with_other_providers(context, enrolment)):
        yield Problem(
            "participant_id",
            "You cannot change this participant's schedule as they are due to start with another lead provider in the "
            "future.",
        )


@RULES.rule("ect-schedule.keeps-declarations-of-today")
def keeps_declarations_of_today(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """A second change on one day keeps the declarations made since the first one valid."""
    enrolment = change.enrolment
    if enrolment is None or (enrolment.schedule_changed_at or "")[:10] != context.today:
        return
    windows = context.calendar.windows(change.schedule, change.cohort)
    today = (each for each in change.live if each.created_at[:10] == context.today)
    if windows and not all(_is_in_window(each, windows) for each in today):
        yield Problem(
            "schedule_identifier",
            "The change of schedule cannot be applied because a previous change of schedule and a declaration were "
            "made on the same day. Void the declaration, or try again tomorrow.",
        )


def _is_in_window(declaration: Declaration, windows: Mapping[str, MilestoneWindow]) -> bool:
    window, day = windows.get(declaration.declaration_type), declaration.declaration_date[:10]
    return window is not None and window.start <= day and (window.end is None or day <= window.end)


def _has_kind(change: ScheduleChange, kind: str) -> bool:
    return (change.schedule or "").startswith(f"ecf-{kind}-")


def change_schedule(context: Context, change: ScheduleChange) -> None:
    """Check the rules and change the schedule."""
    RULES.check(context, change)
    apply_schedule_change(context, change)


@part("ect-schedule.effect")
def apply_schedule_change(context: Context, change: ScheduleChange) -> None:
    """Set the schedule and the cohort. A new training period begins today, unless training is still to begin."""
    enrolment = change.enrolment
    if enrolment is None:
        return
    moment = change_time(context, context.store.trainings.last_change(enrolment))
    changes: dict[str, object] = {
        "schedule_identifier": change.schedule,
        "cohort": change.cohort,
        "schedule_changed_at": context.now,
        "period_start": max(enrolment.start_date, context.today),
    }
    if change.moves_cohort and change.partnership:
        changes["partnership_id"] = change.partnership.id
        changes["delivery_partner_id"] = change.partnership.delivery_partner_id
        left = enrolment.cohort if is_frozen(context, enrolment.cohort) else None
        context.store.people.update_training_record(enrolment, moment, {"frozen_cohort_left": left})
    context.store.trainings.update(enrolment, moment, changes)
