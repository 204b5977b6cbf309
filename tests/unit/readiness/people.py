"""Records of people for invented sessions: participants, declarations and applications of both services."""

from __future__ import annotations

from typing import Any

from tests.unit.readiness.traces import TraceBuilder, identifier, record, trace

PARTICIPANTS = "/api/v3/participants"
NPQ_PARTICIPANTS = "/api/v3/participants/npq"
DECLARATIONS = "/api/v3/participant-declarations"
APPLICATIONS = "/api/v3/npq-applications"
TEACHER, MENTOR, NPQ = "ecf-induction", "ecf-mentor", "npq-headship"


def ect(
    number: int, *, name: str | None = None, changes: list[dict[str, str]] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return a participant of the ECT service with one enrolment, of cohort 2024 unless the fields say another one."""
    enrolment = {
        "training_record_id": identifier(900 + number),
        "email": f"p{number}@school.example",
        "participant_type": "ect",
        "cohort": "2024",
        "training_status": "active",
        "participant_status": "active",
        "eligible_for_funding": True,
        "schedule_identifier": "ecf-standard-september",
        "withdrawal": None,
        "deferral": None,
        "induction_end_date": None,
        **fields,
    }
    return record(
        number,
        full_name=name or f"Person {number}",
        teacher_reference_number=f"{2000000 + number}",
        ecf_enrolments=[enrolment],
        participant_id_changes=changes or [],
    )


def npq(number: int, **fields: Any) -> dict[str, Any]:
    """Return a participant of the NPQ service with one enrolment, of cohort 2024a unless the fields say another one."""
    enrolment = {
        "email": f"p{number}@school.example",
        "course_identifier": NPQ,
        "schedule_identifier": "npq-leadership-autumn",
        "cohort": "2024",
        "cohort_suffix": "a",
        "npq_application_id": identifier(700 + number),
        "eligible_for_funding": True,
        "training_status": "active",
        "withdrawal": None,
        "deferral": None,
        **fields,
    }
    return record(
        number, "npq-participant", full_name=f"Person {number}", npq_enrolments=[enrolment], participant_id_changes=[]
    )


def declared(number: int, participant: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a declaration: an eligible `started` of a teacher unless the fields say something else."""
    attributes = {
        "participant_id": identifier(participant),
        "declaration_type": "started",
        "declaration_date": "2024-09-10T09:00:00Z",
        "course_identifier": TEACHER,
        "state": "eligible",
        **fields,
    }
    return record(number, "participant-declaration", **attributes)


def applied(number: int, participant: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an application: pending, eligible and of cohort 2024a unless the fields say something else."""
    attributes = {
        "participant_id": identifier(participant),
        "course_identifier": NPQ,
        "status": "pending",
        "eligible_for_funding": True,
        "funded_place": None,
        "cohort": "2024",
        "cohort_suffix": "a",
        "schedule_identifier": None,
        **fields,
    }
    return record(number, "npq_application", **attributes)


def body(participant: int = 1, **fields: Any) -> dict[str, Any]:
    """Return the attributes of a new declaration: `started` of a teacher of cohort 2024."""
    return {
        "participant_id": identifier(participant),
        "declaration_type": "started",
        "declaration_date": "2024-09-10T09:00:00Z",
        "course_identifier": TEACHER,
        **fields,
    }


def showing(*people: dict[str, Any], programme: str = "ecf", **settings: Any) -> TraceBuilder:
    """Return a builder of a session in the act `declare` that has shown these participants."""
    path = NPQ_PARTICIPANTS if programme == "npq" else PARTICIPANTS
    return trace(programme=programme, **settings).act("declare").get(path, records=list(people))
