"""Sessions go on where they were: after a restart, at another process, and with an act that is begun again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.unit.readiness.hosting import previous_store
from tests.unit.readiness.hosting.hosted import ACTS_OF_TESTS, HostedService, Running, hosting, one_cue, run

from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.drive import SelfDriver
from lead_provider_conformance.readiness.effects import Reply, respond
from lead_provider_conformance.readiness.hosting import faultpoints
from lead_provider_conformance.readiness.hosting.host import Host
from lead_provider_conformance.readiness.hosting.live import LiveSession
from lead_provider_conformance.readiness.hosting.log import SessionLog, Step
from lead_provider_conformance.readiness.hosting.replay import INTERRUPTED
from lead_provider_conformance.readiness.hosting.steps import ChangedScriptError, Steps
from lead_provider_conformance.readiness.stage import Act, Cue, Stage

Services = dict[str, HostedService]
LIST = "/api/v3/participants"


def arming(stage: Stage) -> Iterator[Cue]:
    """Arm an error for the second of two requests, and read the time."""
    began = stage.now
    stage.arm("server-error-on-page", Match(), respond(500, "{}", "application/json"), skip=1, times=1)
    yield stage.cue(f"Poll at {began.isoformat()}.")
    stage.note("after", at=began.isoformat())
    yield stage.cue("Poll again.")


def lines(running: Running, made: dict[str, str]) -> list[dict[str, Any]]:
    log = SessionLog(running.host.database, made["id"])
    return [orjson.loads(each) for each in log.result_contents()]


def restarted(folder: Path, *works: Any) -> list[Any]:
    """Run each coroutine with a new host on the same store, and return their results."""
    return [run(folder, work) for work in works]


def test_session_goes_on_at_its_cue_with_its_situations(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ACTS, "ecf", (Act("connect", "Connect", "ecf", arming), ACTS_OF_TESTS[1]))
    made: dict[str, str] = {}

    async def first(running: Running) -> list[int]:
        made.update(await running.make())
        return [(await running.ask("GET", LIST, made["token"])).status]

    async def second(running: Running) -> list[int]:
        statuses = [(await running.ask("GET", LIST, made["token"])).status for _ in range(2)]
        await running.ask("POST", f"{made['page']}/done?cue=1")
        return statuses

    async def third(running: Running) -> tuple[bytes, list[dict[str, Any]]]:
        return (await running.ask("GET", made["page"])).body, lines(running, made)

    one, two, (page, written) = restarted(tmp_path, first, second, third)

    assert one + two == [200, 500, 200]
    assert b"Poll again." in page
    by_kind = [(each["kind"], each.get("phase") or each.get("event")) for each in written[2:]]
    assert by_kind == [
        ("act", "begin"),
        ("situation", "armed"),
        ("cue", "begin"),
        ("situation", "delivered"),
        ("cue", "end"),
        ("event", "after"),
        ("cue", "begin"),
    ]
    [cue] = [each for each in written if each["kind"] == "cue" and each.get("text", "") and "at" in each["text"]][:1]
    [after] = [each for each in written if each["kind"] == "event"]
    assert cue["text"] == f"Poll at {after['facts']['at']}."


def test_session_of_a_store_of_the_previous_version_goes_on(tmp_path: Path, services: Services) -> None:
    previous_store.write_store(tmp_path / "store.sqlite")

    run(tmp_path, previous_store.go_on)


def test_two_processes_run_an_act_once(tmp_path: Path, services: Services) -> None:
    async def work(first: Running) -> tuple[set[int], list[dict[str, Any]], list[str]]:
        made = await first.make()
        async with hosting(tmp_path) as second:
            asked = (each.ask("GET", f"{LIST}?x={n}", made["token"]) for n in range(10) for each in (first, second))
            answered = await asyncio.gather(*asked)
            confirmed = (each.ask("POST", f"{made['page']}/done?cue=1") for each in (first, second))
            await asyncio.gather(*confirmed)
            owners = [made["id"] in each.host.live for each in (first, second)]
        assert sum(owners) == 1
        stored = SessionLog(first.host.database, made["id"]).latest(100)
        urls = [each.line["request"]["url"] for each in stored if each.line["error"] is None]
        return {each.status for each in answered}, lines(first, made), urls

    statuses, written, urls = run(tmp_path, work)

    assert 200 in statuses
    assert statuses <= {200, 503}
    phases = [(each["kind"], each.get("phase")) for each in written if each["kind"] in ("act", "cue")]
    assert phases == [("act", "begin"), ("cue", "begin"), ("cue", "end"), ("cue", "begin")]
    assert len(urls) >= 10
    assert max(urls.count(each) for each in urls) == 2


def test_request_that_a_crash_interrupts_is_counted_once(tmp_path: Path, services: Services) -> None:
    made: dict[str, str] = {}

    async def first(running: Running) -> None:
        made.update(await running.make())
        await running.ask("GET", LIST, made["token"])

        def crash(point: str) -> None:
            if point == "after request":
                raise KeyboardInterrupt

        faultpoints.observe(crash)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError):
                await running.ask("POST", LIST, made["token"], b"{}")
        finally:
            faultpoints._observers.remove(crash)

    async def second(running: Running) -> list[dict[str, Any]]:
        await running.ask("GET", LIST, made["token"])
        return [each.line for each in SessionLog(running.host.database, made["id"]).latest(9)]

    with contextlib.suppress(KeyboardInterrupt):
        run(tmp_path, first)
    found = run(tmp_path, second)

    assert [(each["id"], each["request"]["method"], each["error"]) for each in found] == [
        ("client-000001", "GET", None),
        ("client-000002", "POST", INTERRUPTED),
        ("client-000003", "GET", None),
    ]


def test_act_is_begun_again_with_new_tasks(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[bytes, list[dict[str, Any]]]:
        made = await running.make()
        await running.ask("GET", LIST, made["token"])
        for cue in (1, 2):
            await running.ask("POST", f"{made['page']}/done?cue={cue}")
        for act in ("connect", "declare", "nothing"):
            await running.ask("POST", f"{made['page']}/repeat", body=f"act={act}".encode())
        return (await running.ask("GET", made["page"])).body, lines(running, made)

    page, written = run(tmp_path, work)

    assert b"Now: connect" in page
    acts = [(each["act"], each["phase"]) for each in written if each["kind"] == "act"]
    assert acts == [
        ("connect", "begin"),
        ("connect", "end"),
        ("declare", "begin"),
        ("connect", "repeated"),
        ("declare", "repeated"),
        ("connect", "begin"),
    ]


def test_changed_script_is_noticed() -> None:
    steps = Steps(None, 1, None, [Step("create", None)])  # type: ignore[arg-type]

    with steps.script(), pytest.raises(ChangedScriptError, match="step 1 was create, and is event now"):
        steps.once("event", lambda: None)


def test_steps_outside_of_the_script_are_not_recorded() -> None:
    steps = Steps(None, 1, None, [Step("create", 1)])  # type: ignore[arg-type]

    assert steps.once("event", lambda: 2) == 2
    assert steps.next_kind == "create"


def test_act_that_cannot_be_resumed_is_begun_again_with_a_notice(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, str] = {}

    async def first(running: Running) -> None:
        made.update(await running.make())
        await running.ask("GET", LIST, made["token"])

    async def second(running: Running) -> tuple[int, str, str, list[dict[str, Any]]]:
        refused = (await running.ask("GET", LIST, made["token"])).status
        pages = []
        for _ in range(2):
            pages.append((await running.ask("GET", made["page"])).body.decode())
            await running.ask("POST", f"{made['page']}/done?cue=2")
        return refused, pages[0], pages[1], lines(running, made)

    run(tmp_path, first)
    monkeypatch.setitem(ACTS, "ecf", (Act("connect", "Connect", "ecf", one_cue), ACTS_OF_TESTS[1]))
    refused, before, after, written = run(tmp_path, second)

    notice = "The act connect was begun again after a restart of the service."
    assert refused == 503
    assert notice in before
    assert "Poll once." in before
    assert "cue=2" in before
    assert "Now: declare" in after
    assert notice not in after
    assert [each["phase"] for each in written if each["kind"] == "act"][:3] == ["begin", "repeated", "begin"]


def test_idle_session_is_closed_and_opened_again(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[int, int, int]:
        made = await running.make()
        await running.ask("GET", LIST, made["token"])
        async with asyncio.timeout(10):
            while running.host.live:
                await asyncio.sleep(0.02)
        closed = len(running.host.live)
        status = (await running.ask("GET", LIST, made["token"])).status
        return closed, status, SessionLog(running.host.database, made["id"]).exchanges

    assert run(tmp_path, work, idle_seconds=0.05, heartbeat_seconds=0.05) == (0, 200, 2)


def test_session_is_not_closed_while_it_is_opened(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_current, renew, beats, found = LiveSession.is_current, Host._renew, [0], []

    async def counted(host: Host) -> None:
        await renew(host)
        beats[0] += 1

    monkeypatch.setattr(Host, "_renew", counted)

    async def work(running: Running) -> int:
        async def slow(live: LiveSession) -> None:
            await is_current(live)
            until = beats[0] + 2
            async with asyncio.timeout(10):
                while beats[0] < until:
                    await asyncio.sleep(0.02)
            found.append(live.id in running.host.live)

        monkeypatch.setattr(LiveSession, "is_current", slow)
        made = await running.make()
        return (await running.ask("GET", LIST, made["token"])).status

    assert run(tmp_path, work, idle_seconds=0.0, heartbeat_seconds=0.02) == 200
    assert found == [True]


def test_records_that_were_created_before_a_restart_are_known(tmp_path: Path, services: Services) -> None:
    made: dict[str, str] = {}

    async def create(running: Running, record: str) -> None:
        services[made["id"]].reply = Reply(201, (), b"").with_body(orjson.dumps({"data": {"id": record}}))
        await running.ask("POST", LIST, made["token"], {"data": {}})

    async def first(running: Running) -> None:
        made.update(await running.make())
        await running.ask("GET", LIST, made["token"])
        await create(running, "a")
        await running.ask("POST", f"{made['page']}/done?cue=1")
        await create(running, "b")
        await create(running, "c")

    async def second(running: Running) -> set[str]:
        await running.ask("GET", made["page"])
        return set(running.host.live[made["id"]].session.accepted)

    assert restarted(tmp_path, first, second)[1] == {"a", "b", "c"}


def test_session_that_was_used_least_recently_makes_room(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> tuple[list[bool], list[int]]:
        made = [await running.make(f"p-{number}") for number in range(3)]
        order = (0, 1, 0, 2)
        for number in order:
            await running.ask("GET", LIST, made[number]["token"])
        is_open = [each["id"] in running.host.live for each in made]
        return is_open, [(await running.ask("GET", LIST, each["token"])).status for each in made]

    assert run(tmp_path, work, most_open=2) == ([True, False, True], [200, 200, 200])


def test_polls_of_before_a_restart_count_for_a_system_that_runs_on_its_own(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_polls(stage: Stage) -> Iterator[Cue]:
        yield stage.cue("Poll twice.", polls=2)
        yield stage.cue("Poll again.")

    monkeypatch.setitem(ACTS, "ecf", (Act("connect", "Connect", "ecf", two_polls), ACTS_OF_TESTS[1]))
    planned = SelfDriver.of
    monkeypatch.setattr(SelfDriver, "of", lambda *given: replace(planned(*given), quiet=0.05))
    made: dict[str, str] = {}

    async def first(running: Running) -> bytes:
        made.update(await running.make(profile={"name": "x", "programme": "ecf", "drive": "self", "poll_minutes": 60}))
        await running.ask("GET", LIST, made["token"])
        return (await running.ask("GET", made["page"])).body

    async def second(running: Running) -> None:
        await running.ask("GET", LIST, made["token"])
        async with asyncio.timeout(10):
            while b"Poll again." not in (await running.ask("GET", made["page"])).body:
                await asyncio.sleep(0.02)

    one, _ = restarted(tmp_path, first, second)

    assert b"Poll twice." in one


def test_expired_session_ends_with_a_report(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> Any:
        made = await running.make(days=1e-6)
        await running.ask("GET", LIST, made["token"])
        async with asyncio.timeout(60):
            while running.host.store.report(made["id"]) is None:
                await asyncio.sleep(0.05)
        return await running.control("GET", f"/sessions/{made['id']}")

    described = run(tmp_path, work, heartbeat_seconds=0.02)

    assert (described["state"], described["problem"]) == ("out-of-time", "The days of the session are over.")
    assert described["verdict"]["run"]["ending"] == "out-of-time"
