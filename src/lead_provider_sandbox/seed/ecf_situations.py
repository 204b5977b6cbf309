"""The ECF participants in the seed of each lead provider."""

from __future__ import annotations

from dataclasses import dataclass, field

SEPTEMBER = "ecf-standard-september"

Declared = tuple[tuple[str, str], ...]
"""Declarations of a participant in order: type and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcfSituation:
    """`count` similar participants of each lead provider."""

    name: str
    count: int
    cohort: int
    participant_type: str = "ect"
    schedule: str = SEPTEMBER
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
    merged: bool = False
    also_mentor: bool = False
    completed_induction: str | None = None
    left_frozen_cohort: int | None = None
    moves_to_other_provider: bool = False
    changes_school: str | None = None  # confirmed, or expected
    mentored_elsewhere: bool = False
    id: str | None = None
    full_name: str | None = None
    new_provider_declared: Declared = field(default=())


STARTED: Declared = (("started", "paid"),)
THREE_PAID: Declared = (("started", "paid"), ("retained-1", "paid"), ("retained-2", "paid"))
WHOLE_COURSE: Declared = (
    ("started", "paid"),
    ("retained-1", "paid"),
    ("retained-2", "paid"),
    ("retained-3", "paid"),
    ("retained-4", "paid"),
    ("completed", "payable"),
)

_PLENTY = tuple(
    EcfSituation(name="nothing declared", count=40, cohort=cohort) for cohort in (2022, 2023, 2024)
) + tuple(
    EcfSituation(name="nothing declared", count=14, cohort=cohort, participant_type="mentor")
    for cohort in (2022, 2023, 2024)
)

_DECLARED = (
    EcfSituation(name="started, eligible", count=12, cohort=2024, declared=(("started", "eligible"),)),
    EcfSituation(name="started, payable", count=2, cohort=2024, declared=(("started", "payable"),)),
    EcfSituation(name="started, paid", count=8, cohort=2023, declared=STARTED),
    EcfSituation(
        name="started, submitted", count=3, cohort=2023, declared=(("started", "submitted"),), eligibility=None
    ),
    EcfSituation(name="started and retained", count=3, cohort=2023, declared=THREE_PAID, pupil_premium=True),
    # Shares the TRN of the previous participant, whose started declaration is live.
    EcfSituation(name="duplicate", count=4, cohort=2023, declared=(("started", "ineligible"),), trn="shared"),
    EcfSituation(
        name="completed",
        count=2,
        cohort=2022,
        declared=WHOLE_COURSE,
        induction_status="completed",
        completed_induction="2024-07-19",
    ),
    EcfSituation(name="started, voided", count=2, cohort=2023, declared=(("started", "voided"),)),
    EcfSituation(
        name="voided, then declared again",
        count=1,
        cohort=2023,
        declared=(("started", "voided"), ("started", "eligible")),
    ),
    EcfSituation(name="awaiting clawback", count=2, cohort=2023, declared=(("started", "awaiting-clawback"),)),
    EcfSituation(name="clawed back", count=1, cohort=2022, declared=(("started", "clawed-back"),), sparsity=True),
    EcfSituation(name="mentor started", count=2, cohort=2023, participant_type="mentor", declared=STARTED),
    EcfSituation(
        name="mentor completed",
        count=1,
        cohort=2022,
        participant_type="mentor",
        declared=(("started", "paid"), ("completed", "eligible")),
    ),
)

_STOPPED = (
    EcfSituation(name="deferred", count=2, cohort=2023, training_status="deferred", reason="career-break"),
    EcfSituation(
        name="started, then deferred",
        count=2,
        cohort=2023,
        declared=STARTED,
        training_status="deferred",
        reason="parental-leave",
    ),
    EcfSituation(
        name="started, then withdrawn",
        count=3,
        cohort=2023,
        declared=STARTED,
        training_status="withdrawn",
        reason="left-teaching-profession",
    ),
    EcfSituation(
        name="mentor withdrawn",
        count=1,
        cohort=2022,
        participant_type="mentor",
        declared=STARTED,
        training_status="withdrawn",
        reason="mentor-no-longer-being-mentor",
    ),
    EcfSituation(name="school withdrew", count=1, cohort=2023, induction_status="withdrawn"),
)

_SCHEDULES = (
    EcfSituation(name="January", count=2, cohort=2023, schedule="ecf-standard-january"),
    EcfSituation(name="April", count=2, cohort=2022, schedule="ecf-standard-april"),
    EcfSituation(name="extended", count=8, cohort=2022, schedule="ecf-extended-september"),
    EcfSituation(name="reduced", count=6, cohort=2023, schedule="ecf-reduced-september"),
    EcfSituation(
        name="replacement mentor",
        count=2,
        cohort=2023,
        participant_type="mentor",
        schedule="ecf-replacement-september",
    ),
    EcfSituation(name="frozen cohort, nothing declared", count=2, cohort=2021),
    EcfSituation(name="frozen cohort, three paid", count=10, cohort=2021, declared=THREE_PAID),
    EcfSituation(name="left a frozen cohort", count=1, cohort=2024, left_frozen_cohort=2021),
    EcfSituation(name="cohort 2025", count=4, cohort=2025),
    EcfSituation(name="cohort 2025 mentor", count=3, cohort=2025, participant_type="mentor"),
)

_REGISTRATION = (
    EcfSituation(name="not checked yet", count=6, cohort=2024, eligibility=None, trn="claimed"),
    EcfSituation(name="no TRN", count=2, cohort=2024, eligibility=None, trn="none"),
    EcfSituation(name="matched, undecided", count=1, cohort=2024, eligibility="matched"),
    EcfSituation(
        name="not eligible", count=2, cohort=2023, eligibility="ineligible", eligibility_reason="previous_induction"
    ),
    EcfSituation(
        name="another TRN", count=1, cohort=2023, eligibility="ineligible", eligibility_reason="different_trn"
    ),
    EcfSituation(name="both records", count=6, cohort=2023, also_mentor=True),
    EcfSituation(name="records merged", count=1, cohort=2023, merged=True),
)

_HIDDEN = (
    EcfSituation(name="cohort 2020", count=1, cohort=2020),
    EcfSituation(name="partnership challenged", count=1, cohort=2023, challenged=True),
)

_MOVING = (
    EcfSituation(name="joining", count=1, cohort=2024, start_date="2099-09-01"),
    EcfSituation(name="leaving", count=1, cohort=2024, induction_status="leaving", end_date="2099-08-31"),
    EcfSituation(
        name="moved to the other provider",
        count=10,
        cohort=2023,
        declared=STARTED,
        moves_to_other_provider=True,
        new_provider_declared=(("retained-1", "eligible"),),
    ),
    EcfSituation(name="changed school", count=8, cohort=2023, changes_school="confirmed"),
    EcfSituation(name="about to change school", count=1, cohort=2024, changes_school="expected"),
    EcfSituation(name="mentor of another provider", count=3, cohort=2023, mentored_elsewhere=True),
    EcfSituation(name="moved before anything was declared", count=6, cohort=2023, moves_to_other_provider=True),
)

ECF_SITUATIONS: tuple[EcfSituation, ...] = (
    *_PLENTY,
    *_DECLARED,
    *_STOPPED,
    *_SCHEDULES,
    *_REGISTRATION,
    *_MOVING,
    *_HIDDEN,
)
