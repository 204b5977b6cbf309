"""A server that says exactly what a test tells it to, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Saying = Callable[[socket.socket, bytes], None]


@dataclass
class Raw:
    """Where a raw server listens, and the requests it has taken in, heads only."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    connection: socket.socket | None = None
    connections: int = 0

    @property
    def address(self) -> str:
        """What to use as a base URL."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def raw_server(saying: Saying) -> Iterator[Raw]:
    """A server that calls `saying` with the connection and the head of each request, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Raw(listener.getsockname()[1])
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, server, saying), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            if server.connection is not None:
                with contextlib.suppress(OSError):
                    server.connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, server: Raw, saying: Saying) -> None:
    while not server.over.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        server.connection = connection
        server.connections += 1
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            while head := _head(connection):
                server.heads.append(head)
                saying(connection, head)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(65_536)
        if not got:
            return b""
        head += got
    return head


def says(*pieces: bytes) -> Saying:
    """Say these pieces, and wait for the next request."""

    def saying(connection: socket.socket, _head: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return saying


def says_and_closes(*pieces: bytes) -> Saying:
    """Say these pieces, and hang up."""

    def saying(connection: socket.socket, _head: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_RDWR)

    return saying


def drips(start: bytes, drop: bytes, every: float) -> Saying:
    """Say `start`, and then one drop at a time until the other side has had enough."""

    def saying(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(start)
        never = threading.Event()
        while not never.wait(every):
            connection.sendall(drop)

    return saying


def resets(connection: socket.socket, _head: bytes) -> None:
    """Break the connection off as a crashing server does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer as it goes over the wire."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
