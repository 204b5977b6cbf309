"""Send the head and the body of a response together."""

from __future__ import annotations

import asyncio
from typing import Any

_STATUS_LINE = b"HTTP/"


class JoinedWrites:
    """A transport that holds the head of a response until its body is written.

    Uvicorn writes the two one after the other. Each would be a system call, and the client would read twice: sending
    takes a third of the time of a small response.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send data; hold the head of a response, at most until the end of this step of the event loop."""
        if not self._head and data.startswith(_STATUS_LINE):
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            head, self._head = self._head, b""
            self._transport.write(head + data)

    def write_eof(self) -> None:
        """Send the held head, and close the sending side."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send the held head, and close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once, without the held head."""
        self._head = b""
        self._transport.abort()

    def _flush(self) -> None:
        if self._head:
            self.write(b"")
