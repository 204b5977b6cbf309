"""Tasks about participants of the NPQ service, and days within their milestones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import DECLARATIONS, PARTICIPANTS
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
    return stage.task(
        TaskKind.DECLARE,
        person,
        purpose=purpose or f"declare-{declaration_type}",
        trap=trap,
        declaration_type=declaration_type,
        on=on,
        **{**declaration_fields(stage), **fields},
    )


def correct(stage: Stage, person: Person, wrong: str, on: str) -> Task:
    """Return a task to correct the day of `started`."""
    return stage.task(
        TaskKind.CORRECT_DECLARATION,
        person,
        purpose="correct",
        declaration_type="started",
        wrong=wrong,
        on=on,
        **declaration_fields(stage),
    )


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


def post_about(person: Person) -> Match:
    """Return the match for new declarations about a participant."""

    def is_about(request: ObservedRequest) -> bool:
        return request.attributes.get("participant_id") == person.participant_id

    return Match(operations=frozenset({"create_participant_declaration"}), condition=is_about)


def declared_by_client(stage: Stage, day: str) -> Iterator[Person]:
    """Yield the participants with a live `started` of the client on a day as their only declaration, with its id."""
    shown = dict(stage.world.records(PARTICIPANTS))
    declarations = stage.world.records(DECLARATIONS)
    counts = Counter(attributes["participant_id"] for _, attributes in declarations)
    for declaration_id, attributes in declarations:
        record = shown.get(attributes["participant_id"])
        if (
            record is not None
            and counts[attributes["participant_id"]] == 1
            and declaration_id in stage.session.accepted
            and attributes["declaration_type"] == "started"
            and attributes["state"] in ("eligible", "payable")
            and attributes["declaration_date"][:10] == day
        ):
            yield Person(
                attributes["participant_id"],
                record["full_name"],
                record["teacher_reference_number"],
                attributes["course_identifier"],
                declaration_ids=(declaration_id,),
            )
