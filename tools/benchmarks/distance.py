"""A server that is further away: what is sent to it arrives later than it was sent, what comes back does not."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from urllib.parse import urlsplit


@contextlib.contextmanager
def further_away(address: str, *, seconds: float) -> Iterator[str]:
    """The address at which the server at `address` can be reached, each piece that is sent that much later."""
    listening: SimpleQueue[tuple[str, Callable[[], object]]] = SimpleQueue()
    thread = threading.Thread(target=lambda: asyncio.run(_relay(address, seconds, listening)))
    thread.start()
    distant, end = listening.get(timeout=60)
    try:
        yield distant
    finally:
        end()
        thread.join()


async def _relay(address: str, seconds: float, listening: SimpleQueue[tuple[str, Callable[[], object]]]) -> None:
    """Relay to a server until told to end; say where, and how to tell it."""
    server, over = urlsplit(address), asyncio.Event()

    async def relayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        responses, requests = await asyncio.open_connection(server.hostname, server.port)
        await asyncio.gather(_carried(reader, requests, seconds), _carried(responses, writer, 0))

    async with await asyncio.start_server(relayed, "127.0.0.1", 0) as relay:
        port = relay.sockets[0].getsockname()[1]
        listening.put((f"http://127.0.0.1:{port}", partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)))
        await over.wait()


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Carry what comes in one direction, until no more comes."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            await asyncio.sleep(seconds)
            writer.write(piece)
            await writer.drain()
