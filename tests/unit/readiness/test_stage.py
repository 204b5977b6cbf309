"""The stage of an act: its lines in the journal, its situations and its tasks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.readiness.sessions import Service, of_kind, request, session

from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import lose
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.stage import Stage
from lead_provider_sandbox.control.world import Person

PERSON = Person("p-1", "Ada Lovelace", "1234567", "ecf-induction")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(session(tmp_path, Service()), "declare", people=frozenset({"withdraw"}))


def phases(stage: Stage) -> list[str]:
    stage.session.recorder.open()
    return [line["phase"] for line in of_kind(stage.session.recorder.folder, "situation")]


def test_clock_moves_and_the_journal_says_so(stage: Stage) -> None:
    stage.move_clock(days=7, hours=1)

    assert stage.world.offset == 608_400.0
    assert abs(stage.now - datetime.now(UTC) - timedelta(days=7, hours=1)) < timedelta(seconds=5)
    stage.session.recorder.open()
    [line] = of_kind(stage.session.recorder.folder, "event")
    assert (line["event"], line["act"], line["facts"]) == ("clock-moved", "declare", {"seconds": 608_400.0})


def test_situation_is_armed_for_the_next_request_and_withdrawn_once(stage: Stage) -> None:
    armed = stage.arm("lost-declaration", Match(), lose(), participant_id="p-1")

    assert stage.session.armed.take(request()) is armed
    stage.withdraw(armed)
    stage.withdraw(armed)
    assert phases(stage) == ["armed", "withdrawn"]


def test_end_of_the_act_withdraws_its_situations(stage: Stage) -> None:
    for name in ("throttled", "outage"):
        stage.arm(name, Match(), lose(), times=None)

    stage.close()

    assert stage.session.armed.take(request()) is None
    assert phases(stage) == ["armed", "armed", "withdrawn", "withdrawn"]


def test_task_is_about_the_person_with_days_as_text(stage: Stage) -> None:
    first = stage.task(TaskKind.DECLARE, PERSON, on=date(2026, 9, 10), trap="too early")
    second = stage.task(TaskKind.PARTNER, school_urn="100001")

    assert first.to_client() == {
        "id": "t-0001",
        "do": "declare",
        "participant_id": "p-1",
        "full_name": "Ada Lovelace",
        "teacher_reference_number": "1234567",
        "course_identifier": "ecf-induction",
        "on": "2026-09-10",
    }
    assert second.to_client() == {"id": "t-0002", "do": "partner", "school_urn": "100001"}


def test_tasks_that_are_left_to_people_are_not_given(stage: Stage) -> None:
    tasks = [stage.task(TaskKind.WITHDRAW, PERSON), stage.task(TaskKind.DEFER, PERSON)]

    assert [each.do for each in stage.cue("Do the tasks.", tasks).tasks] == [TaskKind.DEFER]
