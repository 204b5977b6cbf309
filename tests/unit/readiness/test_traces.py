"""The builder of traces describes requests as the recorder does."""

from __future__ import annotations

from tests.unit.readiness.traces import START, records, task, trace


def test_walk_becomes_one_complete_walk() -> None:
    built = trace().walk("/api/v3/participants", [records(range(100)), records(range(100, 150))]).build()

    assert [walk.is_complete for walk in built.walks] == [True]
    assert built.exchanges[0].operation == "list_ecf_participants"


def test_contract_finds_the_violations_of_a_request() -> None:
    built = trace().get("/api/v3/participants?updated_since=2026-01-01T00:00:00Z", records=[]).build()

    assert [each["requirement"] for each in built.exchanges[0].violations] == ["contract/request-schema"]


def test_delivered_situation_has_the_id_of_its_exchange() -> None:
    built = trace().situation("throttled", retry_after=7).get("/api/v3/schools", status=429, situation="throttled")

    line = built.build().situations[0]
    assert line.delivered == ("e-000001",)
    assert built.build().exchanges[0].situation == line.id


def test_clock_event_moves_the_time_of_the_session_only() -> None:
    built = trace().event("clock-moved", seconds=3600).get("/api/v3/statements", at=10, records=[]).build()

    assert built.exchanges[0].start == START + 10
    assert built.exchanges[0].server_start == START + 3610


def test_last_cue_and_act_of_a_session_have_ended() -> None:
    built = trace().act("declare").cue(task("declare", 1, declaration_type="started")).wait(5).build()

    assert built.has_ended("declare")
    assert built.cues[0].end is not None
    assert built.cues[0].tasks[0].fields == {"declaration_type": "started"}
