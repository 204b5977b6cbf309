"""A session of five days in simulated time, whose server is killed twice."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.unit.readiness import sessions as sessions_module
from tests.unit.readiness.hosting.hosted import HostedService, Running, run
from tests.unit.readiness.hosting.test_resuming import lines

from lead_provider_conformance.readiness import recorder as recorder_module
from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.hosting import page as hosted_page_module
from lead_provider_conformance.readiness.page import page as page_module
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.stage import Act, Cue, Stage
from lead_provider_conformance.results import journal as journal_module
from lead_provider_sandbox.control.world import Person

LIST, DECLARATIONS = "/api/v3/participants", "/api/v3/participant-declarations"
PARTICIPANT = "00000000-0000-4000-8000-000000000001"
HOUR, DAY = 3600.0, 86_400.0
Services = dict[str, HostedService]
PROFILE = {"name": "x", "programme": "ecf", "drive": "self", "poll_minutes": 24 * 60}


@dataclass
class SimulatedTime:
    """The clocks of the process, ahead of the machine's."""

    ahead: float = 0.0

    async def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that was to happen in it."""
        for ahead in (self.ahead, self.ahead + seconds):
            self.ahead = ahead
            for _ in range(50):
                await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedTime:
    simulated, wall, monotonic = SimulatedTime(), time.time, time.monotonic

    class Simulated(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Simulated:
            return cls.fromtimestamp(wall() + simulated.ahead, tz)

    monkeypatch.setattr(time, "time", lambda: wall() + simulated.ahead)
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + simulated.ahead)
    for module in (journal_module, recorder_module, page_module, hosted_page_module, sessions_module):
        monkeypatch.setattr(module, "datetime", Simulated)
    return simulated


def polling(stage: Stage) -> Iterator[Cue]:
    yield stage.cue("Poll for changes.")
    stage.move_clock(days=7)
    yield stage.cue("A week later. Poll again.")


def declaring(stage: Stage) -> Iterator[Cue]:
    person = Person(PARTICIPANT, "A Teacher", None, "ecf-induction")
    task = stage.task(TaskKind.DECLARE, person, declaration_type="started")
    yield stage.cue("Declare.", [task])


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nights of polls, a task that waits for evidence, and a last poll."""
    chosen = (Act("connect", "Poll", "ecf", polling), Act("declare", "Declare", "ecf", declaring), LAST)
    monkeypatch.setitem(ACTS, "ecf", chosen)


def last(stage: Stage) -> Iterator[Cue]:
    yield stage.cue("Poll once more.")


LAST = Act("a-week", "Poll once more", "ecf", last)


def killed(folder: Path, into: Path) -> Path:
    """Return a copy of the store as a kill of the server leaves it."""
    shutil.copytree(folder, into)
    return into


def test_session_of_five_days_goes_on_by_itself(
    tmp_path: Path, services: Services, acts: None, clock: SimulatedTime
) -> None:
    made: dict[str, str] = {}
    folders = [tmp_path / f"{number}" for number in range(3)]
    folders[0].mkdir()

    async def poll(running: Running) -> None:
        assert (await running.ask("GET", LIST, made["token"])).status == 200
        await clock.advance(10)

    async def page(running: Running) -> str:
        return (await running.ask("GET", made["page"])).body.decode()

    async def first_night(running: Running) -> str:
        made.update(await running.make(profile=PROFILE))
        await poll(running)
        await clock.advance(DAY)
        shown = await page(running)
        killed(folders[0], folders[1])
        return shown

    async def second_night(running: Running) -> tuple[float, str, str]:
        before = await page(running)
        offset = services[made["id"]].offset
        await poll(running)
        await clock.advance(DAY)
        assert made["id"] not in running.host.live, "it was idle"
        waiting = await page(running)
        killed(folders[1], folders[2])
        return offset, before, waiting

    async def later(running: Running) -> tuple[str, str, list[dict[str, Any]], dict[str, Any]]:
        await clock.advance(DAY)
        waiting = await page(running)
        await poll(running)
        offset = services[made["id"]].offset
        body = orjson.dumps({"data": {"attributes": {"participant_id": PARTICIPANT}}})
        await running.ask("POST", DECLARATIONS, made["token"], body)
        await clock.advance(10)
        await clock.advance(DAY)
        declared = await page(running)
        assert offset == 7 * DAY
        await poll(running)
        await clock.advance(HOUR)
        async with asyncio.timeout(60):
            while running.host.store.report(made["id"]) is None:
                await asyncio.sleep(0.05)
        return waiting, declared, lines(running, made), await running.control("GET", f"/sessions/{made['id']}")

    shown = run(folders[0], first_night)
    services.clear()
    offset, again, waiting = run(folders[1], second_night)
    services.clear()
    still_waiting, declared, journal, described = run(folders[2], later)

    assert "A week later. Poll again." in shown
    assert "A week later. Poll again." in again
    assert offset == 7 * DAY
    assert "This step has been waiting since" in waiting
    assert "Declare." in still_waiting
    assert "This step has been waiting since" in still_waiting
    assert "Poll once more." in declared
    assert (described["state"], described["verdict"]["run"]["ending"]) == ("finished", "finished")
    acts_of_journal = [(each["act"], each["phase"]) for each in journal if each["kind"] == "act"]
    assert acts_of_journal == [(act, phase) for act in ("connect", "declare", "a-week") for phase in ("begin", "end")]
    assert [each["problem"] for each in journal if each["kind"] == "cue" and each["phase"] == "end"] == [None] * 4
    moments = [datetime.fromisoformat(each["at"]).timestamp() for each in journal if "at" in each]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > 4 * DAY
