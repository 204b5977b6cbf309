"""The NPQ applications in the seed of each lead provider."""

from __future__ import annotations

from dataclasses import dataclass

from lead_provider_sandbox.seed.ecf_situations import Declared

CONTRACT_COHORTS = (2021, 2022, 2023, 2024)
CAPPED_FROM = 2024
"""Contracts have a funding cap from this cohort on."""

UNCONTRACTED = (2024, "npq-additional-support-offer")
"""A cohort and course without a contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NpqSituation:
    """`count` similar applications to each lead provider."""

    name: str
    count: int
    cohort: int
    course: str
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
    merged: bool = False
    id: str | None = None
    full_name: str | None = None


_AUTUMN = "npq-leadership-autumn"
_SPECIALIST = "npq-specialist-autumn"
_STARTED: Declared = (("started", "paid"),)

NPQ_SITUATIONS: tuple[NpqSituation, ...] = (
    NpqSituation(name="pending", count=20, cohort=2024, course="npq-headship", status="pending"),
    NpqSituation(name="pending", count=24, cohort=2023, course="npq-senior-leadership", status="pending"),
    NpqSituation(name="pending", count=4, cohort=2022, course="npq-leading-literacy", status="pending", targeted=True),
    NpqSituation(
        name="pending, not eligible", count=4, cohort=2024, course="npq-senco", status="pending", eligible=False
    ),
    NpqSituation(
        name="pending at both providers",
        count=2,
        cohort=2024,
        course="npq-leading-teaching",
        status="pending",
        rival_at_other_provider=True,
    ),
    NpqSituation(
        name="pending coaching", count=2, cohort=2023, course="npq-early-headship-coaching-offer", status="pending"
    ),
    NpqSituation(
        name="pending, no contract", count=1, cohort=2024, course="npq-additional-support-offer", status="pending"
    ),
    NpqSituation(
        name="accepted for the course a year before",
        count=6,
        cohort=2023,
        course="npq-executive-leadership",
        status="pending",
        accepted_before=True,
    ),
    NpqSituation(name="records merged", count=1, cohort=2023, course="npq-headship", schedule=_AUTUMN, merged=True),
    NpqSituation(name="rejected", count=3, cohort=2023, course="npq-headship", status="rejected"),
    NpqSituation(
        name="accepted, capped", count=20, cohort=2024, course="npq-headship", schedule=_AUTUMN, funded_place=True
    ),
    NpqSituation(
        name="accepted, unfunded place", count=2, cohort=2024, course="npq-senco", schedule=_AUTUMN, funded_place=False
    ),
    NpqSituation(name="accepted", count=30, cohort=2023, course="npq-senior-leadership", schedule=_AUTUMN),
    NpqSituation(
        name="accepted specialist", count=10, cohort=2023, course="npq-leading-teaching", schedule=_SPECIALIST
    ),
    NpqSituation(
        name="accepted, not eligible",
        count=2,
        cohort=2023,
        course="npq-executive-leadership",
        schedule=_AUTUMN,
        eligible=False,
    ),
    NpqSituation(
        name="accepted coaching",
        count=2,
        cohort=2023,
        course="npq-early-headship-coaching-offer",
        schedule="npq-ehco-november",
    ),
    NpqSituation(
        name="accepted support offer",
        count=1,
        cohort=2021,
        course="npq-additional-support-offer",
        schedule="npq-aso-november",
    ),
    NpqSituation(
        name="started",
        count=12,
        cohort=2023,
        course="npq-headship",
        schedule=_AUTUMN,
        declared=(("started", "eligible"),),
    ),
    NpqSituation(
        name="started, paid",
        count=2,
        cohort=2022,
        course="npq-leading-literacy",
        schedule=_SPECIALIST,
        declared=_STARTED,
        targeted=True,
    ),
    NpqSituation(
        name="started, voided",
        count=1,
        cohort=2023,
        course="npq-headship",
        schedule=_AUTUMN,
        declared=(("started", "voided"),),
    ),
    NpqSituation(
        name="passed",
        count=3,
        cohort=2022,
        course="npq-leading-teaching-development",
        schedule=_SPECIALIST,
        declared=(("started", "paid"), ("retained-1", "paid"), ("completed", "paid")),
        outcome="passed",
    ),
    NpqSituation(
        name="failed",
        count=2,
        cohort=2022,
        course="npq-early-years-leadership",
        schedule=_AUTUMN,
        declared=(("started", "paid"), ("retained-1", "paid"), ("retained-2", "paid"), ("completed", "eligible")),
        outcome="failed",
    ),
    NpqSituation(
        name="deferred",
        count=2,
        cohort=2023,
        course="npq-leading-behaviour-culture",
        schedule=_SPECIALIST,
        declared=_STARTED,
        training_status="deferred",
        reason="career-break",
    ),
    NpqSituation(
        name="withdrawn",
        count=2,
        cohort=2023,
        course="npq-executive-leadership",
        schedule=_AUTUMN,
        declared=_STARTED,
        training_status="withdrawn",
        reason="insufficient-capacity",
    ),
    NpqSituation(
        name="frozen cohort", count=1, cohort=2021, course="npq-headship", schedule=_AUTUMN, declared=_STARTED
    ),
    NpqSituation(
        name="outside schools",
        count=2,
        cohort=2024,
        course="npq-early-years-leadership",
        status="pending",
        works_in_school=False,
    ),
)
