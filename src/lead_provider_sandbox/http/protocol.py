"""HTTP/1.1 on a connection: invalid HTTP gets a 400 of the contract, and slow clients time out.

Each request's scope has a `Connection`, with which the application can reset or close the client's connection.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from lead_provider_sandbox.http.connection import EXTENSION, Connection, InvalidInput, Numbers
from lead_provider_sandbox.http.joined_writes import JoinedWrites
from lead_provider_sandbox.http.responses import bad_request

HEAD_TIMEOUT_SECONDS = 10.0
"""The timeout for the head of a request, and for the rest of a body that has its response already.

For the first request it starts with the connection.
"""

LINGER_SECONDS = 1.0
"""How long to discard input of a refused client; closing at once would lose the 400."""

LARGEST_HEAD = 64 * 1024
"""The maximum size of a request's head in bytes."""

MOST_UNANSWERED = 20
"""The maximum number of requests that wait on a connection: parsing thousands of them would hold up other clients."""

_RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing a socket discards unsent bytes and sends a RST."""

_START_BYTES = 64
_NOT_HTTP = "Invalid HTTP request received."
_HEAD_TIMEOUT = "The head of the request did not come in time"


_NUMBERS = Numbers()


class HttpProtocol(HttpToolsProtocol):
    """A client's connection. Uvicorn's own class responds in plain text and waits for an incomplete request."""

    head_timeout_seconds = HEAD_TIMEOUT_SECONDS
    _timer: asyncio.TimerHandle | None = None
    _in_head = False
    _in_body = False
    _head_bytes = 0
    _unanswered = 0
    """The number of complete requests without a response."""
    _is_new = True
    """Whether no request has come yet."""
    _refusal: str | None = None
    """The reason for refusing the client; further input is discarded."""
    _start = b""
    """The first bytes of the last input."""

    def __init__(
        self,
        *args: Any,
        numbers: Numbers = _NUMBERS,
        on_invalid_input: Callable[[InvalidInput], None] | None = None,
        **kwargs: Any,
    ) -> None:
        """Number the connection with `numbers`. Call `on_invalid_input` when the client is refused."""
        super().__init__(*args, **kwargs)
        self.number = numbers.next()
        self._numbers = numbers
        self._on_invalid_input = on_invalid_input

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout for the first request."""
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Parse input, unless the client has been refused. Start the timeout for the rest of an incomplete head."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._start = data[:_START_BYTES]
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            # Ignore the upgrade; later input may be in another protocol.
            self.cycle.keep_alive = False
        except HttpParserError:
            self.send_400_response(_NOT_HTTP)
        if self._in_head and self._refusal is None:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.send_400_response(_NOT_HTTP)
            elif self._timer is None:
                self._start_timer()

    def on_message_begin(self) -> None:
        """Note the start of a head."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Check that the head has one Host header, and that few requests wait. `ValueError` stops the parser."""
        self._stop_timer()
        if self._unanswered >= MOST_UNANSWERED:
            raise ValueError("too many requests wait for a response")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError("a request must have one Host header")
        super().on_headers_complete()
        # The task of the application starts after this callback. An upgrade that is ignored has a cycle, too.
        cycle = self.cycle
        connection = Connection(
            number=self.number,
            reset=partial(self._reset, cycle),
            close=partial(self._close, cycle),
            is_open=lambda: not cycle.disconnected,
            is_first=self._is_new,
            unanswered=lambda: self._unanswered,
            newest=lambda: self._numbers.latest,
        )
        self._is_new = False
        self.scope["extensions"] = {EXTENSION: {"connection": connection}}
        self._in_head, self._in_body = False, True
        self._unanswered += 1

    def on_message_complete(self) -> None:
        """Note the end of the body."""
        super().on_message_complete()
        self._in_body = False
        self._stop_timer()

    def on_response_complete(self) -> None:
        """Continue with the next request, or refuse the client."""
        super().on_response_complete()
        self._unanswered -= 1
        if self._refusal is not None and self._unanswered == 0:
            self._refuse(self._refusal)
        elif self._in_body and self.cycle.response_complete and self._timer is None:
            self._start_timer()  # for the rest of the body, which nothing reads

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeout."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse the client: at once, or after the responses to earlier requests."""
        if self._on_invalid_input is not None:
            self._on_invalid_input(InvalidInput(self.number, msg, self._start))
        if self._in_body and (self.cycle.response_started or self.pipeline):
            self.transport.close()
            return
        self._refusal = msg
        if self._in_body:
            # The request with this body gets no other response.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._unanswered -= 1
        if self._unanswered == 0:
            self._refuse(msg)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        if not self.transport.is_closing():
            self._time_out()

    def _reset(self, cycle: RequestResponseCycle) -> None:
        """Reset the connection; the client gets none of the bytes that are still unsent."""
        cycle.disconnected = True
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected is not None and not self.transport.is_closing():
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        self.transport.abort()

    def _close(self, cycle: RequestResponseCycle) -> None:
        """Close the connection after the bytes that the application has sent, even within a response."""
        cycle.disconnected = True
        self.transport.close()

    def _refuse(self, reason: str) -> None:
        if self.transport.is_closing():
            return
        response = bad_request(reason).response
        body = response.body()
        head = (
            f"HTTP/1.1 {response.status} Bad Request\r\nContent-Type: {response.media_type}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._unset_keepalive_if_required()
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._stop_timer()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self.head_timeout_seconds, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        self._timer = None
        if self._in_head:
            self.send_400_response(_HEAD_TIMEOUT)
        else:
            self.transport.close()
