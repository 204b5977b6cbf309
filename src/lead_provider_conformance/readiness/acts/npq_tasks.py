"""Tasks about participants of the NPQ service, and days within their milestones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lead_provider_conformance.readiness.acts.tasks import declaration
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Stage
from lead_provider_sandbox.control.world import Person

COHORT = 2025
"""The cohort of new records, unless their state says another one."""
FIRST_DAY, STARTED, LATER = "2025-10-01", "2025-11-14", "2025-11-20"
"""Days for `started` on the autumn schedules of cohort 2025."""
RETAINED_1, RETAINED_2, COMPLETED = "2026-03-16", "2026-06-15", "2026-07-20"
EARLIER_COHORT, COMPLETED_OF_EARLIER = 2024, "2026-03-16"
TOO_EARLY = "2025-07-15"
"""A day before the window of `started` by every source; they differ about August and September 2025."""

LIVE_STARTED = (("started", "paid"),)
LIVE_RETAINED_1 = (*LIVE_STARTED, ("retained-1", "eligible"))
LIVE_RETAINED_2 = (*LIVE_RETAINED_1, ("retained-2", "eligible"))


def delivery_partner(stage: Stage, cohort: int = COHORT) -> str:
    """Return the id of a delivery partner of the provider in a cohort."""
    return stage.world.records("delivery-partners", cohort=str(cohort))[0][0]


def declaration_fields(stage: Stage) -> Mapping[str, Any]:
    """Return the fields of a declaration of cohort 2025 that only the provider knows."""
    return {"evidence": None, "has_passed": None, "delivery_partner_id": delivery_partner(stage)}


def declare(
    stage: Stage,
    person: Person,
    declaration_type: str,
    on: str,
    *,
    purpose: str = "",
    trap: str | None = None,
    **fields: Any,
) -> Task:
    """Return a task to declare a participant. `fields` replace the usual ones, such as the delivery partner."""
    usual = declaration_fields(stage)
    return declaration(stage, person, declaration_type, on, purpose=purpose, trap=trap, **{**usual, **fields})


def change_schedule(
    stage: Stage, person: Person, schedule: str, cohort: int = COHORT, *, purpose: str, trap: str | None = None
) -> Task:
    """Return a task to change a participant's schedule or cohort."""
    return stage.task(
        TaskKind.CHANGE_SCHEDULE,
        person,
        purpose=purpose,
        trap=trap,
        schedule_identifier=schedule,
        cohort=str(cohort),
    )
