"""Bytes on a real socket: what is not HTTP gets a 400 of the contract, and half a request is not waited for."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from lead_provider_sandbox.http import gateway
from lead_provider_sandbox.http.access import PROVIDER_TOKENS
from lead_provider_sandbox.http.protocol import HttpProtocol
from lead_provider_sandbox.http.server import listen
from lead_provider_sandbox.sandbox import Options, Sandbox

SOON = 0.3
POST = (
    b"POST /api/v3/participant-declarations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + PROVIDER_TOKENS[0][1].encode() + b"\r\n"
)
GET = b"GET /healthcheck HTTP/1.1\r\nHost: x\r\n"

Said = Callable[..., bytes]


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A sandbox that is served in a thread, by a server that waits only shortly."""
    with pytest.MonkeyPatch.context() as patch, listen("127.0.0.1", 0) as listener, Sandbox(Options()) as sandbox:
        patch.setattr(HttpProtocol, "head_timeout_seconds", SOON)
        patch.setattr(gateway, "BODY_TIMEOUT_SECONDS", SOON)
        config = uvicorn.Config(sandbox.app, http=HttpProtocol, log_config=None, lifespan="off", ws="none")
        config.timeout_keep_alive = SOON  # type: ignore[assignment]  # Uvicorn wants whole seconds, asyncio does not
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.fixture
def said(address: tuple[str, int]) -> Said:
    """Sends pieces of bytes, and gives all that comes until the other side closes or has answered."""

    def say(*pieces: bytes) -> bytes:
        with socket.create_connection(address, timeout=10) as connection:
            for piece in pieces:
                connection.sendall(piece)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received

    return say


def refusal(answer: bytes) -> str:
    """The detail of a 400 with a body of the contract."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/vnd.api+json" in head
    assert f"Content-Length: {len(body)}".lower().encode() in head.lower()
    [error] = json.loads(body)["errors"]
    assert error["title"] == "Bad request"
    return str(error["detail"])


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"hello?\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000,
        b"GET /" + b"x" * 1_000_000,
        b"\0" * 100_000,
    ],
)
def test_what_is_not_http_is_refused_with_a_body_of_the_contract(said: Said, noise: bytes) -> None:
    assert refusal(said(noise)) == "Invalid HTTP request received."


def test_half_a_head_is_refused_when_it_has_taken_too_long(said: Said) -> None:
    assert refusal(said(b"GET / HTTP/1.1\r\nHo")) == "The head of the request did not come in time"


def test_half_a_head_after_a_whole_request_is_not_waited_for_either(said: Said) -> None:
    first, _, second = said(GET + b"\r\n", b"GET /").partition(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert refusal(second) == "The head of the request did not come in time"


def test_who_says_nothing_is_let_go_without_an_answer(said: Said) -> None:
    assert said() == b""


def test_half_a_body_is_refused_when_it_has_taken_too_long(said: Said) -> None:
    half = said(POST + b'Content-Length: 100\r\nConnection: close\r\n\r\n{"data":')

    assert refusal(half) == "The request body did not come in time"


def test_a_broken_chunk_ends_the_connection(said: Said) -> None:
    broken = said(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\n{}\r\nnonsense\r\n")

    assert refusal(broken) == "Invalid HTTP request received."


def test_noise_after_a_whole_request_does_not_spoil_its_answer(said: Said) -> None:
    first, _, second = said(GET + b"\r\n" + b"\x00noise\r\n\r\n").partition(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert refusal(second) == "Invalid HTTP request received."


def test_every_request_before_noise_is_answered(said: Said) -> None:
    first, second, rest = said(GET + b"\r\n" + GET + b"\r\n" + b"\x00noise\r\n\r\n").split(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")
    assert refusal(rest) == "Invalid HTTP request received."


def test_who_spoils_the_body_of_a_request_that_has_been_answered_gets_no_second_answer(
    address: tuple[str, int],
) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(GET + b"Transfer-Encoding: chunked\r\n\r\n")
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            answer += connection.recv(65536)

        connection.sendall(b"nonsense\r\n")

        assert connection.recv(65536) == b""


def test_who_asks_for_another_protocol_is_answered_in_this_one(said: Said) -> None:
    answered = said(GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + GET + b"\r\n")

    assert answered.startswith(b"HTTP/1.1 200")
    assert answered.endswith(b'{"status":"ok"}')


def test_a_request_in_pieces_is_answered(said: Said) -> None:
    whole = GET + b"Connection: close\r\n\r\n"

    assert said(*(whole[place : place + 1] for place in range(len(whole)))).startswith(b"HTTP/1.1 200")


def test_http_1_0_needs_no_host(said: Said) -> None:
    assert said(b"GET /healthcheck HTTP/1.0\r\n\r\n").endswith(b'{"status":"ok"}')
