"""A relay that delays everything a client sends, as a distant server would."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from urllib.parse import urlsplit


@contextlib.contextmanager
def delayed(address: str, *, seconds: float) -> Iterator[str]:
    """Relay to a server with this delay, and yield the address of the relay."""
    listening: SimpleQueue[tuple[str, Callable[[], object]]] = SimpleQueue()
    thread = threading.Thread(target=lambda: asyncio.run(_relay(address, seconds, listening)))
    thread.start()
    relay_address, stop = listening.get(timeout=60)
    try:
        yield relay_address
    finally:
        stop()
        thread.join()


async def _relay(address: str, seconds: float, listening: SimpleQueue[tuple[str, Callable[[], object]]]) -> None:
    """Put the address and a stop function into `listening`, and relay until stopped."""
    server, stopped = urlsplit(address), asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        responses, requests = await asyncio.open_connection(server.hostname, server.port)
        await asyncio.gather(_forward(reader, requests, seconds), _forward(responses, writer, 0))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as relay:
        port = relay.sockets[0].getsockname()[1]
        listening.put(
            (f"http://127.0.0.1:{port}", partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set))
        )
        await stopped.wait()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Forward one direction until it is closed."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            await asyncio.sleep(seconds)
            writer.write(piece)
            await writer.drain()
