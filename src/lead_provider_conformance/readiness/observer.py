"""Serve the sandbox to a client, deliver armed situations, and journal every exchange."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_conformance.model import Ending, ReportFolderError
from lead_provider_conformance.readiness.effects import Delivery, Reply, Transmission
from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.exchange import parsed
from lead_provider_conformance.readiness.recorder import MEBIBYTE, timestamp
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.session import Session
from lead_provider_sandbox.control.serving import connection_of

LARGEST_BODY = 1024 * 1024 + 1
"""The bytes of a body that are read; the sandbox refuses bodies of more than 1 MiB."""
JOURNALLED_BODY = 64 * 1024
"""The bytes of a request's body that are journalled."""
CLOSED = "closed by the client"
_OVER_QUOTA = Reply(429, ((b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")), b"")


@dataclass(frozen=True, slots=True)
class Excess:
    """A quota that a session has reached: a sentence that says so, and its figure by name for the journal."""

    sentence: str
    facts: Mapping[str, int]


class Observer:
    """An ASGI application in front of the sandbox's."""

    remedy_of_excess = "Find out why the client sends so many requests, or give a larger --journal-limit."

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request."""
        session = self._session
        if excess := self._excess():
            self._end_for_quota(excess)
            reply = _OVER_QUOTA.with_body(f"The session is over. {excess.sentence}\n".encode())
            await _send(Delivery(reply), scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._exchange(scope, receive, send)
        except ReportFolderError as error:
            session.stop(Ending.SUITE_FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - an error of the suite ends the session, with a sentence about it
            self._fail(error)
        finally:
            self._in_flight -= 1

    def _fail(self, error: Exception) -> None:
        session = self._session
        session.stop(Ending.SUITE_FAILED, f"The suite failed at a request in act {session.act}: {describe(error)}.")

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(scope)
        request.body, is_complete = await _read_body(receive)
        if is_complete:
            await self._process(request, scope, receive, send)
        else:
            self._journal(request, None, CLOSED, None)

    def _excess(self) -> Excess | None:
        """Return a quota that is reached, or None."""
        recorder = self._session.recorder
        if not recorder.is_full:
            return None
        sentence = f"The journals have reached {recorder.quota / MEBIBYTE:,.0f} MiB, which is the session's quota."
        return Excess(sentence, {"bytes": recorder.quota})

    def _end_for_quota(self, excess: Excess) -> None:
        session = self._session
        if session.stopped is None:
            session.recorder.event("quota", session.act, session.world.offset, excess.facts)
            session.stop(Ending.OVER_QUOTA, f"{excess.sentence} {self.remedy_of_excess}")

    def _request(self, scope: Scope) -> ObservedRequest:
        query = scope["query_string"].decode("latin-1")
        raw_path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        connection = connection_of(scope)
        return ObservedRequest(
            method=scope["method"],
            path=scope["path"],
            target=f"{raw_path}?{query}" if query else raw_path,
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            matched=self._session.contract.find(scope["method"], scope["path"]),
            start=time.time(),
            in_flight=self._in_flight,
            connection=connection.number if connection else 0,
        )

    async def _process(self, request: ObservedRequest, scope: Scope, receive: Receive, send: Send) -> None:
        def serve() -> Awaitable[Reply]:
            return _respond(self._session.world.app, scope, request.body)

        armed = self._session.armed.take(request)
        delivery = self._dated(await armed.effect(request, serve) if armed else Delivery(await serve()))
        error = await _send(delivery, scope, receive, send)
        exchange = self._journal(request, delivery.reply, error, armed.id if armed else None)
        # A situation counts as delivered when its bytes have gone out, or its connection has been reset.
        if armed and (error != CLOSED or delivery.hold):
            self._session.recorder.delivered(armed.id, armed.name, armed.act, exchange)
        self._note_created(request, delivery.reply)
        for listener in tuple(self._session.listeners):
            listener(request, delivery.reply if error is None else None)

    def _note_created(self, request: ObservedRequest, reply: Reply) -> None:
        """Remember the id of a record that the client has created, also if it never had the response."""
        if request.method == "POST" and 200 <= reply.status < 300:
            document = parsed(reply.body.decode("utf-8", "replace"))
            data = document.get("data") if isinstance(document, dict) else None
            if isinstance(data, dict) and isinstance(data.get("id"), str):
                self._session.accepted.add(data["id"])

    def _dated(self, delivery: Delivery) -> Delivery:
        """Return the delivery with the session's time in the Date header, unless the sandbox has given it."""
        reply = delivery.reply
        if any(name == b"date" for name, _ in reply.headers):
            return delivery
        date = formatdate(time.time() + self._session.world.offset, usegmt=True).encode()
        dated = Reply(reply.status, (*reply.headers, (b"date", date)), reply.body)
        return Delivery(dated, delivery.transmission, delivery.hold)

    def _journal(self, request: ObservedRequest, reply: Reply | None, error: str | None, situation: str | None) -> str:
        """Write the exchange and return its id."""
        recorder = self._session.recorder
        exchange_id = request.exchange_id or recorder.next_exchange_id()
        recorder.exchange(self._line(request, exchange_id, reply, error, situation))
        return exchange_id

    def _line(
        self, request: ObservedRequest, exchange_id: str, reply: Reply | None, error: str | None, situation: str | None
    ) -> Mapping[str, Any]:
        session = self._session
        headers = session.redactor.headers(request.headers)
        if request.violations is None:
            request.violations = self._violations(request, headers)
        return {
            "kind": "exchange",
            "id": exchange_id,
            "test": session.act,
            "at": timestamp(datetime.fromtimestamp(request.start, UTC)),
            "version": session.recorder.subject.scope.version,
            "programme": session.recorder.subject.scope.programme,
            "operation": request.operation,
            "deliberate": None,
            "request": {
                "method": request.method,
                "url": session.redactor.url(session.base_url + request.target),
                "headers": headers,
                "body": self._text(request.body[:JOURNALLED_BODY]) if request.body else None,
            },
            "response": self._response(reply) if reply else None,
            "error": error,
            "seconds": round(time.time() - request.start, 6),
            "violations": request.violations,
            "observed": {
                "offset": session.world.offset,
                "situation": situation,
                "in_flight": request.in_flight,
                "connection": request.connection,
            },
        }

    def _response(self, reply: Reply) -> Mapping[str, Any]:
        redactor = self._session.redactor
        return {
            "status": reply.status,
            "headers": {name.decode("latin-1"): redactor.header_value(value) for name, value in reply.headers},
            "body": self._text(reply.body),
            "bytes": len(reply.body),
            "cut": False,
        }

    def _text(self, body: bytes) -> str:
        return self._session.redactor.content(body).decode("utf-8", "backslashreplace")

    def _violations(self, request: ObservedRequest, headers: Mapping[str, str]) -> list[Mapping[str, str]]:
        if request.matched is None:
            return []
        content_type = headers.get("content-type")
        found = self._session.contract.check_request(
            request.matched, request.path, request.query, content_type, request.body or None
        )
        text = self._session.redactor.text
        return [
            {"requirement": f"contract/{each.rule}", "where": text(each.where), "message": text(each.message)}
            | ({"kind": each.kind} if each.kind else {})
            for each in found
        ]


async def _read_body(receive: Receive) -> tuple[bytes, bool]:
    """Return the body up to LARGEST_BODY, and whether the client sent all of it."""
    body = bytearray()
    while len(body) < LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body), False
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body[:LARGEST_BODY]), True


async def _respond(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """Let an application process a request, and return its whole response."""
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(start["status"], tuple(start["headers"]), content)


async def _send(delivery: Delivery, scope: Scope, receive: Receive, send: Send) -> str | None:
    """Send a response as the delivery says. Return why it is incomplete, or None."""
    if delivery.hold and await _is_closed_within(delivery.hold, receive):
        return CLOSED
    reply, connection = delivery.reply, connection_of(scope)
    if connection and not connection.is_open():
        return CLOSED
    if delivery.transmission is Transmission.RESET and connection:
        connection.reset()
        return Transmission.RESET
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    if delivery.transmission is Transmission.CUT and connection:
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        connection.close()
        return Transmission.CUT
    # The event loop does not run between this call's write and its return. A connection that is closed now was closed
    # before the client had the whole response.
    await send({"type": "http.response.body", "body": reply.body})
    return CLOSED if connection and not connection.is_open() else None


async def _is_closed_within(seconds: float, receive: Receive) -> bool:
    """Return whether the client closes the connection within a time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False
