"""The situations that a seed file describes."""

from __future__ import annotations

from dataclasses import dataclass

Declared = tuple[tuple[str, str], ...]
"""Declarations of a participant in order: type and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcfSituation:
    """`count` similar participants of each lead provider."""

    name: str
    cohort: int
    count: int = 1
    participant_type: str = "ect"
    schedule: str = "ecf-standard-september"
    declared: Declared = ()
    training_status: str = "active"
    reason: str | None = None
    eligibility: str | None = "eligible"
    eligibility_reason: str | None = None
    trn: str = "known"  # known, claimed, none, or shared with another participant
    pupil_premium: bool = False
    sparsity: bool = False
    induction_status: str = "active"
    start_date: str | None = None
    end_date: str | None = None
    challenged: bool = False
    left_school: bool = False
    working_pattern: str | None = "full_time"
    merged: bool = False
    also_mentor: bool = False
    completed_induction: str | None = None
    mentor_ineligible_reason: str | None = None
    left_frozen_cohort: int | None = None
    moves_to_other_provider: bool = False
    changes_school: str | None = None  # confirmed, expected; ECT service also: unknown, school-led
    moves_on: str | None = None  # the day of a move; by default a day of the first winter
    mentored_elsewhere: bool = False
    id: str | None = None
    full_name: str | None = None
    new_provider_declared: Declared = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NpqSituation:
    """`count` similar applications to each lead provider."""

    name: str
    cohort: int
    course: str
    count: int = 1
    status: str = "accepted"
    schedule: str | None = None
    declared: Declared = ()
    outcome: str | None = None
    training_status: str = "active"
    reason: str | None = None
    eligible: bool = True
    funded_place: bool | None = None
    targeted: bool = False
    works_in_school: bool = True
    rival_at_other_provider: bool = False
    accepted_before: bool = False
    also_deferred_from: str | None = None  # another course
    also_with_other_provider: str | None = None  # another course, accepted by the other provider
    moved_after_outcome: bool = False  # to the provider of NPQs only
    merged: bool = False
    id: str | None = None
    full_name: str | None = None
    # Of the NPQ service only:
    suffix: str = "a"
    former_name: str | None = None
    trn: str = "known"  # known, unverified, or shared with the applicant before
    email_taken_over: bool = False
    country: str | None = None  # an ISO code; outside England
    rejection: str | None = None
    delivery_partners: int = 1
    earlier_cohort: str | None = None  # such as 2024a, of an accepted application for the same course
    also_accepted: bool = False  # for the same course and cohort
    transferred: bool = False  # to the other provider, after the declarations
    also_applied_for: str | None = None  # another course, in a pending application to the same provider
    nulls: bool = False  # null in every field of person and application that may be null
