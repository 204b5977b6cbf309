"""The live page of a session."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from lead_provider_conformance.model import Scope
from lead_provider_conformance.readiness.drive import PromptDriver
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.page.page import Page
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.secrets import SessionRedactor

TOKEN = "a-token-of-this-session"
ACTS = (("connect", "connect the system"), ("first-sync", "read everything"))


def session_in(act: str) -> Any:
    subject = SimpleNamespace(edition="2026-08", scope=Scope("v3", "ecf"))
    return SimpleNamespace(
        act=act, cue="Poll.", cue_number=1, tasks=(), listeners=[], changed=[], not_http=0, base_url="http://127.0.0.1",
        redactor=SessionRedactor(TOKEN), recorder=SimpleNamespace(subject=subject),
    )  # fmt: skip


def content(page: Page) -> str:
    """Return the HTML of the page."""
    sent: list[Any] = []
    path = page.address.removeprefix("http://127.0.0.1")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    async def sandbox(*_: Any) -> None:
        raise AssertionError("The page is not the sandbox's.")

    asyncio.run(page.in_front_of(sandbox)(scope, receive, send))
    return b"".join(each.get("body", b"") for each in sent).decode()


def test_brackets_of_queries_are_shown_decoded_and_tokens_not_at_all() -> None:
    session = session_in("first-sync")
    page = Page(session, ACTS, PromptDriver())
    target = f"/api/v3/participants?page%5Bpage%5D=2&token={TOKEN}"
    for listen in session.listeners:
        listen(ObservedRequest("GET", "/api/v3/participants", target, {}, None, 0.0, 1, 1), Reply(200, (), b""))

    html = content(page)

    assert "GET /api/v3/participants?page[page]=2" in html
    assert TOKEN not in html


def test_acts_are_shown_with_their_states_and_people_get_a_button() -> None:
    session = session_in("connect")
    page = Page(session, ACTS, PromptDriver())
    for act in ("connect", "first-sync"):
        session.act = act
        for notify in session.changed:
            notify()

    html = content(page)

    assert "<strong>connect</strong> connect the system <em>done</em>" in html
    assert '<li aria-current="step"><strong>first-sync</strong> read everything <em>now</em>' in html
    assert "Done, go on" in html
