"""A raw server: it hands each request to a behaviour, which says what it likes on the connection, byte by byte."""

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
class Talk:
    """One request on a connection. `path` is without its query, and `number` counts the server's requests from 1.

    `elsewhere` is the address of another server, for those who want to lead there.
    """

    connection: socket.socket
    method: str
    path: str
    head: bytes
    number: int
    over: threading.Event
    elsewhere: str

    def say(self, *pieces: bytes) -> None:
        """Send these bytes."""
        for piece in pieces:
            self.connection.sendall(piece)

    def repeat(self, piece: bytes, *, every: float = 0) -> None:
        """Send the same bytes for ever: until the other side, or the test, has had enough."""
        while not self.over.wait(every) if every else not self.over.is_set():
            self.connection.sendall(piece)

    def wait(self) -> None:
        """Say nothing for ever."""
        self.over.wait()

    def hang_up(self) -> None:
        """Close the connection in an orderly way."""
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Break the connection off as a crashing server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Talk], None]


@dataclass
class Listening:
    """A server while it listens. `heads` are the requests that it has taken in, and `connections` counts who came."""

    address: str
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextlib.contextmanager
def listening(
    behave: Behaviour,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    elsewhere: str = "",
) -> Iterator[Listening]:
    """A server, on a free port if none is given, that behaves so on every connection until the block ends."""
    over = threading.Event()
    open_connections: set[socket.socket] = set()
    counting = threading.Lock()
    with socket.create_server((host, port), backlog=64) as listener:
        server = Listening(f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}")

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                open_connections.add(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        def serve(connection: socket.socket) -> None:
            with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as closing:
                closing.callback(open_connections.discard, connection)
                closing.callback(connection.close)
                connection.settimeout(30)
                secured = tls.wrap_socket(connection, server_side=True) if tls else connection
                while head := _head(secured):
                    with counting:
                        server.heads.append(head)
                        number = len(server.heads)
                    method, target, *_ = [*head.decode("latin-1").split(" ", 2), "", ""]
                    behave(Talk(secured, method, target.partition("?")[0], head, number, over, elsewhere))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for connection in tuple(open_connections):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _head(connection: socket.socket) -> bytes:
    """The head of a request; of who speaks TLS to a server that does not, what came."""
    head = b""
    while b"\r\n\r\n" not in head and head[:1] != TLS_HANDSHAKE:
        got = connection.recv(65_536)
        if not got:
            return b""
        head += got
    return head


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK", media_type: bytes = b"application/json") -> bytes:
    """A whole answer as it goes over the wire."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Content-Type: " + media_type, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunk(content: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(content), content)
