"""The records of the deployed services: those that their own sandbox seeds leave, as far as they were observed.

Few participants can be declared for. Most have left, eligibility is undecided, and everything was last updated in the
minutes of seeding. The NPQ service has states, schedules and dates that its own rules would refuse.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lead_provider_sandbox.domain.clock import Clock, to_datetime, to_instant
from lead_provider_sandbox.seed.file import SeedPlan
from lead_provider_sandbox.seed.situations import EcfSituation
from lead_provider_sandbox.store.store import Rows

_SEED = 4
_EXTENDED = "ecf-extended-september"
_PAID = (("started", "paid"),)
_SCHEDULES = (
    "npq-leadership-spring", "npq-leadership-autumn", "npq-specialist-spring", "npq-specialist-autumn",
    "npq-ehco-june", "npq-ehco-november", "npq-ehco-march", None,
)  # fmt: skip
_WITHDRAWN = ("quality-of-programme-structure-not-suitable.", "change-in-school-leadership", "non-payment-of-invoice")
_FUTURE = "2027-01-02T09:00:00.000000Z"


def _ect(name: str, cohort: int, **values: Any) -> EcfSituation:
    return EcfSituation(name=name, cohort=cohort, **{"eligibility": None, **values})


ECT_PLAN = SeedPlan(
    (
        _ect("nothing declared", 2024, count=2, eligibility="eligible"),
        _ect("undecided", 2025, count=1, trn="claimed"),
        _ect("undecided", 2026, count=2, working_pattern=None),
        _ect("mentor", 2023, participant_type="mentor"),
        _ect("mentor", 2025, participant_type="mentor"),
        _ect("left", 2021, count=8, end_date="2022-10-03"),
        _ect("left", 2021, eligibility="eligible", end_date="2023-01-04", completed_induction="2023-09-07"),
        _ect("completed", 2021, eligibility="eligible", end_date="2023-09-07", completed_induction="2023-09-07"),
        _ect("left", 2022, count=3, end_date="2023-09-30", participant_type="mentor"),
        _ect("withdrawn", 2022, count=3, participant_type="mentor", training_status="withdrawn", reason="other"),
        _ect("left", 2023, count=3, end_date="2024-11-30"),
        _ect("left", 2023, count=2, end_date="2024-11-30", participant_type="mentor"),
        _ect("deferred", 2021, training_status="deferred", reason="career-break", end_date="2022-05-01"),
        _ect("deferred", 2024, eligibility="eligible", training_status="deferred", reason="parental-leave"),
        _ect("deferred", 2024, training_status="deferred", reason="other", schedule="ecf-standard-january"),
        _ect("deferred", 2024, participant_type="mentor", training_status="deferred", reason="parental-leave"),
        _ect("deferred, leaving", 2025, training_status="deferred", reason="other", end_date="2099-08-31",
             participant_type="mentor"),
        _ect("withdrawn", 2024, training_status="withdrawn", reason="switched-to-school-led"),
        _ect("withdrawn", 2024, eligibility="eligible", training_status="withdrawn", reason="other"),
        _ect("moved away", 2024, moves_to_other_provider=True, declared=_PAID, eligibility="eligible"),
        _ect("no new school", 2022, count=2, changes_school="unknown"),
        _ect("school-led", 2024, changes_school="school-led"),
        _ect("merged", 2023, merged=True, end_date="2024-11-30"),
        _ect("mentored elsewhere", 2023, mentored_elsewhere=True, end_date="2024-11-30"),
        *(
            _ect(state, 2023, declared=((kind, state),), schedule=_EXTENDED, end_date="2025-01-31")
            for kind, state in (
                ("completed", "submitted"), ("extended-1", "eligible"), ("extended-3", "awaiting-clawback"),
                ("extended-3", "payable"), ("retained-4", "clawed-back"), ("retained-2", "voided"),
            )
        ),
    ),
    (),
)  # fmt: skip
"""The participants of each provider of the ECT service."""


def npq_plan(plan: SeedPlan) -> SeedPlan:
    """Return the situations of the sandbox's own seed, a few participants each."""
    few = (replace(each, count=min(each.count, 2)) for each in plan.npq)
    return SeedPlan((), tuple(each for number, each in enumerate(few) if number % 3 != 1))


def _just_seeded(rows: Rows, source: random.Random) -> dict[str, list[Mapping[str, Any]]]:
    """Set the last update of everything to the minutes before the server started."""
    now = to_datetime(Clock().now()) - timedelta(minutes=2)
    changed: dict[str, list[Mapping[str, Any]]] = {}
    for name, own in rows.items():
        changed[name] = []
        for row in own:
            moment = to_instant((now - timedelta(seconds=source.randrange(90))).replace(microsecond=0))
            later = {"updated_at": moment} if row.get("updated_at") else {}
            # Lists that the seeds fill at once have one time of creation.
            same = {"created_at": moment} if name in ("statements", "delivery_partners", "schools") else {}
            changed[name].append({**row, **later, **same})
    return changed


def ect_rows(rows: Rows) -> Rows:
    """Return the rows of the ECT service: just seeded; one partner works with both providers in other cohorts."""
    changed = _just_seeded(rows, random.Random(_SEED))
    links = changed["delivery_partner_links"]
    other = next(each["provider_id"] for each in links if each["provider_id"] != links[0]["provider_id"])
    partner = next(each["delivery_partner_id"] for each in links if each["provider_id"] == links[0]["provider_id"])
    of_partner = [each for each in links if each["delivery_partner_id"] == partner and each["cohort"] == 2025]
    changed["delivery_partner_links"] = [each for each in links if each not in of_partner]
    changed["delivery_partner_links"] += [{**each, "provider_id": other} for each in of_partner]
    return changed


def npq_rows(rows: Rows) -> Rows:
    """Return the rows of the NPQ service: just seeded, with schedules, reasons and dates that its rules refuse."""
    source = random.Random(_SEED)
    changed = _just_seeded(rows, source)
    changed["applications"] = [
        {**row, **_npq_application(row, source)} if source.random() < 0.5 else row for row in changed["applications"]
    ]
    declared = changed["declarations"]
    early = [row for row in declared if row["state"] in ("voided", "paid")][:2]
    times = dict.fromkeys(("created_at", "updated_at", "declaration_date"), _FUTURE)
    changed["declarations"] = [{**row, **times} if row in early else row for row in declared]
    return changed


def _npq_application(row: Mapping[str, Any], source: random.Random) -> Mapping[str, Any]:
    """Return values of an application as the seeds make them: any schedule, and training stopped before it began."""
    if row["course_identifier"] == "npq-additional-support-offer":
        return {"schedule_identifier": "schedule-3"}
    schedule = source.choice(_SCHEDULES) or row["schedule_identifier"]
    if row["status"] != "accepted" or row["training_status"] != "active" or source.random() < 0.8:
        return {"schedule_identifier": schedule}
    return {
        "schedule_identifier": schedule,
        "training_status": "withdrawn",
        "status_reason": source.choice(_WITHDRAWN),
        "status_at": row["updated_at"],
    }
