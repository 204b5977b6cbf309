"""Clients that are driven by a person, or that run on their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from tests.unit.readiness.sessions import JSON, request, session

from lead_provider_conformance.readiness.drive import CueResult, PromptDriver, SelfDriver
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Cue

Exchange = tuple[ObservedRequest, Reply | None]
PERSON, OTHER, APPLICATION = "ABCD-1", "abcd-2", "abcd-3"


def reply(status: int = 200, records: int = 0) -> Reply:
    return Reply(status, JSON, orjson.dumps({"data": [{"id": str(n), "attributes": {}} for n in range(records)]}))


def poll(records: int = 0, status: int = 200, target: str = "/api/v3/participants?page[per_page]=2") -> Exchange:
    return request("GET", target, operation="list_ecf_participants"), reply(status, records)


def declare(participant_id: str, status: int = 200) -> Exchange:
    body = orjson.dumps({"data": {"attributes": {"participant_id": participant_id}}})
    return request("POST", "/api/v3/participant-declarations", body), reply(status)


def lost(participant_id: str) -> Exchange:
    return declare(participant_id)[0], None


def shown(participant_id: str) -> Exchange:
    return request("GET", f"/api/v3/participants/{participant_id}"), Reply(200, JSON, participant_id.encode())


def task(do: TaskKind = TaskKind.DECLARE, participant_id: str = PERSON, **others: str) -> Task:
    return Task(id="t-1", do=do, participant_id=participant_id, **others)


PARTNER = task(TaskKind.PARTNER, participant_id="")
CORRECT = task(TaskKind.CHANGE_DELIVERY_PARTNER, participant_id="")


def post_partnership(status: int = 201) -> Exchange:
    return request("POST", "/api/v3/partnerships"), reply(status)


def put_partnership(status: int = 200) -> Exchange:
    return request("PUT", "/api/v3/partnerships/abcd-4"), reply(status)


def partnerships() -> Exchange:
    return request("GET", "/api/v3/partnerships"), reply()


def follow(running: Session, cue: Cue, *exchanges: Exchange, timeout: float = 0.2) -> tuple[CueResult, int]:
    """Let a client that runs on its own do a cue; return the result, and the number of its requests before the end."""
    driver = SelfDriver(running, timeout, quiet=0.01)

    async def run() -> tuple[CueResult, int]:
        cue_task = asyncio.create_task(driver.run(cue))
        await asyncio.sleep(0)
        for number, (sent, received) in enumerate(exchanges, start=1):
            for listener in tuple(running.listeners):
                listener(sent, received)
            await asyncio.sleep(0.001)
            if driver.done.is_set():
                return await cue_task, number
        return await cue_task, len(exchanges)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("cue", "exchanges", "needed"),
    [
        (Cue(text="", polls=0), [poll(2)], 1),
        (Cue(text="", polls=1), [poll(2), poll(1), poll()], 2),
        (Cue(text="", polls=2), [poll(), poll(), poll()], 2),
        (Cue(text="", polls=1), [poll(status=500), poll(status=429), poll()], 3),
        (Cue(text="", polls=1), [(poll()[0], None), poll()], 2),
        (Cue(text="", tasks=(task(),), polls=0), [declare(OTHER), declare(PERSON, 500), declare(PERSON)], 3),
        (Cue(text="", tasks=(task(),), polls=0), [declare(PERSON, 422), declare(PERSON)], 1),
        (Cue(text="", tasks=(task(),), polls=0), [lost(PERSON), poll(), shown(OTHER), shown(PERSON)], 4),
        (Cue(text="", tasks=(task(),), polls=0), [lost(PERSON), shown(OTHER), declare(PERSON)], 3),
        (Cue(text="", tasks=(task(), task(participant_id=OTHER))), [poll(), declare(PERSON), declare(OTHER)], 3),
        (Cue(text="", tasks=(task(trap="too early"),)), [poll()], 1),
        (
            Cue(text="", tasks=(task(TaskKind.ACCEPT, application_id=APPLICATION),), polls=0),
            [declare(PERSON), (request("POST", f"/api/v3/npq-applications/{APPLICATION}/accept"), reply())],
            2,
        ),
        (Cue(text="", tasks=(PARTNER,), polls=0), [declare(PERSON), put_partnership(), post_partnership()], 3),
        (Cue(text="", tasks=(CORRECT,), polls=0), [post_partnership(), put_partnership(422)], 2),
        (Cue(text="", tasks=(PARTNER, CORRECT)), [poll(), post_partnership(), put_partnership()], 3),
        (Cue(text="", tasks=(PARTNER,), polls=0), [(post_partnership()[0], None), shown(PERSON), partnerships()], 3),
    ],
    ids=[
        "any",
        "last-page",
        "polls",
        "failed-poll",
        "lost-poll",
        "write",
        "refused",
        "read",
        "repeated",
        "two-writes",
        "trap",
        "accept",
        "partnership",
        "refused-correction-of-a-partnership",
        "two-tasks-about-schools",
        "lost-partnership",
    ],
)
def test_cue_ends_on_the_client_s_requests(tmp_path: Path, cue: Cue, exchanges: list[Exchange], needed: int) -> None:
    assert follow(session(tmp_path), cue, *exchanges, timeout=10) == (CueResult(), needed)


def test_cue_ends_by_time_with_a_problem(tmp_path: Path) -> None:
    running = session(tmp_path)

    result, _ = follow(running, Cue(text="", polls=1), poll(2))

    assert result == CueResult(problem="The client did not do all of it within 0.2 s.")
    assert running.listeners == []


def test_person_can_end_the_cue_of_a_client_that_runs_on_its_own(tmp_path: Path) -> None:
    driver = SelfDriver(session(tmp_path), 60)

    async def run() -> CueResult:
        cue = asyncio.create_task(driver.run(Cue(text="")))
        await asyncio.sleep(0)
        driver.done.set()
        return await cue

    assert asyncio.run(run()) == CueResult()


def test_prompt_waits_for_each_cue_anew() -> None:
    driver = PromptDriver()

    async def run() -> list[bool]:
        driver.done.set()  # of an earlier cue
        cue = asyncio.create_task(driver.run(Cue(text="")))
        await asyncio.sleep(0.01)
        waited = not cue.done()
        driver.done.set()
        return [waited, await cue == CueResult()]

    assert asyncio.run(run()) == [True, True]


def test_cue_ends_after_the_last_request_of_a_round(tmp_path: Path) -> None:
    running = session(tmp_path)

    async def run() -> tuple[bool, CueResult]:
        cue = asyncio.create_task(SelfDriver(running, timeout=10, quiet=0.05).run(Cue(text="", polls=1)))
        await asyncio.sleep(0)
        for _ in range(3):
            for listener in tuple(running.listeners):
                listener(*poll())
            await asyncio.sleep(0)
        return cue.done(), await cue

    assert asyncio.run(run()) == (False, CueResult())
