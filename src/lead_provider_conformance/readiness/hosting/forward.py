"""Forward a request to the process that has its session open."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import h11
from starlette.types import Receive, Scope, Send

from lead_provider_sandbox.control.serving import connection_of

FORWARDED = b"x-readiness-forwarded"
"""The header of forwarded requests: they are not forwarded again."""
_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"proxy-connection", b"expect"}
_CHUNK = 64 * 1024


class UnreachableError(Exception):
    """The other process does not accept connections."""


def is_forwarded(scope: Scope) -> bool:
    """Return whether another process has sent a request."""
    return any(name == FORWARDED for name, _ in scope["headers"])


def as_sent(scope: Scope) -> Scope:
    """Return a request without the header that another process has added."""
    if not is_forwarded(scope):
        return scope
    return {**scope, "headers": [each for each in scope["headers"] if each[0] != FORWARDED]}


async def forward(address: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a request to a process, and its response to the client: whole, cut off or reset, as it comes.

    Raise UnreachableError before anything is sent.
    """
    parts = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError as error:
        raise UnreachableError(address) from error
    waiting = asyncio.create_task(_send_request(h11.Connection(h11.CLIENT), scope, receive, writer))
    try:
        await _send_response(scope, reader, send)
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError, OSError, h11.ProtocolError):
            await waiting
        writer.close()


async def _send_request(protocol: h11.Connection, scope: Scope, receive: Receive, writer: asyncio.StreamWriter) -> None:
    """Send the request, and close the connection when the client has gone."""
    query = scope["query_string"]
    target = scope.get("raw_path", scope["path"].encode()) + (b"?" + query if query else b"")
    headers = [(name, value) for name, value in scope["headers"] if name not in _HOP_BY_HOP]
    has_length = any(name == b"content-length" for name, _ in headers)
    has_body = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    headers += [(b"connection", b"close"), (FORWARDED, b"1")]
    if has_body and not has_length:
        headers.append((b"transfer-encoding", b"chunked"))
    request = h11.Request(method=scope["method"], target=target, headers=headers)
    writer.write(protocol.send(request) or b"")
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            writer.transport.abort()
            return
        if body := message.get("body", b""):
            writer.write(protocol.send(h11.Data(data=body)) or b"")
            await writer.drain()
        more = message.get("more_body", False)
    writer.write(protocol.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    while (await receive())["type"] != "http.disconnect":
        pass
    writer.transport.abort()


async def _send_response(scope: Scope, reader: asyncio.StreamReader, send: Send) -> None:
    protocol = h11.Connection(h11.CLIENT)
    protocol.send(h11.Request(method=scope["method"], target=b"/", headers=[(b"host", b"forwarded")]))
    protocol.send(h11.EndOfMessage())
    has_started = False
    try:
        while True:
            event = protocol.next_event()
            if event is h11.NEED_DATA:
                protocol.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                kept = [(name, value) for name, value in event.headers if name not in _HOP_BY_HOP]
                await send({"type": "http.response.start", "status": event.status_code, "headers": kept})
                has_started = True
            elif isinstance(event, h11.Data):
                await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
            elif isinstance(event, h11.EndOfMessage):
                await send({"type": "http.response.body", "body": b""})
                return
    except (OSError, h11.RemoteProtocolError):
        connection = connection_of(scope)
        if connection is not None:
            (connection.close if has_started else connection.reset)()
