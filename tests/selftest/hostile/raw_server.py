"""A raw server: a behaviour handles each request and writes any bytes to the connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True)
class RawRequest:
    """A request and its connection. `path` has no query, and `number` counts the server's requests from 1.

    `other_address` is the address of another server, for redirects. `stopped` is set when the server stops.
    """

    connection: socket.socket
    method: str
    path: str
    head: bytes
    number: int
    stopped: threading.Event
    other_address: str

    def send(self, *pieces: bytes) -> None:
        """Send these bytes."""
        for piece in pieces:
            self.connection.sendall(piece)

    def repeat(self, piece: bytes, *, every: float = 0) -> None:
        """Send the same bytes until the client closes the connection or the server stops."""
        while not self.stopped.wait(every) if every else not self.stopped.is_set():
            self.connection.sendall(piece)

    def hang(self, seconds: float | None = None) -> None:
        """Send nothing for this time, or until the server stops."""
        self.stopped.wait(seconds)

    def close(self) -> None:
        """Close the connection in an orderly way."""
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Reset the connection, as a crashing server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[RawRequest], None]


@dataclass
class RawServer:
    """A running server, with the heads of its requests and the number of connections so far."""

    address: str
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextlib.contextmanager
def serve_raw(
    behave: Behaviour,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    other_address: str = "",
) -> Iterator[RawServer]:
    """Serve with this behaviour on every connection, by default on a free port."""
    stopped = threading.Event()
    open_connections: set[socket.socket] = set()
    counting = threading.Lock()
    with socket.create_server((host, port), backlog=64) as listener:
        server = RawServer(f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}")

        def accept() -> None:
            while not stopped.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                open_connections.add(connection)
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as closing:
                closing.callback(open_connections.discard, connection)
                closing.callback(connection.close)
                connection.settimeout(30)
                secured = tls.wrap_socket(connection, server_side=True) if tls else connection
                while head := _read_head(secured):
                    with counting:
                        server.heads.append(head)
                        number = len(server.heads)
                    method, target, *_ = [*head.decode("latin-1").split(" ", 2), "", ""]
                    path = target.partition("?")[0]
                    behave(RawRequest(secured, method, path, head, number, stopped, other_address))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            for connection in tuple(open_connections):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _read_head(connection: socket.socket) -> bytes:
    """Return the head of the next request, or the first bytes of a TLS handshake with a server without TLS."""
    head = b""
    while b"\r\n\r\n" not in head and head[:1] != TLS_HANDSHAKE:
        received = connection.recv(65_536)
        if not received:
            return b""
        head += received
    return head


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK", media_type: bytes = b"application/json") -> bytes:
    """Return the bytes of a complete response."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Content-Type: " + media_type, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunk(content: bytes) -> bytes:
    """Return a chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(content), content)
