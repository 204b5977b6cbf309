"""Small misbehaving servers, and a proxy between the suite and a sandbox."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Request:
    """A received request. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """A response to send. `length` replaces the true Content-Length."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class DisconnectError(Exception):
    """The server closes the connection without a response."""


Respond = Callable[[Request], Response]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm a response in two writes waits for an ACK.
    disable_nagle_algorithm = True
    server: _Server

    def handle_request(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            response = self.server.respond(Request(self.command, self.path, headers, self.rfile.read(length)))
        except DisconnectError:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body) if response.length is None else response.length))
        self.end_headers()
        self.wfile.write(response.body)
        self.close_connection = response.length is not None

    do_GET = do_HEAD = do_POST = do_PUT = handle_request  # noqa: N815 - names required by the base class
    do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = handle_request  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextlib.contextmanager
def serve(respond: Respond) -> Iterator[str]:
    """Serve on a free port and yield the address."""
    server = _Server(respond)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Proxy:
    """Forward every request to the server at `address`, and record it in `requests`.

    `before` is called with each request and its number, and may raise DisconnectError. `change` may replace the
    response.
    """

    def __init__(
        self,
        address: str,
        *,
        before: Callable[[Request, int], None] | None = None,
        change: Callable[[Request, Response], Response] | None = None,
    ) -> None:
        self._netloc = urlsplit(address).netloc
        self._before = before
        self._change = change
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        """Return the response to a request."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        if self._before:
            self._before(request, number)
        response = self._forward(request)
        return self._change(request, response) if self._change else response

    def _forward(self, request: Request) -> Response:
        connection = HTTPConnection(self._netloc, timeout=30)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            received = connection.getresponse()
            body = received.read()
        except OSError:
            raise DisconnectError from None
        finally:
            connection.close()
        headers = {name: value for name, value in received.headers.items() if name.lower() not in HOP_BY_HOP}
        return Response(received.status, body, headers)
