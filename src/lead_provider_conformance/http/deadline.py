"""Connections on which an answer has to be complete by a deadline, however slowly and in however small pieces it comes.

The read time limit of `requests` is for each single read, so a server that sends one byte a second is never too slow
for it. Here it counts from the end of the request to the end of the answer, headers included.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping
from http.client import HTTPResponse, parse_headers
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection

# Those that another answer to the same request comes after: 101 is final, as nobody asks for another protocol.
INTERIM = frozenset(range(100, 200)) - {101}


class Connections(HTTPAdapter):
    """Makes connections to one server, whose read time limit is for the whole answer.

    How to get there, through proxies and with certificates, is left to `requests`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        verify: bool | str,
        certificate: str | tuple[str, str] | None,
        proxies: dict[str, str],
    ) -> None:
        self._server = PreparedRequest()
        self._server.method, self._server.url = "GET", f"{base_url}/"
        self._verify = verify
        self._certificate = certificate
        self._proxies = proxies
        self._pool: Any = None
        super().__init__()
        self._prefix = self.request_url(self._server, proxies).removesuffix("/")

    def send_as_it_stands(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, timeout: Timeout
    ) -> BaseHTTPResponse:
        """Send a request once and give the answer, of which the body is yet to be read. Raises urllib3's HTTPError."""
        if self._pool is None:
            self._pool = self._connect()
        response: BaseHTTPResponse = self._pool.urlopen(
            method,
            self._prefix + path,
            body=body,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        return response

    def _connect(self) -> Any:
        url = str(self._server.url)
        pool: Any = self.get_connection_with_tls_context(
            self._server, self._verify, proxies=self._proxies, cert=self._certificate
        )
        self.cert_verify(pool, url, self._verify, self._certificate)  # type: ignore[no-untyped-call]
        return pool

    def close(self) -> None:
        """Close every connection. The next request opens another."""
        self._pool = None
        super().close()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        _use_our_connections(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        """Make the pools of connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        _use_our_connections(manager)
        return manager


def _use_our_connections(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _Reader(io.RawIOBase):
    """Reads from a socket until a deadline. Raises TimeoutError at it."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        patience = sock.gettimeout()
        self._deadline = None if patience is None else time.monotonic() + patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose reading ends at the deadline, which is set when the request has been sent."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))

    def _read_status(self) -> tuple[str, int, str]:
        """The status line of the final answer: the library knows of no interim one but 100 (RFC 9110, 15.2)."""
        line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc] # the stubs leave it out
        while line[1] in INTERIM:
            parse_headers(self.fp)
            line = super()._read_status()  # type: ignore[misc]
        return line


class _Connection:
    """What makes a connection, of either kind, one of ours: the head of a request goes out with its body, not before
    it, so that a server is woken once.
    """

    sock: socket.socket | None
    _held: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        held = self._held = []
        try:
            super().request(*args, **kwargs)  # type: ignore[misc] # of the library's connection
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class _HTTPConnection(_Connection, HTTPConnection):
    response_class = _Response


class _HTTPSConnection(_Connection, HTTPSConnection):
    response_class = _Response


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection
