"""The status of a participant in the ECT service."""

from __future__ import annotations

from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.parts import part


def is_completed(enrolment: Enrolment, day: str) -> bool:
    """Return whether induction is complete, or a mentor's funding has ended, on a day."""
    ended = enrolment.mentor_funding_end_date if is_mentor(enrolment) else enrolment.induction_end_date
    return ended is not None and ended <= day


def is_mentor(enrolment: Enrolment) -> bool:
    """Return whether the training is a mentor's."""
    return enrolment.participant_type == "mentor"


@part("ect.participant-status")
def participant_status(context: Context, enrolment: Enrolment) -> str:
    """Return joining before the first day, leaving before the last day, left from that day on, otherwise active.

    A participant who completed by the last day stays active, unless the provider deferred or withdrew them.
    """
    last = enrolment.end_date
    if enrolment.start_date > context.today:
        return "joining"
    if last is None or (enrolment.training_status == "active" and is_completed(enrolment, last)):
        return "active"
    return "leaving" if last > context.today else "left"


@part("ect.eligible-for-funding")
def eligible_for_funding(_: Context, enrolment: Enrolment) -> bool | None:
    """Return whether training is funded: None while undecided, and always True for mentors."""
    return True if is_mentor(enrolment) else enrolment.eligible_for_funding


@part("ect.uplifts")
def uplifts(context: Context, enrolment: Enrolment) -> tuple[bool, bool]:
    """Return the pupil premium and the sparsity uplift: those of the school, and none from cohort 2025 on."""
    if context.calendar.since_2025(enrolment.cohort, "detailed_evidence"):
        return False, False
    return enrolment.pupil_premium_uplift, enrolment.sparsity_uplift


def has_cohort(context: Context, year: int | None) -> bool:
    """Return whether the service has a cohort: one with dates for the standard schedule."""
    return year is not None and bool(context.calendar.windows("ecf-standard-september", year))


def is_frozen(context: Context, cohort: int) -> bool:
    """Return whether payments of a cohort are frozen."""
    return context.calendar.frozen(cohort, context.today)
