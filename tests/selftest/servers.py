"""Small servers that misbehave, and one that stands between the suite and a sandbox."""

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
class Asked:
    """A request as a server took it in. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What a server answers. `length` is a Content-Length that is not the true one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class GoneError(Exception):
    """A server breaks the connection off instead of answering."""


Answering = Callable[[Asked], Reply]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is none of a test's business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm an answer in two writes waits for an ACK.
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        try:
            reply = self.server.answering(asked)
        except GoneError:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        self.end_headers()
        self.wfile.write(reply.body)
        self.close_connection = reply.length is not None

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - the names that the library looks for
    do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """A server on a free port that answers as told until the block ends; gives its address."""
    server = _Server(answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Through:
    """Hands every request on to the server at `address`; `asked` are those so far.

    `before` sees each request first, and may raise GoneError or do something to the server; `change` may answer with
    something else than the server did.
    """

    def __init__(
        self,
        address: str,
        *,
        before: Callable[[Asked, int], None] | None = None,
        change: Callable[[Asked, Reply], Reply] | None = None,
    ) -> None:
        self._place = urlsplit(address).netloc
        self._before = before
        self._change = change
        self._lock = threading.Lock()
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer one request."""
        with self._lock:
            self.asked.append(asked)
            number = len(self.asked)
        if self._before:
            self._before(asked, number)
        reply = self._handed_on(asked)
        return self._change(asked, reply) if self._change else reply

    def _handed_on(self, asked: Asked) -> Reply:
        connection = HTTPConnection(self._place, timeout=30)
        try:
            connection.request(asked.method, asked.path, asked.body or None, asked.headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            raise GoneError from None
        finally:
            connection.close()
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
        return Reply(answer.status, body, headers)
