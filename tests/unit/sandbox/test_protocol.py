"""HTTP on a real socket: invalid HTTP returns a 400 of the contract, and incomplete requests time out."""

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
from lead_provider_sandbox.http.protocol import MOST_UNANSWERED, HttpProtocol
from lead_provider_sandbox.http.server import listen
from lead_provider_sandbox.sandbox import Options, Sandbox

TIMEOUT_SECONDS = 0.3
POST = (
    b"POST /api/v3/participant-declarations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + PROVIDER_TOKENS[0][1].encode() + b"\r\n"
)
GET = b"GET /healthcheck HTTP/1.1\r\nHost: x\r\n"

Exchange = Callable[..., bytes]


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Serve a sandbox in a thread, with short timeouts."""
    with pytest.MonkeyPatch.context() as patch, listen("127.0.0.1", 0) as listener, Sandbox(Options()) as sandbox:
        patch.setattr(HttpProtocol, "head_timeout_seconds", TIMEOUT_SECONDS)
        patch.setattr(gateway, "BODY_TIMEOUT_SECONDS", TIMEOUT_SECONDS)
        config = uvicorn.Config(sandbox.app, http=HttpProtocol, log_config=None, lifespan="off", ws="none")
        config.timeout_keep_alive = TIMEOUT_SECONDS  # type: ignore[assignment]  # Uvicorn wants whole seconds, asyncio does not
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.fixture
def exchange(address: tuple[str, int]) -> Exchange:
    """Return a function that sends pieces of bytes and returns all bytes until the connection closes."""

    def send(*pieces: bytes) -> bytes:
        with socket.create_connection(address, timeout=10) as connection:
            for piece in pieces:
                connection.sendall(piece)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received

    return send


def refusal(response: bytes) -> str:
    """Return the detail of a 400 with a body of the contract."""
    head, _, body = response.partition(b"\r\n\r\n")
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
def test_invalid_http_returns_400_of_the_contract(exchange: Exchange, noise: bytes) -> None:
    assert refusal(exchange(noise)) == "Invalid HTTP request received."


def test_incomplete_head_times_out(exchange: Exchange) -> None:
    assert refusal(exchange(b"GET / HTTP/1.1\r\nHo")) == "The head of the request did not come in time"


def test_incomplete_second_head_times_out(exchange: Exchange) -> None:
    first, _, second = exchange(GET + b"\r\n", b"GET /").partition(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert refusal(second) == "The head of the request did not come in time"


def test_silent_connection_closes_without_response(exchange: Exchange) -> None:
    assert exchange() == b""


def test_incomplete_body_times_out(exchange: Exchange) -> None:
    half = exchange(POST + b'Content-Length: 100\r\nConnection: close\r\n\r\n{"data":')

    assert refusal(half) == "The request body did not come in time"


def test_invalid_chunk_closes_connection(exchange: Exchange) -> None:
    broken = exchange(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\n{}\r\nnonsense\r\n")

    assert refusal(broken) == "Invalid HTTP request received."


def test_noise_after_request_keeps_its_response(exchange: Exchange) -> None:
    first, _, second = exchange(GET + b"\r\n" + b"\x00noise\r\n\r\n").partition(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert refusal(second) == "Invalid HTTP request received."


def test_pipelined_requests_before_noise_get_responses(exchange: Exchange) -> None:
    first, second, rest = exchange(GET + b"\r\n" + GET + b"\r\n" + b"\x00noise\r\n\r\n").split(b'{"status":"ok"}')

    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")
    assert refusal(rest) == "Invalid HTTP request received."


def test_most_requests_that_a_client_may_send_at_once_get_responses(exchange: Exchange) -> None:
    *responses, rest = exchange((GET + b"\r\n") * (MOST_UNANSWERED + 5)).split(b'{"status":"ok"}')

    assert len(responses) == MOST_UNANSWERED
    assert refusal(rest) == "Invalid HTTP request received."


def test_invalid_body_after_response_gets_no_second_response(
    address: tuple[str, int],
) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(GET + b"Transfer-Encoding: chunked\r\n\r\n")
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            answer += connection.recv(65536)

        connection.sendall(b"nonsense\r\n")

        assert connection.recv(65536) == b""


def test_upgrade_request_is_ignored(exchange: Exchange) -> None:
    answered = exchange(GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + GET + b"\r\n")

    assert answered.startswith(b"HTTP/1.1 200")
    assert answered.endswith(b'{"status":"ok"}')


def test_request_in_single_bytes_gets_response(exchange: Exchange) -> None:
    whole = GET + b"Connection: close\r\n\r\n"

    assert exchange(*(whole[place : place + 1] for place in range(len(whole)))).startswith(b"HTTP/1.1 200")


def test_http_1_0_requires_no_host(exchange: Exchange) -> None:
    assert exchange(b"GET /healthcheck HTTP/1.0\r\n\r\n").endswith(b'{"status":"ok"}')
