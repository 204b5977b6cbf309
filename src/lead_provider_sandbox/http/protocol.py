"""HTTP/1.1 on a connection: what is not HTTP is refused with a body of the contract, and nobody waits for ever."""

from __future__ import annotations

import asyncio

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lead_provider_sandbox.http.responses import bad_request

PATIENCE_SECONDS = 10.0
"""How long the head of a request may take; the first from when the connection is made."""

LINGER_SECONDS = 1.0
"""How long what a refused client still sends is read and thrown away: closing at once would lose it the refusal."""

LARGEST_HEAD = 64 * 1024
"""How many bytes may come before the head of a request is complete."""

_NOT_HTTP = "Invalid HTTP request received."
_TOO_SLOW = "The head of the request did not come in time"


class Connection(HttpToolsProtocol):
    """A client's connection. Uvicorn's own would answer in plain text, and wait for half a request."""

    patience_seconds = PATIENCE_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _in_head = False
    _in_body = False
    _head_bytes = 0
    _due = 0
    """How many requests are still to be answered."""
    _refusal: str | None = None
    """What is wrong with what has come; after that nothing is read any more."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take in what has come, unless the client has been refused."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            # It is answered as if it had not asked; what comes after it may be in another protocol.
            self.cycle.keep_alive = False
        except HttpParserError:
            self.send_400_response(_NOT_HTTP)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.send_400_response(_NOT_HTTP)

    def on_message_begin(self) -> None:
        """From the first byte of a request on, its head has to come soon."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The head has come. Raises, so that the parser stops, when it does not say once which host is asked."""
        self._stop_waiting()
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError("a request names its host once")
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        self._due += 1

    def on_message_complete(self) -> None:
        """The body has come."""
        super().on_message_complete()
        self._in_body = False

    def on_response_complete(self) -> None:
        """Go on to the next request, or say what was wrong with it."""
        super().on_response_complete()
        self._due -= 1
        if self._refusal is not None and self._due == 0:
            self._refuse(self._refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP: at once, or after the answers to what came before it."""
        if self._in_body and (self.cycle.response_started or self.pipeline):
            self.transport.close()
            return
        self._refusal = msg
        if self._in_body:
            # The request whose body it is gets no other answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._due -= 1
        if self._due == 0:
            self._refuse(msg)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which no other request has come."""
        if not self.transport.is_closing():
            self._lose_patience()

    def _refuse(self, reason: str) -> None:
        if self.transport.is_closing():
            return
        refusal = bad_request(reason).answer
        body = refusal.body()
        head = (
            f"HTTP/1.1 {refusal.status} Bad Request\r\nContent-Type: {refusal.media_type}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._unset_keepalive_if_required()
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._stop_waiting()
        self._waiting = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.patience_seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _lose_patience(self) -> None:
        self._waiting = None
        if self._in_head:
            self.send_400_response(_TOO_SLOW)
        else:
            self.transport.close()
