"""A request at a process that does not have its session open: the owner responds, in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.readiness.hosting.hosted import HostedService, Running, hosting
from tests.unit.readiness.served import Response

from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import cut, lose
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_conformance.readiness.stage import Act, Cue, Stage

LIST = "/api/v3/participants"


def losing(stage: Stage) -> Iterator[Cue]:
    """Cut the response to the second request, and lose that to the third."""
    stage.arm("cut-response", Match(), cut(), skip=1)
    stage.arm("lost-declaration", Match(), lose(), skip=1)
    yield stage.cue("Poll for changes.")


@pytest.fixture(autouse=True)
def _acts(services: dict[str, HostedService], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTS, "ecf", (Act("connect", "Connect", "ecf", losing),))


async def ask(running: Running, made: dict[str, str], method: str = "GET", body: Any = None) -> Response | str:
    """Return a response, or the name of the error instead of one."""
    try:
        return await running.ask(method, LIST, made["token"], body)
    except (OSError, asyncio.IncompleteReadError) as error:
        return type(error).__name__


def test_other_process_forwards_whole_cut_and_lost_responses(tmp_path: Path) -> None:
    async def work() -> tuple[list[Response | str], Response, list[dict[str, Any]]]:
        async with hosting(tmp_path) as owner, hosting(tmp_path) as other:
            made = await owner.make("Provider 1")
            first = await ask(owner, made)
            found = [first, await ask(other, made), await ask(other, made), await ask(other, made, "POST", {"data": 1})]
            page = await other.ask("GET", f"{made['page']}/tasks")
            log = SessionLog(owner.host.database, made["id"])
            assert not other.host.live
            return found, page, [each.line for each in log.latest(9)]

    (first, in_part, lost, whole), page, lines = asyncio.run(work())

    assert isinstance(first, Response)
    assert isinstance(in_part, Response)
    assert isinstance(whole, Response)
    assert first.body == whole.body
    assert first.body.startswith(in_part.body)
    assert len(in_part.body) < len(first.body)
    assert lost in ("ConnectionResetError", "IncompleteReadError")
    assert page.status == 200
    assert [each["request"]["method"] for each in lines] == ["GET", "GET", "GET", "POST"]
    assert lines[-1]["request"]["body"] == '{"data":1}'
    assert not any("x-readiness-forwarded" in each["request"]["headers"] for each in lines)


def test_forwarded_events_of_the_page_come_at_once(tmp_path: Path) -> None:
    async def work() -> bytes:
        async with hosting(tmp_path) as owner, hosting(tmp_path) as other:
            made = await owner.make()
            await ask(owner, made)
            reader, writer = await asyncio.open_connection("127.0.0.1", other.port)
            writer.write(f"GET {made['page']}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            async with asyncio.timeout(10):
                await reader.readuntil(b"\r\n\r\n")
                first = await reader.readuntil(b"\n\n")
            writer.close()
            return first

    assert b"Requests so far: 1" in asyncio.run(work())


def test_forwarded_request_is_not_forwarded_again(tmp_path: Path) -> None:
    async def work() -> Response:
        async with hosting(tmp_path) as owner, hosting(tmp_path) as other:
            made = await owner.make()
            await ask(owner, made)
            return await other.ask("GET", LIST, made["token"], headers=("X-Readiness-Forwarded: 1",))

    answered = asyncio.run(work())

    assert (answered.status, answered.headers["retry-after"]) == (503, "5")


def test_session_moves_when_its_owner_stops(tmp_path: Path) -> None:
    async def work() -> Response | str:
        async with hosting(tmp_path) as other:
            async with hosting(tmp_path) as owner:
                made = await owner.make()
                await ask(owner, made)
            return await ask(other, made)

    answered = asyncio.run(work())

    assert isinstance(answered, Response)
    assert answered.status == 200
