"""An act that was begun again: its first exchanges decide nothing, and its tasks are still known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.model import Ending, Outcome
from lead_provider_conformance.readiness.judge import judge
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.rule import Result, failed, passed
from lead_provider_conformance.readiness.rules.absence import obstacle_in
from lead_provider_conformance.readiness.trace import Trace, trace_of
from lead_provider_conformance.results.journal import Journals

TASK = {"id": "t-0001", "do": "declare", "participant_id": "a"}


def at(second: int) -> str:
    return f"2026-11-29T10:00:{second:02d}.000000Z"


def act(phase: str, second: int) -> dict[str, Any]:
    return {"kind": "act", "act": "declare", "phase": phase, "at": at(second), "reason": None}


def cue(phase: str, second: int, task: str = "t-0001") -> dict[str, Any]:
    line = {"kind": "cue", "act": "declare", "number": 1, "phase": phase, "at": at(second), "offset": 0.0}
    return {**line, "text": "Poll.", "tasks": [{**TASK, "id": task}], "status": None, "problem": None}


def exchange(number: int, second: int) -> dict[str, Any]:
    request = {"method": "GET", "url": "http://x/api/v3/statements", "headers": {}, "body": None}
    observed = {"offset": 0.0, "situation": None, "in_flight": 1, "connection": 1}
    response = {"status": 200, "headers": {}, "body": '{"data":[]}'}
    line = {"kind": "exchange", "id": f"client-{number}", "test": "declare", "at": at(second), "seconds": 0.1}
    known = {"operation": None, "error": None, "violations": [], "request": request, "observed": observed}
    return {**line, **known, "response": response}


@pytest.fixture
def trace() -> Trace:
    script = (act("begin", 0), cue("begin", 1), cue("end", 5), act("repeated", 10), act("begin", 11))
    later = (cue("begin", 12, "t-0002"), cue("end", 20), act("end", 21))
    lines = {each["id"]: each for each in (exchange(1, 2), exchange(2, 13))}
    run = {
        "contract": {"edition": "2026-08"},
        "client": {"version": "v3", "programme": "ecf", "settings": {}},
        "target": {"base_url": "http://x"},
    }
    journals = Journals(Path(), run, {}, (), lines, (), Ending.FINISHED, 1, at(30), script=(*script, *later))
    return trace_of(journals)


def test_exchanges_of_the_first_attempt_are_known(trace: Trace) -> None:
    assert [trace.is_repeated(each) for each in trace.exchanges] == [True, False]
    assert trace.has_ended("declare")


def test_tasks_of_both_attempts_are_known_and_only_the_second_are_due(trace: Trace) -> None:
    assert [task.id for _, task in trace.tasks] == ["t-0001", "t-0002"]
    first, second = (obstacle_in(trace, each) for each in trace.cues)
    assert first is not None
    assert "the act was begun again" in first.reason
    assert second is None


@pytest.mark.parametrize(("number", "outcome"), [(1, Outcome.COULD_NOT_RUN), (2, Outcome.FAILED)])
def test_failure_of_the_first_attempt_does_not_count(trace: Trace, number: int, outcome: Outcome) -> None:
    obligation = Obligations.load()["paging/all-pages"]

    def rule(trace: Trace) -> Iterator[Result]:
        yield failed("It failed.", trace.by_id[f"client-{number}"])

    assert [each.outcome for each in judge(trace, [obligation], {obligation.id: rule})] == [outcome]


def test_success_of_the_first_attempt_does_not_count(trace: Trace) -> None:
    obligation = Obligations.load()["paging/all-pages"]

    def rule(trace: Trace) -> Iterator[Result]:
        yield passed(trace.by_id["client-1"])

    assert [each.outcome for each in judge(trace, [obligation], {obligation.id: rule})] == [Outcome.COULD_NOT_RUN]
