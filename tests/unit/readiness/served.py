"""A session that is served on a socket, and small clients of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.types import ASGIApp
from tests.unit.readiness.sessions import TOKEN

from lead_provider_conformance.readiness.armed import Armed, Match
from lead_provider_conformance.readiness.effects import Effect
from lead_provider_conformance.readiness.observer import Observer
from lead_provider_conformance.readiness.session import Session
from lead_provider_sandbox.control.serving import listen, serving

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Response:
    """A received response. `body` is what came before the connection ended, if it was cut."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Served:
    """A served session."""

    session: Session
    port: int

    async def connect(self) -> Connection:
        """Open a connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, raw: bytes) -> Connection:
        """Open a connection and send bytes."""
        reader, writer = await self.connect()
        writer.write(raw)
        await writer.drain()
        return reader, writer

    async def ask(self, method: str = "GET", target: str = "/api/v3/participants", body: bytes = b"") -> Response:
        """Send one request on a connection of its own, and return the response. Raise OSError if there is none."""
        reader, writer = await self.send(message(method, target, body))
        try:
            return await response(reader)
        finally:
            writer.close()

    async def until(self, exchanges: int) -> None:
        """Wait until the session has journalled a number of exchanges."""
        async with asyncio.timeout(5):
            while self.session.recorder.exchanges < exchanges:
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def served(session: Session, app: ASGIApp | None = None) -> AsyncIterator[Served]:
    """Serve a session, through its observer unless there is another application."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with serving(
        app or Observer(session), listener, on_invalid_input=lambda found: session.note_not_http(found.reason)
    ):
        yield Served(session, port)


def message(method: str, target: str, body: bytes = b"", *headers: str) -> bytes:
    """Return the bytes of a request with the session's token."""
    length = [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
    head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}", *length, *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


async def response(reader: asyncio.StreamReader) -> Response:
    """Read a response whose length is given; less of its body if the connection ends before."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *fields = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}
    try:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError as error:
        body = error.partial
    return Response(int(status.split(" ")[1]), headers, body)


def arm(session: Session, effect: Effect, match: Match | None = None, times: int | None = 1) -> None:
    """Arm a situation for the next matching requests."""
    situation_id = session.recorder.armed("any", "act", {})
    session.armed.arm(Armed(situation_id, "any", "act", match or Match(), effect, times))
