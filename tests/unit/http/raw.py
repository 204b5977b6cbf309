"""A server that sends exactly the bytes of a test."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]


@dataclass
class Raw:
    """A running raw server. `heads` are the heads of the requests that it has received."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    scheme: str = "http"
    over: threading.Event = field(default_factory=threading.Event)
    connection: socket.socket | None = None
    connections: int = 0
    behaviour: Behaviour | None = None

    @property
    def address(self) -> str:
        """Return the base URL."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def raw_server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """Run a server that calls `behaviour` with the connection and head of each request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Raw(listener.getsockname()[1], scheme="https" if tls else "http", behaviour=behaviour)
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, server, tls), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            if server.connection is not None:
                with contextlib.suppress(OSError):
                    server.connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, server: Raw, tls: ssl.SSLContext | None) -> None:
    while not server.over.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        server.connections += 1
        connection.settimeout(5)
        with contextlib.suppress(OSError):
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            server.connection = connection
            with connection:
                while head := _head(connection):
                    server.heads.append(head)
                    if server.behaviour:
                        server.behaviour(connection, head)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(65_536)
        if not got:
            return b""
        head += got
    return head


def sends(*pieces: bytes) -> Behaviour:
    """Send the pieces, and keep the connection open."""

    def behaviour(connection: socket.socket, _head: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return behaviour


def sends_and_closes(*pieces: bytes) -> Behaviour:
    """Send the pieces, and close the connection."""

    def behaviour(connection: socket.socket, _head: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_RDWR)

    return behaviour


def drips(start: bytes, drop: bytes, every: float) -> Behaviour:
    """Send `start`, and then one drop at a time until the client closes the connection."""

    def behaviour(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(start)
        never = threading.Event()
        while not never.wait(every):
            connection.sendall(drop)

    return behaviour


def resets(connection: socket.socket, _head: bytes) -> None:
    """Reset the connection, as a crashing server does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return the bytes of a response."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
