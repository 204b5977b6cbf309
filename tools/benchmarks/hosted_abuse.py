"""Clients that abuse a hosting process: floods, connections that stay open, and slow bodies."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

BATCH = 50
"""Requests that are written at once."""


@dataclass(frozen=True)
class Abuse:
    """An abuse by a number of connections for some seconds. `kind` is `flood`, `steady`, `pages`, `open` or `slow`.

    `rate` is the number of requests a second of all connections together.
    """

    kind: str
    port: int
    token: str | None
    connections: int
    seconds: float
    rate: int

    @property
    def pause(self) -> float:
        """The seconds after each batch of a connection."""
        return self.connections * BATCH / self.rate


def abuse(given: Abuse) -> int:
    """Abuse the process, and return the number of requests, or of connections that were open, at most."""
    _allow_connections()
    return asyncio.run(_all(given))


async def _all(given: Abuse) -> int:
    work = {"flood": _flood, "steady": _flood, "pages": _flood, "open": _open, "slow": _slow}[given.kind]
    until = time.perf_counter() + given.seconds
    found = await asyncio.gather(*(work(given, until) for _ in range(given.connections)), return_exceptions=True)
    return sum(each for each in found if isinstance(each, int))


async def _flood(given: Abuse, until: float) -> int:
    """Send requests without a wait for responses, on new connections when one ends; return their number."""
    sent = 0
    while time.perf_counter() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", given.port)
            reading = asyncio.create_task(_discard(reader))
            try:
                while time.perf_counter() < until and not reading.done():
                    pages = range(sent, sent + BATCH) if given.kind == "pages" else [1] * BATCH
                    writer.write(b"".join(_request(given, f"/api/v3/participants?page[page]={each}") for each in pages))
                    async with asyncio.timeout(1):
                        await writer.drain()
                    sent += BATCH
                    await asyncio.sleep(given.pause)
            except TimeoutError:
                pass  # the process reads no more of this connection
            finally:
                reading.cancel()
                writer.transport.abort()
    return sent


async def _discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(2**16):
        pass


async def _open(given: Abuse, until: float) -> int:
    """Keep a connection open with a part of a request; return 1 if it was accepted."""
    _, writer = await asyncio.open_connection("127.0.0.1", given.port)
    writer.write(_request(given, "/api/v3/participants")[:-2])
    await asyncio.sleep(max(0.0, until - time.perf_counter()))
    writer.close()
    return 1


async def _slow(given: Abuse, until: float) -> int:
    """Send a body one byte at a time; return 1."""
    reader, writer = await asyncio.open_connection("127.0.0.1", given.port)
    head = _request(given, "/api/v3/participant-declarations", "POST")[:-2]
    writer.write(head + b"Content-Length: 100000\r\n\r\n")
    reading = asyncio.create_task(_discard(reader))
    while time.perf_counter() < until and not reading.done():
        writer.write(b" ")
        await asyncio.sleep(0.1)
    reading.cancel()
    writer.close()
    return 1


@contextlib.contextmanager
def reader() -> Iterator[int]:
    """Yield the port of another process, which accepts connections, reads, and does not respond."""
    context = get_context("spawn")
    ports: SimpleQueue[int] = context.SimpleQueue()
    process = context.Process(target=_read, args=(ports,), daemon=True)
    process.start()
    try:
        yield ports.get()
    finally:
        process.terminate()
        process.join()


def _read(ports: SimpleQueue[int]) -> None:
    async def discard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await _discard(reader)
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(discard, "127.0.0.1", 0, backlog=1_000)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    _allow_connections()
    asyncio.run(serve())


def _allow_connections() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _request(given: Abuse, path: str, method: str = "GET") -> bytes:
    authorization = f"Authorization: Bearer {given.token}\r\n" if given.token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n".encode()
