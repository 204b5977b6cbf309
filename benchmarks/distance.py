"""A server that is further away: what is sent to it arrives later than it was sent, what comes back does not.

with further_away(address, seconds=0.02) as distant: …
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


@contextlib.contextmanager
def further_away(address: str, *, seconds: float) -> Iterator[str]:
    """The address at which the server at `address` can be reached, each piece that is sent that much later."""
    server = urlsplit(address)
    loop = asyncio.new_event_loop()

    async def relayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(server.hostname, server.port)
        back = asyncio.ensure_future(_carried(there[0], writer, 0))
        await _carried(reader, there[1], seconds)
        await back

    listening = loop.run_until_complete(asyncio.start_server(relayed, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Carry what comes in one direction, until no more comes."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            await asyncio.sleep(seconds)
            writer.write(piece)
            await writer.drain()
