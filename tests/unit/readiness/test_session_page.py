"""The live page of a session."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from tests.unit.readiness.served import Response, Served, message, served
from tests.unit.readiness.sessions import TOKEN, session

from lead_provider_conformance.readiness.drive import Driver, PromptDriver, SelfDriver
from lead_provider_conformance.readiness.observer import Observer
from lead_provider_conformance.readiness.page.page import RECENT, Page
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.schemas import problems

HOSTILE = "<script>alert(1)</script>"
PERSON = "00000000-0000-4000-8000-000000000001"
TASK = Task(
    id="t-0001",
    do=TaskKind.DEFER,
    participant_id=PERSON,
    full_name=HOSTILE,
    fields={"on": "2026-09-10", "reason": "other"},
    trap="too early",
    purpose="defer-early",
)
ACTS = (("connect", "Connect"), ("declare", "Declare"), ("a-week", "A week"))


def show(tmp_path: Path, client: Callable[[Served, Page], Awaitable[Any]], driver: Driver | None = None) -> Any:
    """Serve a session with its page, in the act `declare`, to a client."""
    running = session(tmp_path)
    page = Page(running, ACTS, driver or PromptDriver())

    async def run() -> Any:
        async with served(running, page.in_front_of(Observer(running))) as found:
            enter(running, "connect", "Connect.")
            enter(running, "declare", f"Declare {HOSTILE}.", TASK)
            return await client(found, page)

    return asyncio.run(run())


def enter(running: Session, act: str, cue: str, *tasks: Task) -> None:
    running.act = act
    running.begin_cue(cue, tasks)


def path(page: Page) -> str:
    return urlsplit(page.address).path


async def get(running: Served, target: str) -> Response:
    return await running.ask("GET", target)


def test_page_shows_act_cue_tasks_and_requests(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> str:
        await get(running, "/api/v3/participants?page[page]=2")
        running.session.note_not_http("TLS")
        return (await get(running, path(page))).body.decode()

    html = show(tmp_path, client)

    assert "Now: declare" in html
    assert "<em>done</em>" in html
    assert "<em>now</em>" in html
    assert "<em>to come</em>" in html
    assert "GET /api/v3/participants?page[page]=2" in html
    assert "Requests so far: 1" in html
    assert "1 connection sent something that is not HTTP." in html
    assert PERSON in html
    assert "http://127.0.0.1:8100" in html
    assert "too early" not in html
    assert "defer-early" not in html


def test_content_is_escaped(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> str:
        await get(running, "/x?a=<script>alert(1)</script>")
        return (await get(running, path(page))).body.decode()

    html = show(tmp_path, client)

    assert HOSTILE not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3


def test_page_has_no_token_of_the_client(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> bytes:
        await get(running, f"/x?token={TOKEN}&other_token=foreign-token-of-somebody-2")
        return (await get(running, path(page))).body

    html = show(tmp_path, client)

    assert TOKEN.encode() not in html
    assert b"foreign-token" not in html


def test_page_is_at_its_secret_address_only(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> list[bytes]:
        own = path(page)
        others = ("/", "/session", "/session/", own[:-1], own + "x", "/session/..", own.upper())
        return [(await get(running, each)).body for each in others]

    assert set(show(tmp_path, client)) == {b'{"data":[]}'}  # the service's response


def test_requests_of_the_page_are_not_those_of_the_client(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> int:
        await get(running, path(page))
        await get(running, path(page) + "/tasks")
        return running.session.recorder.exchanges

    assert show(tmp_path, client) == 0


def test_headers_protect_the_page(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> list[Response]:
        return [await get(running, path(page) + each) for each in ("", "/tasks", "/tasks.csv")]

    html, *others = show(tmp_path, client)

    nonce = re.search(rb'<script nonce="([^"]+)">', html.body)
    assert nonce is not None
    policy = html.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"script-src 'nonce-{nonce[1].decode()}'" in policy
    for each in (html, *others):
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["referrer-policy"] == "no-referrer"
        assert each.headers["x-content-type-options"] == "nosniff"


def test_tasks_are_those_of_the_task_file(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> list[Response]:
        return [await get(running, path(page) + each) for each in ("/tasks", "/tasks.csv")]

    as_json, as_csv = show(tmp_path, client)

    content = orjson.loads(as_json.body)
    assert list(problems("tasks", content)) == []
    assert content["act"] == "declare"
    assert as_csv.headers["content-disposition"] == 'attachment; filename="tasks-declare.csv"'
    [row] = csv.DictReader(io.StringIO(as_csv.body.decode()))
    assert {name: value or None for name, value in row.items()} == content["tasks"][0]


def test_csv_without_tasks_has_a_head(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> bytes:
        enter(running.session, "a-week", "Poll.")
        return (await get(running, path(page) + "/tasks.csv")).body

    assert show(tmp_path, client) == b"id,do\r\n"


@pytest.mark.parametrize(("behind", "ends"), [(0, True), (1, False)], ids=["current", "of-an-earlier-cue"])
def test_done_ends_the_current_cue_only(tmp_path: Path, behind: int, ends: bool) -> None:
    driver = PromptDriver()

    async def client(running: Served, page: Page) -> Response:
        html = (await get(running, path(page))).body.decode()
        action = re.search(r'<form method="post" action="([^"]+)"', html)
        assert action is not None
        if behind:
            enter(running.session, "declare", "The next cue.")
        return await running.ask("POST", action[1])

    answered = show(tmp_path, client, driver)

    assert answered.status == 303
    assert driver.done.is_set() is ends


def test_client_that_runs_on_its_own_can_be_told_to_go_on(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> str:
        return (await get(running, path(page))).body.decode()

    driver = SelfDriver(session(tmp_path / "other"), 1)

    assert "Done, go on" in show(tmp_path, client, driver)


def test_command_has_no_button(tmp_path: Path) -> None:
    class Command:
        async def run(self, _: object, /) -> Any:
            raise AssertionError

    async def client(running: Served, page: Page) -> list[int | str]:
        html = (await get(running, path(page))).body.decode()
        return [html, (await running.ask("POST", path(page) + "/done?cue=2")).status]

    html, status = show(tmp_path, client, Command())

    assert "<form" not in html
    assert status == 303


def test_page_says_whether_the_session_has_begun_or_is_over(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> str:
        enter(running.session, "", "")
        return (await get(running, path(page))).body.decode()

    assert "The session is over" in show(tmp_path, client)


def test_only_the_latest_requests_are_shown(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> str:
        for number in range(RECENT + 2):
            await get(running, f"/x?n={number}")
        return (await get(running, path(page))).body.decode()

    html = show(tmp_path, client)

    shown = [int(each) for each in re.findall(r"GET /x\?n=(\d+)", html)]
    assert shown == list(range(RECENT + 1, 1, -1))
    assert f"Requests so far: {RECENT + 2}" in html


def test_changes_are_sent_as_events(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> list[str]:
        reader, writer = await running.send(message("GET", path(page) + "/events"))
        await reader.readuntil(b"\r\n\r\n")
        first = await reader.readuntil(b"\n\n")
        await get(running, "/x?n=1")
        second = await reader.readuntil(b"\n\n")
        writer.close()
        return [first.decode(), second.decode()]

    first, second = show(tmp_path, client)

    assert "Requests so far: 0" in first
    assert "GET /x?n=1" in second
    for event in (first, second):
        content = event.rpartition("\r\n")[2]  # after the size of the chunk
        assert {line[:6] for line in content.rstrip("\n").split("\n")} == {"data: "}


def test_reader_that_leaves_is_forgotten(tmp_path: Path) -> None:
    async def client(running: Served, page: Page) -> Response:
        reader, writer = await running.send(message("GET", path(page) + "/events"))
        await response_start(reader)
        writer.close()
        return await get(running, "/x")

    assert show(tmp_path, client).status == 200


async def response_start(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"data: ")
