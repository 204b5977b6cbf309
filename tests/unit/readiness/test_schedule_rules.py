"""Changing a participant's schedule or cohort."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import (
    DECLARATIONS,
    MENTOR,
    NPQ,
    NPQ_PARTICIPANTS,
    PARTICIPANTS,
    TEACHER,
    body,
    declared,
    ect,
    npq,
    showing,
)
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
CHANGE = f"{PARTICIPANTS}/{identifier(1)}/change-schedule"
NPQ_CHANGE = f"{NPQ_PARTICIPANTS}/{identifier(1)}/change-schedule"
VOID = f"{DECLARATIONS}/{identifier(50)}/void"
JANUARY = {"schedule_identifier": "ecf-standard-january", "cohort": "2024"}


def wanted(course: str = TEACHER, **fields: Any) -> dict[str, Any]:
    return {"course_identifier": course, **JANUARY, **fields}


def due(**others: Any) -> TraceBuilder:
    return showing(ect(1)).cue(task("change-schedule", 1, course_identifier=TEACHER, **JANUARY, **others))


def test_schedule_changed_before_the_first_declaration_passes() -> None:
    builder = due().put(CHANGE, wanted()).post(DECLARATIONS, body(declaration_date="2025-02-01"))

    assert outcomes("schedule/reviewed", builder) == PASSED


def test_schedule_changed_after_a_declaration_or_not_at_all_fails() -> None:
    after = due().post(DECLARATIONS, body(), records=declared(50)).put(CHANGE, wanted())

    assert outcomes("schedule/reviewed", after) == FAILED
    assert outcomes("schedule/reviewed", due().get(PARTICIPANTS, records=[])) == FAILED


def test_change_that_is_refused_at_first_and_wrong_tasks_are_no_failure() -> None:
    corrected = due().put(CHANGE, wanted(cohort="2021"), status=422).put(CHANGE, wanted())
    wrong = due(trap="of another course").get(PARTICIPANTS, records=[])

    assert outcomes("schedule/reviewed", corrected) == PASSED
    assert outcomes("schedule/reviewed", wrong) == set()


def npq_due(state: str = "eligible") -> TraceBuilder:
    builder = showing(npq(1), programme="npq")
    builder.get(DECLARATIONS, records=[declared(50, course_identifier=NPQ, state=state)])
    return builder.cue(task("change-schedule", 1, course_identifier=NPQ, schedule_identifier="npq-leadership-spring"))


def spring(**fields: Any) -> dict[str, Any]:
    return {"course_identifier": NPQ, "schedule_identifier": "npq-leadership-spring", "cohort": "2024", **fields}


def test_declaration_voided_and_made_again_around_the_change_passes() -> None:
    builder = npq_due().put(NPQ_CHANGE, spring(), status=422)
    builder.put(VOID, records=declared(50, course_identifier=NPQ, state="voided")).put(NPQ_CHANGE, spring())
    assert outcomes("schedule/void-first", builder.build(is_over=False)) == set()

    assert outcomes("schedule/void-first", builder.post(DECLARATIONS, body(course_identifier=NPQ))) == PASSED


def test_voided_declaration_that_is_lost_by_the_change_fails() -> None:
    builder = npq_due().put(VOID, records=declared(50, course_identifier=NPQ, state="voided")).put(NPQ_CHANGE, spring())

    assert outcomes("schedule/void-first", builder) == FAILED


def test_refused_change_that_is_left_to_a_person_could_not_run() -> None:
    assert outcomes("schedule/void-first", npq_due().put(NPQ_CHANGE, spring(), status=422)) == COULD_NOT_RUN


def test_ect_service_needs_no_void() -> None:
    assert outcomes("schedule/void-first", due().put(CHANGE, wanted())) == {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, PASSED),
        ({"schedule_identifier": "ecf-standard-june"}, FAILED),
        ({"schedule_identifier": "ecf-replacement-january"}, FAILED),
        ({"schedule_identifier": "ecf-replacement-january", "course": MENTOR}, PASSED),
        ({"schedule_identifier": "ecf-reduced-january", "course": MENTOR}, FAILED),
    ],
)
def test_schedule_is_one_of_the_course(fields: dict[str, str], expected: set[Outcome]) -> None:
    assert outcomes("schedule/identifier", showing(ect(1)).put(CHANGE, wanted(**fields), status=422)) == expected


def test_cohort_may_be_left_out_for_the_ect_service_only() -> None:
    without = {name: value for name, value in wanted().items() if name != "cohort"}

    assert outcomes("schedule/cohort-explicit", showing(ect(1)).put(CHANGE, wanted())) == PASSED
    assert outcomes("schedule/cohort-explicit", showing(ect(1)).put(CHANGE, without)) == set()
    builder = showing(npq(1), programme="npq").put(NPQ_CHANGE, without)
    assert outcomes("schedule/cohort-explicit", builder) == FAILED


def replacing(
    schedule: str = "ecf-replacement-january", shown: str = "ecf-standard-september", **others: Any
) -> TraceBuilder:
    mentor = ect(1, participant_type="mentor", schedule_identifier=shown)
    builder = showing(mentor).event("mentor-replaced", participant_id=identifier(2), mentor_id=identifier(1))
    return builder.cue(task("change-schedule", 1, schedule_identifier=schedule, course_identifier=MENTOR, **others))


def test_replacement_mentor_gets_a_replacement_schedule() -> None:
    right = replacing().put(CHANGE, wanted(MENTOR, schedule_identifier="ecf-replacement-january"))
    wrong = replacing().put(CHANGE, wanted(MENTOR))

    assert outcomes("schedule/replacement-mentor", right) == PASSED
    assert outcomes("schedule/replacement-mentor", wrong) == FAILED
    assert outcomes("schedule/replacement-mentor", replacing().get(PARTICIPANTS, records=[])) == FAILED


def test_mentor_on_a_replacement_schedule_needs_no_change() -> None:
    builder = replacing(shown="ecf-replacement-january").get(PARTICIPANTS, records=[])

    assert outcomes("schedule/replacement-mentor", builder) == set()


def test_mentor_with_a_first_teacher_keeps_the_schedule() -> None:
    trap = {"trap": "mentors another teacher"}
    changed = replacing(**trap).put(CHANGE, wanted(MENTOR, schedule_identifier="ecf-replacement-january"))

    assert outcomes("schedule/replacement-mentor", changed) == FAILED
    assert outcomes("schedule/replacement-mentor", replacing(**trap).get(PARTICIPANTS, records=[])) == PASSED


@pytest.mark.parametrize(
    ("schedule", "course", "expected"),
    [
        ("ecf-extended-january", TEACHER, PASSED),
        ("ecf-standard-january", TEACHER, FAILED),
        ("ecf-extended-january", MENTOR, FAILED),
    ],
)
def test_extended_declarations_are_for_teachers_on_extended_schedules(
    schedule: str, course: str, expected: set[Outcome]
) -> None:
    person = ect(1, schedule_identifier=schedule, participant_type="ect" if course == TEACHER else "mentor")
    builder = showing(person).post(
        DECLARATIONS, body(declaration_type="extended-1", course_identifier=course), status=422
    )

    assert outcomes("schedule/extended-only-ect-declarations", builder) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, PASSED),
        ({"participant_status": "left"}, FAILED),
        ({"training_status": "deferred"}, FAILED),
        ({"participant_status": "joining"}, PASSED),
    ],
)
def test_schedule_of_a_leaver_is_not_changed(fields: dict[str, str], expected: set[Outcome]) -> None:
    assert outcomes("schedule/not-for-left", showing(ect(1, **fields)).put(CHANGE, wanted(), status=422)) == expected


def test_schedule_may_be_changed_once_the_participant_has_resumed() -> None:
    builder = trace().act("break-and-leave").get(PARTICIPANTS, records=[ect(1, training_status="deferred")])
    builder.put(f"{PARTICIPANTS}/{identifier(1)}/resume", {"course_identifier": TEACHER}, records=ect(1))

    assert outcomes("schedule/not-for-left", builder.put(CHANGE, wanted())) == PASSED


def test_schedule_that_fits_already_needs_no_change() -> None:
    builder = due().get(PARTICIPANTS, records=[ect(1, schedule_identifier="ecf-standard-january")])

    assert outcomes("schedule/reviewed", builder.get(PARTICIPANTS, records=[])) == set()
