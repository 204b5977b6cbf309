"""The named states in which a record can be created."""

from __future__ import annotations

from collections.abc import Mapping

from lead_provider_sandbox.seed.ecf_situations import EcfSituation
from lead_provider_sandbox.seed.npq_situations import NpqSituation

_AUTUMN = "npq-leadership-autumn"

_ECF = {
    "ect.no-declarations": EcfSituation(name="", count=1, cohort=2023),
    "ect.started": EcfSituation(name="", count=1, cohort=2023, declared=(("started", "eligible"),)),
    "ect.paid": EcfSituation(name="", count=1, cohort=2023, declared=(("started", "paid"),)),
    "ect.no-windows": EcfSituation(name="", count=1, cohort=2023, schedule="ecf-extended-september"),
    "ect.deferred": EcfSituation(name="", count=1, cohort=2023, training_status="deferred", reason="career-break"),
    "ect.withdrawn": EcfSituation(
        name="",
        count=1,
        cohort=2023,
        declared=(("started", "paid"),),
        training_status="withdrawn",
        reason="left-teaching-profession",
    ),
    "ect.not-registered": EcfSituation(name="", count=1, cohort=2024, eligibility=None, trn="none"),
    "mentor.no-declarations": EcfSituation(name="", count=1, cohort=2023, participant_type="mentor"),
    "mentor.started": EcfSituation(
        name="", count=1, cohort=2023, participant_type="mentor", declared=(("started", "eligible"),)
    ),
}
_NPQ = {
    "application.pending": NpqSituation(name="", count=1, cohort=2023, course="npq-headship", status="pending"),
    "application.pending-capped": NpqSituation(name="", count=1, cohort=2024, course="npq-headship", status="pending"),
    "application.rejected": NpqSituation(name="", count=1, cohort=2023, course="npq-headship", status="rejected"),
    "npq.no-declarations": NpqSituation(name="", count=1, cohort=2023, course="npq-headship", schedule=_AUTUMN),
    "npq.started": NpqSituation(
        name="", count=1, cohort=2023, course="npq-headship", schedule=_AUTUMN, declared=(("started", "eligible"),)
    ),
    "npq.passed": NpqSituation(
        name="",
        count=1,
        cohort=2022,
        course="npq-headship",
        schedule=_AUTUMN,
        declared=(("started", "paid"), ("completed", "eligible")),
        outcome="passed",
    ),
    "npq.withdrawn": NpqSituation(
        name="",
        count=1,
        cohort=2023,
        course="npq-headship",
        schedule=_AUTUMN,
        declared=(("started", "paid"),),
        training_status="withdrawn",
        reason="insufficient-capacity",
    ),
}

STATES: Mapping[str, EcfSituation | NpqSituation] = {**_ECF, **_NPQ}
"""The situation of a record in each named state."""
