"""Serve an application in a running loop: connections can be reset and closed, and the Date header appears once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from lead_provider_sandbox.control.serving import AddressError, InvalidInput, connection_of, listen, serving

GET = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
LATER = b"Tue, 01 Dec 2099 10:00:00 GMT"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Do what the path says with the connection."""
    connection = connection_of(scope)
    assert connection is not None
    action = scope["path"].strip("/")
    if action == "reset":
        connection.reset()
        return
    dated = [(b"date", LATER)] if action == "dated" else []
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10"), *dated]})
    if action in ("cut", "reset-late"):
        await send({"type": "http.response.body", "body": b"01234", "more_body": True})
        (connection.close if action == "cut" else connection.reset)()
        return
    await send({"type": "http.response.body", "body": b"connect %02d" % connection.number})


def exchange(address: Any, *pieces: bytes) -> bytes:
    """Send bytes on one connection and return all bytes until it closes."""
    with socket.create_connection(address, timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def while_serving(client: Callable[[Any], Any], refused: list[InvalidInput] | None = None) -> Any:
    """Serve the application in a loop of its own, run a client in a thread and return its result."""

    async def run() -> Any:
        on_invalid_input = None if refused is None else refused.append
        with listen("127.0.0.1", 0) as listener:
            async with serving(app, listener, on_invalid_input=on_invalid_input):
                return await asyncio.to_thread(client, listener.getsockname())

    return asyncio.run(run())


@pytest.mark.parametrize("action", ["reset", "reset-late"])
def test_reset_connection_raises_connection_reset_at_client(action: str, caplog: pytest.LogCaptureFixture) -> None:
    def client(address: Any) -> None:
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(GET % action.encode())
            while connection.recv(65536):
                pass

    with pytest.raises(ConnectionResetError):
        while_serving(client)
    assert caplog.records == []


def test_closed_connection_sends_bytes_so_far_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    received = while_serving(lambda address: exchange(address, GET % b"cut"))

    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 10" in head
    assert body == b"01234"
    assert caplog.records == []


def test_connections_of_a_server_are_numbered_from_1() -> None:
    def client(address: Any) -> list[bytes]:
        return [exchange(address, GET % b"", GET % b"")[-10:] for _ in range(2)]

    assert while_serving(client) == [b"connect 01", b"connect 02"]
    assert while_serving(client) == [b"connect 01", b"connect 02"]


def test_callback_gets_input_that_is_no_http() -> None:
    refused: list[InvalidInput] = []
    tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200

    received = while_serving(lambda address: exchange(address, tls), refused)

    assert received.startswith(b"HTTP/1.1 400")
    assert [(each.connection, each.reason) for each in refused] == [(1, "Invalid HTTP request received.")]
    assert refused[0].start == tls[:64]


def test_port_that_does_not_exist_is_refused_with_a_sentence() -> None:
    with pytest.raises(AddressError, match=r"^cannot listen on 127.0.0.1 port 99999: .*0-65535$"):
        listen("127.0.0.1", 99_999)


def test_head_with_two_flaws_is_refused_once(caplog: pytest.LogCaptureFixture) -> None:
    refused: list[InvalidInput] = []
    long_without_host = b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"

    received = while_serving(lambda address: exchange(address, long_without_host), refused)

    assert received.startswith(b"HTTP/1.1 400")
    assert len(refused) == 1
    assert caplog.records == []


def test_callback_gets_invalid_body_after_the_response() -> None:
    refused: list[InvalidInput] = []
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    def client(address: Any) -> bytes:
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(head)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.sendall(b"nonsense\r\n")
            rest = b""
            while part := connection.recv(65536):
                rest += part
            return rest

    assert while_serving(client, refused) == b""
    assert [each.start for each in refused] == [b"nonsense\r\n"]


def test_server_adds_date_of_the_machine() -> None:
    head = while_serving(lambda address: exchange(address, GET % b"")).lower()

    assert head.count(b"\r\ndate: ") == 1


def test_date_of_the_application_is_the_only_one() -> None:
    received = while_serving(lambda address: exchange(address, GET % b"dated"))

    dates = [line for line in received.split(b"\r\n") if line.lower().startswith(b"date:")]
    assert dates == [b"date: " + LATER]
    assert parsedate_to_datetime(LATER.decode()).year == 2099


def test_serving_ends_while_a_client_keeps_its_connection() -> None:
    def client(address: Any) -> socket.socket:
        connection = socket.create_connection(address, timeout=10)
        connection.sendall(GET % b"")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        return connection

    with while_serving(client) as connection:
        while connection.recv(65536):
            pass
