"""Records of the store as values. Instants and dates are text (see `clock`).

Classes with many fields are not frozen, because a frozen one takes seven times as long to make, and a list has many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Provider:
    """A lead provider and the programmes it delivers."""

    id: str
    name: str
    ecf: bool
    npq: bool


@dataclass(slots=True)
class Person:
    """A person. `trn` is on the teacher record; `claimed_trn` is the TRN given at registration.

    Only a person of the NPQ service can be without an email: another person has taken it over.
    """

    id: str
    full_name: str
    email: str | None
    trn: str | None
    claimed_trn: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class IdChange:
    """A merge of two records of one person: `from_id` became `to_id`."""

    from_id: str
    to_id: str
    changed_at: str


@dataclass(slots=True)
class Enrolment:
    """A person's ECF training with one provider, joined with its training record.

    The last six fields are of the ECT service. `period_start` is the first day of the current training period: it moves
    when training is resumed or its schedule changes. `left_school_on` is the last day at the school.
    """

    programme: ClassVar[str] = "ecf"

    id: str
    training_record_id: str
    person_id: str
    provider_id: str
    partnership_id: str
    delivery_partner_id: str
    school_urn: str
    mentor_id: str | None
    email: str
    cohort: int
    schedule_identifier: str
    training_status: str
    status_reason: str | None
    status_at: str | None
    induction_status: str
    start_date: str
    end_date: str | None
    created_at: str
    updated_at: str
    participant_type: str
    eligibility: str | None
    eligibility_reason: str | None
    pupil_premium_uplift: bool
    sparsity_uplift: bool
    induction_end_date: str | None
    mentor_funding_end_date: str | None
    mentor_ineligible_reason: str | None
    frozen_cohort_left: int | None
    working_pattern: str | None
    induction_start_date: str | None
    last_induction_end_date: str | None
    period_start: str | None
    schedule_changed_at: str | None
    left_school_on: str | None

    @property
    def training_id(self) -> str:
        """The id that declarations refer to: the record's, so that they follow the person to another provider."""
        return self.training_record_id

    @property
    def fundable(self) -> bool:
        """Whether declarations are paid for."""
        return self.eligibility == "eligible"

    @property
    def uplift(self) -> bool:
        """Whether a started declaration earns an uplift payment."""
        return self.course_identifier == "ecf-induction" and (self.pupil_premium_uplift or self.sparsity_uplift)

    @property
    def course_identifier(self) -> str:
        """The course of the participant type."""
        return "ecf-mentor" if self.participant_type == "mentor" else "ecf-induction"

    @property
    def eligible_for_funding(self) -> bool | None:
        """Whether training is funded; None while undecided (behaviour PECF-ELIGIBLE-FOR-FUNDING)."""
        return {"eligible": True, "ineligible": False}.get(self.eligibility or "")


@dataclass(frozen=True, slots=True)
class Statement:
    """A financial statement of a provider for a cohort and programme."""

    id: str
    provider_id: str
    programme: str
    cohort: int
    month: int
    year: int
    cut_off_date: str
    payment_date: str
    output_fee: bool
    paid: bool
    created_at: str
    updated_at: str


@dataclass(slots=True)
class Declaration:
    """A declaration, with the name of the provider that made it."""

    id: str
    person_id: str
    provider_id: str
    programme: str
    training_id: str
    cohort: int
    course_identifier: str
    declaration_type: str
    declaration_date: str
    state: str
    evidence_held: str | None
    has_passed: bool | None
    uplift: bool
    ineligible_reason: str | None
    mentor_id: str | None
    delivery_partner_id: str | None
    statement_id: str | None
    clawback_statement_id: str | None
    created_at: str
    updated_at: str
    provider_name: str


@dataclass(slots=True)
class Application:
    """An application for an NPQ; once accepted, also the training.

    `previously_funded`: the person has another accepted and funded application for the course.
    """

    programme: ClassVar[str] = "npq"
    mentor_id: ClassVar[None] = None
    delivery_partner_id: ClassVar[None] = None

    id: str
    person_id: str
    provider_id: str
    course_identifier: str
    cohort: int
    status: str
    written_schedule: str | None
    eligible_on_paper: bool
    funded_place: bool | None
    targeted_delivery_funding: bool
    funding_choice: str | None
    headteacher_status: str | None
    school_urn: str | None
    school_ukprn: str | None
    private_childcare_provider_urn: str | None
    works_in_school: bool
    employer_name: str | None
    employment_role: str | None
    catchment_country: str | None
    catchment_iso_code: str | None
    itt_provider: str | None
    lead_mentor: bool
    training_status: str
    status_reason: str | None
    status_at: str | None
    accepted_at: str | None
    created_at: str
    updated_at: str
    previously_funded: bool

    @property
    def training_id(self) -> str:
        """The id that declarations refer to."""
        return self.id

    @property
    def schedule_identifier(self) -> str:
        """The schedule of an accepted application; empty until then."""
        return self.written_schedule or ""

    @property
    def eligible_for_funding(self) -> bool:
        """Whether the training would be funded (behaviour NAPP-ELIGIBLE-PREVIOUSLY-FUNDED)."""
        return self.eligible_on_paper and not self.previously_funded

    @property
    def fundable(self) -> bool:
        """Whether declarations are paid for (behaviour DECL-NPQ-NOT-FUNDED)."""
        return self.eligible_for_funding and self.funded_place is not False

    @property
    def uplift(self) -> bool:
        """Whether a started declaration earns an uplift payment (behaviour DECL-UPLIFT-PAID-NPQ)."""
        return self.targeted_delivery_funding and self.course_identifier not in COACHING_COURSES


Training = Enrolment | Application
"""A person's training in one course with one provider, in either programme."""

COACHING_COURSES = ("npq-early-headship-coaching-offer", "npq-additional-support-offer")
"""Courses without outcomes and uplifts. Competing applications for them count as one course."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A provider's contract for a course in a cohort; a funding cap above 0 limits funded places."""

    provider_id: str
    cohort: int
    course_identifier: str
    funding_cap: int | None

    @property
    def capped(self) -> bool:
        """Whether funded places are limited."""
        return (self.funding_cap or 0) > 0


@dataclass(frozen=True, slots=True)
class NpqOutcome:
    """A reported outcome of an NPQ; `completion_date` is a day."""

    id: str
    declaration_id: str
    person_id: str
    provider_id: str
    course_identifier: str
    state: str
    completion_date: str
    created_at: str
    updated_at: str
