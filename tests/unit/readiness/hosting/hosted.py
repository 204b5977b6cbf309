"""A hosting application on a socket, with small acts and services in the place of worlds, and a client of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.unit.readiness.served import Response, response
from tests.unit.readiness.sessions import Service

from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.hosting import host as host_module
from lead_provider_conformance.readiness.hosting.config import HostConfig
from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.host import Host
from lead_provider_conformance.readiness.hosting.serve import application
from lead_provider_conformance.readiness.stage import Act, Cue, Stage
from lead_provider_sandbox.control.serving import listen, serving

CONTROL = "control-token-of-the-tests"


def two_cues(stage: Stage) -> Iterator[Cue]:
    stage.note("arranged", at=stage.now.isoformat())
    yield stage.cue("Poll for changes.")
    yield stage.cue("Poll again.")


def one_cue(stage: Stage) -> Iterator[Cue]:
    yield stage.cue("Poll once.")


ACTS_OF_TESTS = (Act("connect", "Connect", "ecf", two_cues), Act("declare", "Declare", "ecf", one_cue))


class HostedService(Service):
    """A service that accepts any token."""

    def accept(self, token: str) -> None:
        """Do nothing."""


@dataclass
class Running:
    """A running application."""

    host: Host
    port: int

    async def ask(
        self, method: str, target: str, token: str | None = None, body: Any = None, headers: tuple[str, ...] = ()
    ) -> Response:
        """Send one request, and return its response."""
        content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers]
        if token is not None:
            head.append(f"Authorization: Bearer {token}")
        if content and not any(each.lower().startswith("content-length") for each in headers):
            head.append(f"Content-Length: {len(content)}")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write("\r\n".join([*head, "", ""]).encode() + content)
            await writer.drain()
            return await response(reader)
        finally:
            writer.close()

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control interface, and return the document of a response of success."""
        answered = await self.ask(method, f"/control{path}", CONTROL, body)
        assert answered.status < 300, answered.body
        return orjson.loads(answered.body) if answered.body else None

    async def make(self, name: str = "client", **options: Any) -> dict[str, str]:
        """Make a session."""
        made: dict[str, str] = await self.control("POST", "/sessions", {"name": name, **options})
        made["page"] = "/" + made["page"].split("/", 3)[3]
        return made


@contextlib.asynccontextmanager
async def hosting(folder: Path, *, store: str | None = None, **options: Any) -> AsyncIterator[Running]:
    """Serve the sessions of a store, by default one in `folder`."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = store or f"sqlite:///{folder / 'store.sqlite'}"
    defaults = {"public_url": url, "own_url": url, "control_token": CONTROL, "refusal_seconds": 0.01}
    config = HostConfig(store=store, **{**defaults, **options})
    database = Database(store)
    database.migrate()
    host = Host(config, database)
    await host.start()
    try:
        async with serving(application(host), listener):
            yield Running(host, port)
    finally:
        await host.stop()
        database.close()


Work = Callable[[Running], Awaitable[Any]]


def run(folder: Path, work: Work, **options: Any) -> Any:
    """Run a coroutine with a running application, and return its result."""

    async def with_application() -> Any:
        async with hosting(folder, **options) as running:
            return await work(running)

    return asyncio.run(with_application())


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> dict[str, HostedService]:
    """Replace the acts by small ones, and the worlds by services. Return the services by session."""
    made: dict[str, HostedService] = {}

    def open_service(stored: Any, _: Any) -> HostedService:
        return made.setdefault(stored.id, HostedService(f'{{"data":[],"of":"{stored.name}"}}'.encode()))

    monkeypatch.setattr(host_module, "open_world", open_service)
    monkeypatch.setitem(ACTS, "ecf", ACTS_OF_TESTS)
    return made
