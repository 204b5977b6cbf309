"""The observer on real sockets: what the client gets, and what the journal says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.readiness.served import Served, arm, message, response, served
from tests.unit.readiness.sessions import JSON, TOKEN, Service, lines, of_kind, session

from lead_provider_conformance.model import Ending
from lead_provider_conformance.readiness.effects import Delivery, Effect, Serve, cut, hold, lose, respond
from lead_provider_conformance.readiness.observer import CLOSED, JOURNALLED_BODY
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.schemas import problems

Client = Callable[[Served], Awaitable[Any]]
MEBIBYTE = 1024 * 1024


def serve(observed: Session, client: Client) -> Any:
    """Serve a session to a client, and return the client's result."""

    async def run() -> Any:
        async with served(observed) as running:
            return await client(running)

    return asyncio.run(run())


def exchanges(folder: Path) -> list[dict[str, Any]]:
    return lines(folder, "exchanges.ndjson")


def delivered(folder: Path) -> list[str | None]:
    return [line["exchange"] for line in of_kind(folder, "situation") if line["phase"] == "delivered"]


def test_ordinary_exchange_is_journalled_as_the_schema_says(tmp_path: Path) -> None:
    observed = session(tmp_path, Service(b'{"data":[]}'))
    observed.act = "first-sync"

    received = serve(observed, lambda running: running.ask("GET", "/api/v3/participants?page[page]=1"))

    assert (received.status, received.body) == (200, b'{"data":[]}')
    [line] = exchanges(tmp_path)
    assert list(problems("journal", line)) == []
    assert line["id"] == "client-000001"
    assert line["test"] == "first-sync"
    assert line["operation"] == "list_ecf_participants"
    assert line["request"]["url"] == "http://127.0.0.1:8100/api/v3/participants?page[page]=1"
    assert line["request"]["headers"]["authorization"] == "Bearer $TOKEN"
    assert line["request"]["body"] is None
    assert (line["response"]["status"], line["response"]["body"]) == (200, '{"data":[]}')
    assert line["error"] is None
    assert line["observed"] == {"offset": 0.0, "situation": None, "in_flight": 1, "connection": 1}
    assert 0 <= line["seconds"] < 5


def test_violation_of_the_contract_by_a_request_is_journalled(tmp_path: Path) -> None:
    serve(session(tmp_path), lambda running: running.ask("POST", "/api/v3/participant-declarations", b'{"data":1}'))

    [line] = exchanges(tmp_path)
    assert line["violations"]
    assert all(each["requirement"].startswith("contract/") for each in line["violations"])


def test_listeners_get_the_request_and_the_response(tmp_path: Path) -> None:
    observed = session(tmp_path)
    heard: list[tuple[str, int | None]] = []
    observed.listeners.append(lambda request, reply: heard.append((request.path, reply.status if reply else None)))
    arm(observed, lose())

    async def client(running: Served) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await running.ask("GET", "/api/v3/schools")
        await running.ask()

    serve(observed, client)

    assert heard == [("/api/v3/schools", None), ("/api/v3/participants", 200)]


def test_record_that_the_client_created_is_remembered_though_its_response_was_lost(tmp_path: Path) -> None:
    observed = session(tmp_path, Service(b'{"data":{"id":"d-1","type":"participant-declaration"}}'))
    arm(observed, lose())

    async def client(running: Served) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await running.ask("POST", "/api/v3/participant-declarations", b"{}")

    serve(observed, client)

    assert observed.accepted == {"d-1"}


@pytest.mark.parametrize("body", [b"[]", b'"text"', b'{"data":[]}', b"no JSON", b'{"data":{"id":1}}'])
def test_unusual_response_to_a_write_is_no_error(tmp_path: Path, body: bytes) -> None:
    observed = session(tmp_path, Service(body))

    assert serve(observed, lambda running: running.ask("POST", "/x", b"{}")).body == body
    assert (observed.accepted, observed.stopped) == (set(), None)


def test_lost_response_is_processed_journalled_and_never_sent(tmp_path: Path) -> None:
    service = Service()
    observed = session(tmp_path, service)
    arm(observed, lose())

    async def client(running: Served) -> bytes:
        reader, _ = await running.send(message("POST", "/x", b"{}"))
        with pytest.raises(ConnectionResetError):
            return await reader.read()
        return b""

    assert serve(observed, client) == b""
    [line] = exchanges(tmp_path)
    assert service.bodies == [b"{}"]
    assert line["error"] == "reset by the sandbox"
    assert line["response"]["status"] == 200
    assert line["observed"]["situation"] == "s-0001"
    assert delivered(tmp_path) == [line["id"]]


