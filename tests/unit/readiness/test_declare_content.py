"""Types, courses and evidence of declarations, as a client declares them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import DECLARATIONS, MENTOR, NPQ, TEACHER, body, ect, npq, showing
from tests.unit.readiness.traces import outcomes, task

from lead_provider_conformance.model import Outcome

PASSED, FAILED = {Outcome.PASSED}, {Outcome.FAILED}
NEW_WORD = "materials-engaged-with-offline"


def declared_by(person: dict[str, Any], obligation: str, status: int = 200, **fields: Any) -> set[Outcome]:
    programme = "npq" if "npq_enrolments" in person["attributes"] else "ecf"
    builder = showing(person, programme=programme)
    return outcomes(obligation, builder.post(DECLARATIONS, body(**fields), status=status))


@pytest.mark.parametrize(
    ("person", "fields", "expected"),
    [
        (ect(1), {"declaration_type": "retained-4"}, PASSED),
        (
            ect(1, participant_type="mentor", cohort="2025"),
            {"course_identifier": MENTOR, "declaration_type": "completed"},
            PASSED,
        ),
        (
            ect(1, participant_type="mentor", cohort="2025"),
            {"course_identifier": MENTOR, "declaration_type": "retained-1"},
            FAILED,
        ),
        (ect(1, participant_type="mentor"), {"course_identifier": MENTOR, "declaration_type": "retained-1"}, PASSED),
        (ect(1, participant_type="mentor"), {"course_identifier": MENTOR, "declaration_type": "extended-1"}, FAILED),
        (ect(1), {"declaration_type": "extended-1"}, PASSED),
        (ect(1, schedule_identifier="ecf-of-tomorrow"), {"declaration_type": "retained-1"}, PASSED),
        (
            npq(1, course_identifier="npq-leading-literacy", schedule_identifier="npq-specialist-autumn"),
            {"course_identifier": "npq-leading-literacy", "declaration_type": "retained-2"},
            FAILED,
        ),
        (npq(1), {"course_identifier": NPQ, "declaration_type": "retained-2"}, PASSED),
    ],
)
def test_type_is_one_of_course_cohort_and_schedule(person: dict[str, Any], fields: Any, expected: set[Outcome]) -> None:
    assert declared_by(person, "declare/type", **fields) == expected


@pytest.mark.parametrize(
    ("person", "fields", "expected"),
    [
        (ect(1), {"declaration_type": "retained-1", "evidence_held": "other"}, PASSED),
        (ect(1), {"declaration_type": "retained-1", "evidence_held": NEW_WORD}, FAILED),
        (ect(1), {"declaration_type": "retained-1"}, FAILED),
        (ect(1), {}, PASSED),
        (ect(1), {"evidence_held": "training-event-attended"}, PASSED),
        (ect(1, cohort="2025"), {"evidence_held": NEW_WORD}, PASSED),
        (ect(1, cohort="2025"), {}, FAILED),
        (ect(1, cohort="2025"), {"declaration_type": "retained-2", "evidence_held": "other"}, FAILED),
        (ect(1, participant_type="mentor", cohort="2025"), {"course_identifier": MENTOR}, PASSED),
    ],
)
def test_evidence_is_one_of_cohort_and_type(person: dict[str, Any], fields: Any, expected: set[Outcome]) -> None:
    assert declared_by(person, "declare/evidence", **fields) == expected


def test_course_as_shown_passes_and_another_one_fails() -> None:
    mentor = ect(1, participant_type="mentor")

    assert declared_by(mentor, "declare/course", course_identifier=MENTOR) == PASSED
    assert declared_by(mentor, "declare/course", course_identifier=TEACHER, status=422) == FAILED


def test_teacher_who_became_a_mentor_is_declared_on_both_courses() -> None:
    person = ect(1)
    person["attributes"]["ecf_enrolments"].append(
        {**person["attributes"]["ecf_enrolments"][0], "participant_type": "mentor"}
    )

    assert declared_by(person, "declare/course", course_identifier=MENTOR) == PASSED
    assert declared_by(person, "declare/course", course_identifier=TEACHER) == PASSED


def test_participant_who_was_not_shown_decides_nothing() -> None:
    assert declared_by(ect(2), "declare/course") == set()
    assert declared_by(ect(2), "declare/type") == set()


def test_course_that_another_connection_was_just_shown_is_no_failure() -> None:
    builder = showing(ect(1, participant_type="mentor")).get("/api/v3/statements", records=[], in_flight=2)
    builder.get("/api/v3/participants", records=[ect(1)], at=5.0, seconds=0.5)
    builder.post(DECLARATIONS, body(course_identifier=MENTOR), status=422, at=5.6)

    assert outcomes("declare/course", builder) == PASSED


@pytest.mark.parametrize(("attempts", "expected"), [(1, set()), (2, FAILED)])
def test_task_that_is_wrong_on_purpose_may_be_sent_once(attempts: int, expected: set[Outcome]) -> None:
    wrong = task("declare", 1, declaration_type="retained-1", evidence=None, trap="no evidence")
    builder = showing(ect(1)).cue(wrong)
    for _ in range(attempts):
        builder.post(DECLARATIONS, body(declaration_type="retained-1"), status=422)

    assert outcomes("declare/evidence", builder) == expected


def test_accepted_declaration_for_a_wrong_task_fails() -> None:
    wrong = task("declare", 1, declaration_type="retained-1", evidence=None, trap="no evidence")

    builder = showing(ect(1)).cue(wrong).post(DECLARATIONS, body(declaration_type="retained-1"))

    assert outcomes("declare/evidence", builder) == FAILED


@pytest.mark.parametrize(
    ("course", "fields", "expected"),
    [
        (NPQ, {"has_passed": True}, PASSED),
        (NPQ, {"has_passed": "false"}, PASSED),
        (NPQ, {}, FAILED),
        ("npq-early-headship-coaching-offer", {}, set()),
    ],
)
def test_completed_npq_says_whether_it_was_passed(course: str, fields: Any, expected: set[Outcome]) -> None:
    fields = {"course_identifier": course, "declaration_type": "completed", **fields}

    assert declared_by(npq(1, course_identifier=course), "declare/npq-outcome", **fields) == expected


@pytest.mark.parametrize(
    ("cohort", "fields", "expected"),
    [
        ("2024", {"delivery_partner_id": "x"}, PASSED),
        ("2024", {"status": 422}, FAILED),
        ("2024", {}, PASSED),
        ("2023", {"status": 422}, set()),
    ],
)
def test_refused_npq_declaration_without_delivery_partner_fails(
    cohort: str, fields: Any, expected: set[Outcome]
) -> None:
    fields = {"course_identifier": NPQ, **fields}

    assert declared_by(npq(1, cohort=cohort), "declare/npq-delivery-partner", **fields) == expected
