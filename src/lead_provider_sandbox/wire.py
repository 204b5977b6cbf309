"""HTTP/1.1 on a connection: what is not HTTP is refused with a body of the contract, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from lead_provider_sandbox.api.answers import bad_request

PATIENCE_SECONDS = 10.0
"""How long the head of a request may take; the first from when the connection is made."""

LINGER_SECONDS = 1.0
"""How long what a refused client still sends is read and thrown away: closing at once would lose it the refusal."""

_ANSWERABLE = frozenset({h11.IDLE, h11.SEND_RESPONSE})


class Connection(H11Protocol):
    """A client's connection. Uvicorn's own would answer in plain text, and wait for half a request."""

    patience_seconds = PATIENCE_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take in what has come; from the first byte of a request on, its head has to come soon."""
        if not self._refused:
            super().data_received(data)
        if self._refused:
            return
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._waiting is None and not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, unless an answer is already under way, and close."""
        if self.conn.our_state not in _ANSWERABLE:
            self.transport.close()
        else:
            self._refused = True
            refusal = bad_request(msg).answer
            body = refusal.body()
            headers: list[tuple[Any, Any]] = [
                ("Content-Type", str(refusal.media_type)),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            head = h11.Response(status_code=refusal.status, headers=headers, reason=b"Bad Request")
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.write_eof()
            self._stop_waiting()
            self._waiting = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which no other request has come."""
        if not self.transport.is_closing():
            self._lose_patience()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.patience_seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _lose_patience(self) -> None:
        self._waiting = None
        if self.conn.trailing_data[0]:
            self.send_400_response("The head of the request did not come in time")
        else:
            self.transport.close()
