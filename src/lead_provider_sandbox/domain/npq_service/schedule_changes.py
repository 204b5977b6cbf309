"""Changing the schedule of a participant of the NPQ service, and optionally the cohort."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.domain.npq_service.models import NpqApplication
from lead_provider_sandbox.domain.npq_service.training_actions import NOT_ACCEPTED, latest_first
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.parts import part

Cohort = tuple[int, str]
"""Start year and suffix."""


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A request to change schedule. `cohort` is None if no cohort of the year has the schedule.

    `funding` is that of the present and of the new cohort.
    """

    attributes: Attributes
    course: str | None
    training: NpqApplication | None
    schedule: str | None
    cohort: Cohort | None
    declared: Sequence[Declaration]
    funding: tuple[str | None, str | None]

    @property
    def moves_cohort(self) -> bool:
        """Whether the participant would be in another cohort."""
        training = self.training
        return bool(training and self.cohort) and self.cohort != (training.cohort, training.cohort_suffix)  # type: ignore[union-attr]

    @property
    def live(self) -> list[Declaration]:
        """The live declarations."""
        return [each for each in self.declared if each.state in LIVE]


def read_schedule_change(
    context: Context, accepted: Sequence[NpqApplication], attributes: Attributes
) -> ScheduleChange:
    """Return a request to change schedule, with the records that the rules need."""
    course, schedule = text(attributes, "course_identifier"), text(attributes, "schedule_identifier")
    training = next((each for each in latest_first(accepted) if each.course_identifier == course), None)
    cohort: Cohort | None = None
    funding: tuple[str | None, str | None] = (None, None)
    if training is not None:
        cohort = target_cohort(context, training, schedule, text(attributes, "cohort"))
        funding = (
            context.calendar.funding(training.cohort, training.cohort_suffix),
            context.calendar.funding(*cohort) if cohort else None,
        )
    declared = context.store.declarations.of_training(training.id) if training else []
    return ScheduleChange(attributes, course, training, schedule, cohort, declared, funding)


@part("npq-service.schedule.cohort")
def target_cohort(
    context: Context, training: NpqApplication, schedule: str | None, written: str | None
) -> Cohort | None:
    """Return the latest cohort of a start year, by default the participant's, that has the schedule; or None."""
    if written is not None and not re.fullmatch(r"[0-9]{4}", written):
        return None
    year = training.cohort if written is None else int(written)
    return next((each for each in _cohorts(context.calendar, year) if context.calendar.windows(schedule, *each)), None)


def _cohorts(calendar: Calendar, year: int) -> list[Cohort]:
    """Return the cohorts of a year, the latest one first."""
    return [(year, suffix) for suffix in sorted(calendar.cohorts.get(year, {}).get("suffixes", {}), reverse=True)]


RULES: Rules[ScheduleChange] = Rules()


@RULES.rule("npq-service.schedule.course-accepted")
def course_accepted(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant has an accepted application for the course."""
    if change.training is None:
        yield Problem("participant_id", NOT_ACCEPTED)


@RULES.rule("npq-service.schedule.not-withdrawn")
def not_withdrawn(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The participant is not withdrawn."""
    if change.training and change.training.training_status == "withdrawn":
        yield Problem("participant_id", "The participant is already withdrawn")


@RULES.rule("npq-service.schedule.known")
def schedule_known(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule exists in a cohort of the year."""
    if change.training and change.cohort is None:
        yield Problem("schedule_identifier", "The property '#/schedule_identifier' must be present")


@RULES.rule("npq-service.schedule.fits-course")
def fits_course(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule fits the course."""
    if change.cohort and not context.calendar.allows(change.schedule, change.course):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course")


@RULES.rule("npq-service.schedule.another")
def another_schedule(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The schedule differs from the present one."""
    training = change.training
    if training and not change.moves_cohort and change.schedule == training.schedule_identifier:
        yield Problem("schedule_identifier", "The participant already has the specified schedule")


@RULES.rule("npq-service.schedule.keeps-declarations")
def keeps_declarations(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """Every live declaration is of a type of the new schedule and not before its first day."""
    if change.cohort is None or not context.calendar.allows(change.schedule, change.course):
        return
    windows = context.calendar.windows(change.schedule, *change.cohort)
    for each in change.live:
        window = windows.get(each.declaration_type)
        if window is None or each.declaration_date[:10] < window.start:
            yield Problem(
                "schedule_identifier",
                "Changing schedule would invalidate existing declarations. Please void them first.",
            )


@RULES.rule("npq-service.schedule.cohort-undeclared")
def cohort_undeclared(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The cohort changes only without live declarations."""
    if change.moves_cohort and change.live:
        yield Problem(
            "cohort", "You cannot change the '#/cohort' field. Void the declarations of the participant first."
        )


@RULES.rule("npq-service.schedule.stays-capped")
def stays_capped(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """A participant does not move from a cohort with a funding cap to one without."""
    if change.moves_cohort and change.funding == ("capped", "full"):
        yield Problem("cohort", "You cannot move a participant from a cohort with a funding cap to one without")


@RULES.rule("npq-service.schedule.stays-unfunded")
def stays_unfunded(_: Context, change: ScheduleChange) -> Iterator[Problem]:
    """A participant does not move from an unfunded cohort to a funded one."""
    if change.moves_cohort and change.funding[0] == "zero" and change.funding[1] != "zero":
        yield Problem("cohort", "You cannot move a participant from an unfunded cohort to a funded one")


@RULES.rule("npq-service.schedule.cohort-has-contract")
def cohort_has_contract(context: Context, change: ScheduleChange) -> Iterator[Problem]:
    """The provider has a contract for the course in the new cohort."""
    if change.training is None or change.cohort is None or not change.moves_cohort:
        return
    course = change.training.course_identifier
    if not context.store.npq_service.has_contract(context.provider.id, *change.cohort, course):
        yield Problem(
            "cohort",
            "You cannot change a participant to this cohort as you do not have a contract for the cohort and course. "
            "Contact the DfE for assistance.",
        )


def change_schedule(context: Context, change: ScheduleChange) -> None:
    """Check the rules and change the schedule."""
    RULES.check(context, change)
    apply_schedule_change(context, change)


@part("npq-service.schedule.effect")
def apply_schedule_change(context: Context, change: ScheduleChange) -> None:
    """Set the schedule, the cohort, and the funded place if the new cohort is funded in another way."""
    if change.training is None or change.cohort is None:
        return
    year, suffix = change.cohort
    changes: dict[str, object] = {"schedule_identifier": change.schedule, "cohort": year, "cohort_suffix": suffix}
    if change.moves_cohort and change.funding == ("full", "capped"):
        changes["funded_place"] = change.training.eligible_for_funding
    if change.moves_cohort and change.funding[1] == "zero":
        changes["funded_place"] = False
    moment = change_time(context, context.store.trainings.last_change(change.training))
    context.store.npq_service.update_application(change.training, moment, changes)