def test_cut_response_ends_in_the_middle_of_its_body(tmp_path: Path) -> None:
    observed = session(tmp_path, Service(b"0123456789"))
    arm(observed, cut())

    received = serve(observed, lambda running: running.ask())

    assert received.body == b"01234"
    assert received.headers["content-length"] == "10"
    [line] = exchanges(tmp_path)
    assert (line["error"], line["response"]["body"]) == ("cut off by the sandbox", "0123456789")
    assert delivered(tmp_path) == [line["id"]]


def test_held_response_reaches_a_client_that_waits(tmp_path: Path) -> None:
    observed = session(tmp_path)
    arm(observed, hold(0.2))

    assert serve(observed, lambda running: running.ask()).status == 200

    [line] = exchanges(tmp_path)
    assert line["error"] is None
    assert line["seconds"] >= 0.2
    assert delivered(tmp_path) == [line["id"]]


def test_held_response_counts_as_delivered_to_a_client_that_gives_up(tmp_path: Path) -> None:
    observed = session(tmp_path)
    arm(observed, hold(60))

    async def client(running: Served) -> None:
        _, writer = await running.send(message("GET", "/x"))
        writer.close()
        await running.until(1)

    serve(observed, client)

    [line] = exchanges(tmp_path)
    assert line["error"] == CLOSED
    assert delivered(tmp_path) == [line["id"]]


