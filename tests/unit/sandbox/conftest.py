"""A sandbox in this process, called over ASGI without sockets, and reset after each test that changes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from lead_provider_sandbox.faults.catalogue import replacements_for
from lead_provider_sandbox.http.access import PROVIDER_TOKENS
from lead_provider_sandbox.sandbox import Options, Sandbox

FIRST = PROVIDER_TOKENS[0][1]
SECOND = PROVIDER_TOKENS[1][1]
NOW = "2025-01-15T12:00:00.000000Z"
"""The time of the tests: every window of cohorts 2022 and 2023 up to retained-3 is open or past."""


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def errors(self) -> dict[str, str]:
        """The details of an error response by title."""
        return {error["title"]: error["detail"] for error in self.json["errors"]}


class Client:
    """Sends requests to a sandbox as one lead provider."""

    changed = True
    """Whether any client may have changed the shared sandbox."""

    def __init__(self, sandbox: Sandbox, token: str | None = FIRST) -> None:
        self.sandbox = sandbox
        self.token = token

    def as_other(self) -> Client:
        return Client(self.sandbox, SECOND)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | bytes = b"",
        body: Any = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send a request; `body` is encoded as JSON, `raw` is sent as bytes."""
        query_string = query if isinstance(query, bytes) else urlencode(query).encode()
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        if self.token is not None:
            sent.setdefault("authorization", f"Bearer {self.token}")
        reply = asyncio.run(_exchange(self.sandbox.app, method, path, query_string, content, sent))
        if method not in ("GET", "HEAD") and (reply.status < 400 or self.sandbox.gateway.replacements):
            Client.changed = True
        return reply

    def exchange(self, app: Any, method: str, path: str, content: bytes) -> Reply:
        """Send a request to another application, such as the control interface."""
        Client.changed = True
        return asyncio.run(_exchange(app, method, path, b"", content, {"content-type": "application/json"}))

    def get(self, path: str, query: dict[str, Any] | bytes = b"", *, version: str = "v3", **given: Any) -> Reply:
        return self.send("GET", f"/api/{version}/{path}", query=query, **given)

    def put(self, path: str, *, version: str = "v3", **attributes: Any) -> Reply:
        return self.send("PUT", f"/api/{version}/{path}", body={"data": {"attributes": attributes}})

    def post(self, path: str, *, version: str = "v3", **attributes: Any) -> Reply:
        return self.send("POST", f"/api/{version}/{path}", body={"data": {"attributes": attributes}})

    def broken_by(self, *faults: str) -> Client:
        """Reset the sandbox and add faults."""
        self.sandbox.reset()
        self.sandbox.gateway.replacements = replacements_for(faults, self.sandbox.service)
        return self

    def travel(self, moment: str) -> None:
        """Set the clock."""
        self.sandbox.gateway.clock.set_to = moment

    def act(self, participant_id: str, event: str, *, programme: str = "ecf", **attributes: Any) -> Reply:
        """PUT an action on a participant."""
        body = {"data": {"type": f"participant-{event}", "attributes": attributes}}
        return self.send("PUT", f"/api/v3/participants/{programme}/{participant_id}/{event}", body=body)

    def declare(self, headers: dict[str, str] | None = None, **attributes: Any) -> Reply:
        """POST a declaration."""
        body = {"data": {"type": "participant-declaration", "attributes": attributes}}
        return self.send("POST", "/api/v3/participant-declarations", body=body, headers=headers)

    def start(self, participant: dict[str, Any], **changed: Any) -> Reply:
        """Declare that a participant has started, by default on the first day of the window."""
        enrolment = participant["attributes"]["ecf_enrolments"][0]
        window = self.sandbox.calendar.window(enrolment["schedule_identifier"], int(enrolment["cohort"]), "started")
        assert window is not None
        attributes = {
            "participant_id": participant["id"],
            "declaration_type": "started",
            "declaration_date": f"{window.start}T10:00:00Z",
            "course_identifier": f"ecf-{'induction' if enrolment['participant_type'] == 'ect' else 'mentor'}",
        }
        return self.declare(**(attributes | changed))

    def void(self, declaration_id: str) -> Reply:
        return self.send("PUT", f"/api/v3/participant-declarations/{declaration_id}/void")

    def participants(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the ECF participants whose first enrolment has these values."""
        everybody = self.get("participants/ecf", {"page[per_page]": 3000}).data
        return [
            each
            for each in everybody
            if all(each["attributes"]["ecf_enrolments"][0][name] == value for name, value in wanted.items())
        ]

    def declarations(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the declarations with these values."""
        everything = self.get("participant-declarations", {"page[per_page]": 3000}).data
        return [each for each in everything if all(each["attributes"][name] == v for name, v in wanted.items())]

    def enrolment(self, participant_id: str) -> dict[str, Any]:
        """Return a participant's current first ECF enrolment."""
        shown: dict[str, Any] = self.get(f"participants/ecf/{participant_id}").data["attributes"]["ecf_enrolments"][0]
        return shown

    def applications(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the NPQ applications with these values."""
        everything = self.get("npq-applications", {"page[per_page]": 3000}).data
        return [each for each in everything if all(each["attributes"][name] == v for name, v in wanted.items())]

    def untouched(self, **wanted: Any) -> dict[str, Any]:
        """Return an active participant of cohort 2023 on the standard schedule without declarations."""
        wanted = {
            "participant_type": "ect",
            "cohort": "2023",
            "schedule_identifier": "ecf-standard-september",
            "training_status": "active",
            "participant_status": "active",
            "eligible_for_funding": True,
        } | wanted
        declared = {each["attributes"]["participant_id"] for each in self.declarations()}
        return next(
            each
            for each in self.participants(**wanted)
            if each["id"] not in declared and len(each["attributes"]["ecf_enrolments"]) == 1
        )


async def _exchange(app: Any, method: str, path: str, query: bytes, content: bytes, headers: dict[str, str]) -> Reply:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []
    messages = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    response_headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], response_headers, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture
def sandboxes() -> Iterator[Callable[..., Client]]:
    """Create sandboxes with options."""
    made: list[Sandbox] = []

    def make(**options: Any) -> Client:
        made.append(Sandbox(Options(**options)))
        return Client(made[-1])

    yield make
    for each in made:
        each.store.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    """Create one sandbox for all tests without options; `api` resets it."""
    with Sandbox(Options()) as sandbox:
        yield sandbox


@pytest.fixture
def api(shared: Sandbox) -> Client:
    """Return a client of a sandbox at its seed, as the first lead provider."""
    if Client.changed:
        shared.reset()
        Client.changed = False
    shared.gateway.replacements = {}
    shared.gateway.clock.set_to = NOW
    return Client(shared)
