"""Dates of declarations, as a client sends them. Sessions take place on 10 September 2026."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import DECLARATIONS, NPQ, TEACHER, body, declared, ect, npq, showing
from tests.unit.readiness.traces import identifier, outcomes, task

from lead_provider_conformance.model import Outcome

PASSED, FAILED = {Outcome.PASSED}, {Outcome.FAILED}


def dated(person: dict[str, Any], obligation: str, day: str, status: int = 200, **fields: Any) -> set[Outcome]:
    programme = "npq" if "npq_enrolments" in person["attributes"] else "ecf"
    course = NPQ if programme == "npq" else TEACHER
    attributes = body(**{"declaration_date": day, "course_identifier": course, **fields})
    return outcomes(obligation, showing(person, programme=programme).post(DECLARATIONS, attributes, status=status))


@pytest.mark.parametrize(
    ("person", "day", "expected"),
    [
        (ect(1), "2024-06-01T00:00:00Z", PASSED),
        (ect(1), "2024-12-31", PASSED),
        (ect(1), "2024-12-31T23:30:00Z", PASSED),
        (ect(1), "2024-05-31T23:30:00Z", PASSED),
        (ect(1), "2024-05-31T09:00:00Z", FAILED),
        (ect(1), "2025-01-02T09:00:00Z", FAILED),
        (ect(1, schedule_identifier="ecf-reduced-september"), "2026-03-02T09:00:00Z", PASSED),
        (ect(1, cohort="2025"), "2025-01-02T09:00:00Z", set()),
        (npq(1), "2024-10-01T00:00:00Z", PASSED),
        (npq(1), "2024-09-01T00:00:00Z", FAILED),
        (npq(1), "2026-09-01T00:00:00Z", PASSED),
        (npq(1, cohort="2025", cohort_suffix="b"), "2025-08-02T00:00:00Z", PASSED),
        (npq(1, cohort="2025", cohort_suffix="b"), "2025-07-01T00:00:00Z", FAILED),
    ],
)
def test_date_lies_in_the_milestone(person: dict[str, Any], day: str, expected: set[Outcome]) -> None:
    assert dated(person, "declare/date-in-window", day, status=422) == expected


@pytest.mark.parametrize(
    ("trap", "attempts", "expected"), [("too late", 1, set()), ("too late", 2, FAILED), (None, 1, set())]
)
def test_day_of_a_task_outside_the_milestone_may_be_refused_once(
    trap: str | None, attempts: int, expected: set[Outcome]
) -> None:
    late = task("declare", 1, declaration_type="started", on="2025-01-02", trap=trap)
    builder = showing(ect(1)).cue(late)
    for _ in range(attempts):
        builder.post(DECLARATIONS, body(declaration_date="2025-01-02T09:00:00Z"), status=422)

    assert outcomes("declare/date-in-window", builder) == expected


def test_day_that_the_client_made_up_for_a_task_fails() -> None:
    builder = showing(ect(1)).cue(task("declare", 1, declaration_type="started", on="2024-10-01"))

    builder.post(DECLARATIONS, body(declaration_date="2025-02-01T09:00:00Z"), status=422)

    assert outcomes("declare/date-in-window", builder) == FAILED


@pytest.mark.parametrize(("day", "status", "expected"), [("10", 422, set()), ("11", 422, FAILED), ("10", 200, FAILED)])
def test_voided_declaration_may_be_declared_again_and_refused(day: str, status: int, expected: set[Outcome]) -> None:
    fields = {"course_identifier": NPQ, "declaration_date": "2024-08-10T00:00:00Z"}
    builder = showing(npq(1), programme="npq").get(DECLARATIONS, records=[declared(50, **fields)])
    builder.put(f"{DECLARATIONS}/{identifier(50)}/void")
    fields["declaration_date"] = f"2024-08-{day}T00:00:00Z"

    assert outcomes("declare/date-in-window", builder.post(DECLARATIONS, body(**fields), status=status)) == expected


def test_accepted_date_of_a_schedule_that_is_shown_afterwards_passes() -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(declaration_date="2025-02-01T09:00:00Z"))

    builder.get("/api/v3/participants", records=[ect(1, schedule_identifier="ecf-standard-january")])

    assert outcomes("declare/date-in-window", builder) == PASSED


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("retained-1", "2026-02-01T09:00:00Z", PASSED),
        ("retained-1", "2025-09-10T15:00:00Z", PASSED),
        ("retained-1", "2025-09-01T09:00:00Z", FAILED),
        ("extended-1", "2025-09-01T09:00:00Z", FAILED),
    ],
)
def test_dates_from_cohort_2025_on_follow_the_types(kind: str, day: str, expected: set[Outcome]) -> None:
    builder = showing(ect(1, cohort="2025", schedule_identifier="ecf-extended-september"))
    builder.get(DECLARATIONS, records=[declared(50, declaration_date="2025-09-10T20:00:00Z")])

    builder.post(DECLARATIONS, body(declaration_type=kind, declaration_date=day), status=422)

    assert outcomes("declare/sequence", builder) == expected


def test_date_is_not_compared_with_a_voided_declaration_nor_in_older_cohorts() -> None:
    for cohort, state in (("2025", "voided"), ("2024", "eligible")):
        builder = showing(ect(1, cohort=cohort))
        builder.get(DECLARATIONS, records=[declared(50, declaration_date="2026-05-01T09:00:00Z", state=state)])
        builder.post(DECLARATIONS, body(declaration_type="retained-1", declaration_date="2026-02-01T09:00:00Z"))

        assert Outcome.FAILED not in outcomes("declare/sequence", builder)


@pytest.mark.parametrize(
    ("day", "header", "expected"),
    [
        ("2026-09-10T23:00:00Z", None, PASSED),
        ("2026-09-11T00:30:00+01:00", None, PASSED),
        ("2026-09-12T09:00:00Z", None, FAILED),
        ("2026-09-12T09:00:00Z", "2026-12-01T00:00:00Z", PASSED),
        ("2027-01-12T09:00:00Z", "2026-12-01T00:00:00Z", FAILED),
    ],
)
def test_day_to_come_needs_the_server_date(day: str, header: str | None, expected: set[Outcome]) -> None:
    headers = {"x-with-server-date": header} if header else None

    builder = showing(ect(1)).post(DECLARATIONS, body(declaration_date=day), headers=headers, status=422)

    assert outcomes("declare/not-in-future", builder) == expected


def test_day_to_come_counts_from_the_clock_of_the_session() -> None:
    builder = showing(ect(1)).event("clock-moved", seconds=86400 * 30)

    builder.post(DECLARATIONS, body(declaration_date="2026-10-05T09:00:00Z"))

    assert outcomes("declare/not-in-future", builder) == PASSED


WITHDRAWN = {"training_status": "withdrawn", "withdrawal": {"reason": "other", "date": "2024-11-01T12:00:00Z"}}


@pytest.mark.parametrize("obligation", ["declare/withdrawn-backdated", "read/every-training-status"])
@pytest.mark.parametrize(
    ("day", "fails"), [("2024-10-01", False), ("2024-11-01T15:00:00Z", False), ("2024-11-03", True)]
)
def test_declaration_about_withdrawn_participant_is_backdated(obligation: str, day: str, fails: bool) -> None:
    assert (Outcome.FAILED in dated(ect(1, **WITHDRAWN), obligation, day, status=422)) is fails


@pytest.mark.parametrize("obligation", ["declare/deferred", "read/every-training-status"])
def test_declaration_about_deferred_participant_fails_until_resumed(obligation: str) -> None:
    away = ect(1, training_status="deferred")
    resume = f"/api/v3/participants/{identifier(1)}/resume"

    assert dated(away, obligation, "2024-10-01") == FAILED
    builder = showing(away).put(resume, {"course_identifier": TEACHER}, records=ect(1)).post(DECLARATIONS, body())
    assert outcomes(obligation, builder) == PASSED


def test_nothing_is_declared_or_voided_in_a_closed_cohort() -> None:
    closed = ect(1, cohort="2022")

    assert dated(closed, "declare/closed-cohort", "2022-09-10", status=422) == FAILED
    assert dated(ect(1), "declare/closed-cohort", "2024-09-10") == PASSED
    builder = showing(closed).get(DECLARATIONS, records=[declared(50)]).put(f"{DECLARATIONS}/{identifier(50)}/void")
    assert outcomes("declare/closed-cohort", builder) == FAILED


def test_participant_who_moved_out_of_a_closed_cohort_is_declared() -> None:
    builder = showing(ect(1, cohort="2022")).get("/api/v3/participants", records=[ect(1)])

    assert outcomes("declare/closed-cohort", builder.post(DECLARATIONS, body())) == PASSED


def test_attempt_at_a_task_about_a_withdrawn_participant_fails_at_once() -> None:
    late = task("declare", 1, declaration_type="retained-1", on="2025-02-01", trap="after the withdrawal")
    builder = showing(ect(1, **WITHDRAWN)).cue(late)

    builder.post(DECLARATIONS, body(declaration_type="retained-1", declaration_date="2025-02-01"), status=422)

    assert outcomes("declare/withdrawn-backdated", builder) == FAILED