def test_situation_is_not_delivered_to_a_client_that_went_away(tmp_path: Path) -> None:
    observed = session(tmp_path)
    gone = asyncio.Event()

    async def wait_for_client(_: ObservedRequest, serve: Serve) -> Delivery:
        await gone.wait()
        return Delivery(await serve())

    arm(observed, wait_for_client)

    async def client(running: Served) -> None:
        _, writer = await running.send(message("GET", "/x"))
        await asyncio.sleep(0.05)
        reset(writer)
        await asyncio.sleep(0.05)
        gone.set()
        await running.until(1)

    serve(observed, client)

    [line] = exchanges(tmp_path)
    assert line["error"] == CLOSED
    assert delivered(tmp_path) == []


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection."""
    connected: socket.socket = writer.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def test_request_whose_body_does_not_come_is_journalled_and_not_processed(tmp_path: Path) -> None:
    service = Service()
    observed = session(tmp_path, service)

    async def client(running: Served) -> None:
        _, writer = await running.send(message("POST", "/x", b"{}")[:-1])
        await asyncio.sleep(0.05)
        writer.close()
        await running.until(1)

    serve(observed, client)

    [line] = exchanges(tmp_path)
    assert (line["error"], line["response"], service.bodies) == (CLOSED, None, [])


def test_body_of_more_than_a_mebibyte_is_neither_read_nor_journalled_whole(tmp_path: Path) -> None:
    service = Service(status=413)
    observed = session(tmp_path, service)

    async def client(running: Served) -> int:
        reader, writer = await running.send(message("POST", "/x", b"", "Content-Length: 2147483648"))
        for _ in range(64):
            writer.write(b"x" * MEBIBYTE)
            try:
                await writer.drain()
            except OSError:
                break
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            return (await response(reader)).status
        return 413

    assert serve(observed, client) == 413
    [line] = exchanges(tmp_path)
    assert len(service.bodies[0]) == MEBIBYTE + 1
    assert len(line["request"]["body"]) == JOURNALLED_BODY


def test_body_of_exactly_a_mebibyte_reaches_the_sandbox_whole(tmp_path: Path) -> None:
    service = Service()

    serve(session(tmp_path, service), lambda running: running.ask("POST", "/x", b"x" * MEBIBYTE))

    assert [len(each) for each in service.bodies] == [MEBIBYTE]


def test_requests_in_flight_are_counted_over_all_connections(tmp_path: Path) -> None:
    observed = session(tmp_path)
    arm(observed, hold(0.3))

    async def client(running: Served) -> None:
        first = asyncio.create_task(running.ask())
        await asyncio.sleep(0.1)
        await running.ask()
        await first
        await running.ask()

    serve(observed, client)

    found = sorted((each["at"], each["observed"]["in_flight"]) for each in exchanges(tmp_path))
    assert [number for _, number in found] == [1, 2, 1]


def test_date_header_is_the_clock_of_the_session(tmp_path: Path) -> None:
    service = Service()
    service.offset = 86_400.0

    received = serve(session(tmp_path, service), lambda running: running.ask())

    difference = parsedate_to_datetime(received.headers["date"]) - service.now()
    assert abs(difference.total_seconds()) < 5
    assert exchanges(tmp_path)[0]["observed"]["offset"] == 86_400.0


def test_date_header_of_the_sandbox_is_kept(tmp_path: Path) -> None:
    service = Service(headers=(*JSON, (b"date", b"Thu, 01 Jan 2026 00:00:00 GMT")))

    received = serve(session(tmp_path, service), lambda running: running.ask())

    assert received.headers["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_input_that_is_no_http_is_counted_and_recorded(tmp_path: Path) -> None:
    observed = session(tmp_path)

    async def client(running: Served) -> None:
        for rubbish in (b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n"):
            reader, writer = await running.send(rubbish)
            assert (await reader.read()).startswith(b"HTTP/1.1 400")
            writer.close()
        await running.ask()

    serve(observed, client)

    assert observed.not_http == 2
    assert [line["event"] for line in of_kind(tmp_path, "event")] == ["not-http", "not-http"]
    assert len(exchanges(tmp_path)) == 1


@pytest.mark.parametrize(
    "target",
    ["//[nowhere", "/api/v3/participants/%00%ff", "/api/v3/participants?a=%ED%A0%80", "/%2e%2e/", "/api/v3/a?b#c", "*"],
)
def test_unusual_target_is_journalled(tmp_path: Path, target: str) -> None:
    observed = session(tmp_path)

    assert serve(observed, lambda running: running.ask("GET", target)).status == 200
    assert observed.stopped is None
    assert len(exchanges(tmp_path)) == 1


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b'{"a":"\\ud800"}', b"[" * 20_000, b"1e999", b'{"data":{"attributes":[]}}']
)
def test_unusual_body_is_journalled(tmp_path: Path, body: bytes) -> None:
    observed = session(tmp_path)

    assert serve(observed, lambda running: running.ask("POST", "/api/v3/participant-declarations", body)).status == 200
    assert observed.stopped is None
    assert len(exchanges(tmp_path)) == 1


@pytest.mark.parametrize("broken", ["effect", "service"])
def test_error_of_the_suite_ends_the_session_with_a_sentence(tmp_path: Path, broken: str) -> None:
    service = Service()
    observed = session(tmp_path, service)
    observed.act = "declare"

    async def fail(*_: object) -> Any:
        raise KeyError(f"data of {TOKEN}")

    if broken == "effect":
        effect: Effect = fail
        arm(observed, effect)
    else:
        service.app = fail

    async def client(running: Served) -> int:
        reader, _ = await running.send(message("GET", "/x"))
        return int((await reader.readuntil(b"\r\n")).split()[1])

    assert serve(observed, client) == 500
    assert observed.stopped is Ending.SUITE_FAILED
    assert (observed.problem or "").startswith(
        "The suite failed at a request in act declare: KeyError: 'data of $TOKEN' at test_observer.py:"
    )


def test_full_journal_refuses_requests_and_ends_the_session_once(tmp_path: Path) -> None:
    observed = session(tmp_path, quota=20_000)
    ended: list[Ending | None] = []
    observed.changed.append(lambda: ended.append(observed.stopped))

    async def client(running: Served) -> list[int]:
        return [(await running.ask()).status for _ in range(40)]

    statuses = serve(observed, client)

    assert (statuses[0], statuses[-2:]) == (200, [429, 429])
    assert [line["event"] for line in of_kind(tmp_path, "event")] == ["quota"]
    assert ended == [Ending.OVER_QUOTA]
    assert observed.problem == (
        "The journals have reached 0 MiB, which is the session's quota. "
        "Find out why the client sends so many requests, or give a larger --journal-limit."
    )
    assert len(exchanges(tmp_path)) == statuses.count(200)


def test_folder_that_cannot_be_written_ends_the_session(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    observed = session(folder)

    assert serve(observed, lambda running: running.ask()).status == 200
    assert observed.stopped is Ending.SUITE_FAILED
    assert f"{folder} cannot be written" in (observed.problem or "")


def test_response_armed_for_another_request_is_not_used(tmp_path: Path) -> None:
    observed = session(tmp_path)
    arm(observed, respond(500, "{}", "application/json"))

    async def client(running: Served) -> list[int]:
        return [(await running.ask()).status, (await running.ask()).status]

    assert serve(observed, client) == [500, 200]
    assert delivered(tmp_path) == ["client-000001"]
