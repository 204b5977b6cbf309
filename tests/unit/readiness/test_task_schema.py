"""The schema of the task file is that of the tasks."""

from __future__ import annotations

import pytest

from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.schemas import problems

PERSON = {
    "participant_id": "11111111-1111-4111-8111-111111111111",
    "full_name": "Alex Doe",
    "teacher_reference_number": None,
    "course_identifier": "ecf-induction",
}
FIELDS = {
    TaskKind.DECLARE: {"declaration_type": "started", "on": "2026-10-01", "evidence": None},
    TaskKind.CORRECT_DECLARATION: {"declaration_type": "started", "wrong": "2026-10-01", "on": "2026-10-02"},
    TaskKind.DEFER: {"reason": "career-break", "on": "2026-10-01"},
    TaskKind.WITHDRAW: {"reason": "other", "on": "2026-10-01"},
    TaskKind.RESUME: {"on": "2026-10-01"},
    TaskKind.CHANGE_SCHEDULE: {"schedule_identifier": "ecf-standard-january", "cohort": "2025"},
    TaskKind.ACCEPT: {"funded_place": True, "schedule_identifier": None},
    TaskKind.REJECT: {},
    TaskKind.CHANGE_FUNDED_PLACE: {"funded_place": False},
    TaskKind.REPORT_OUTCOME: {"state": "passed", "on": "2026-10-01"},
    TaskKind.PARTNER: {"school_urn": "100000", "cohort": "2026", "delivery_partner_name": "A partner"},
    TaskKind.CHANGE_DELIVERY_PARTNER: {"school_urn": "100000", "cohort": "2026", "delivery_partner_name": "A partner"},
}


def task(kind: TaskKind) -> dict[str, object]:
    return Task(
        id="t-1", do=kind, application_id="22222222-2222-4222-8222-222222222222", fields=FIELDS[kind], **PERSON
    ).to_client()


def found(*tasks: dict[str, object]) -> list[str]:
    return list(problems("tasks", {"act": "declare", "now": "2026-10-02T09:00:00+00:00", "tasks": list(tasks)}))


@pytest.mark.parametrize("kind", TaskKind)
def test_task_of_each_kind_is_valid(kind: TaskKind) -> None:
    assert found(task(kind)) == []


@pytest.mark.parametrize("kind", TaskKind)
def test_task_without_its_fields_is_not_valid(kind: TaskKind) -> None:
    for name in FIELDS[kind].keys() - {"evidence", "funded_place", "schedule_identifier"}:
        assert found({key: value for key, value in task(kind).items() if key != name}), name


def test_file_without_tasks_is_valid() -> None:
    assert found() == []


def test_unknown_kind_and_unknown_field_are_not_valid() -> None:
    assert "`tasks[0].do` is not valid" in found(task(TaskKind.DEFER) | {"do": "dismiss"})[0]
    assert "there is no key `trap` at `tasks[0]`" in found(task(TaskKind.DEFER) | {"trap": "joining"})[0]
