"""Send one request and read its response within limits of time and size. Refuse writes that are not allowed."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse, parse_headers
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import BaseHTTPResponse, Timeout, exceptions

from lead_provider_conformance.config.target import Target, Tls, is_loopback
from lead_provider_conformance.http.errors import NoResponse
from lead_provider_conformance.model import ReadOnlyTarget, Safety

SAFE_METHODS = frozenset({"GET", "HEAD"})
READ_ONLY = (
    "It changes data, and the target may only be read.",
    "If the data may change, run with --safety sandbox, or set `safety: sandbox` in the target file.",
)
"""Why a write is not sent to a read-only target, and the remedy."""
# In memory a value takes many times the space of `{},` on the wire. Records of this API take more than this per value.
BYTES_PER_VALUE = 50
VALUE_SEPARATORS = (b",", b"[", b"{", b"\n")
# Servers drop idle connections after a few seconds. A request on a dropped connection would look like a failure.
MAX_IDLE_SECONDS = 1.0
# After so many timeouts in a row the server counts as lost: each further request would cost the whole time limit.
MAX_TIMEOUTS = 5
CLOSING_SECONDS = 0.2
# 101 is a final response here, because no request has an Upgrade header.
INTERIM_STATUSES = frozenset(range(100, 200)) - {101}


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as received: status, headers with lower-case names, and decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One process's connection to a target.

    It is no `requests.Session`: that reads ~/.netrc and keeps cookies, which would authenticate a request that is sent
    without a token on purpose. Redirects are not followed.
    """

    def __init__(self, target: Target) -> None:
        self.base_url = target.base_url
        self._limits = target.limits
        self._may_write = target.safety is Safety.SANDBOX
        self._headers = target.headers
        self._tls = target.tls
        proxies = {"http": target.proxy, "https": target.proxy} if target.proxy else None
        is_own = is_loopback(target.base_url)
        self._proxies: dict[str, str] = proxies or ({} if is_own else get_environ_proxies(target.base_url))
        self._timeout = Timeout(connect=self._limits.connect_seconds, read=self._limits.answer_seconds)
        self._adapter = HTTPAdapter()
        self._server = PreparedRequest()
        self._server.url = f"{target.base_url}/"
        # The path of the base URL; behind a forwarding proxy the whole URL.
        self._prefix = self._adapter.request_url(self._server, self._proxies).removesuffix("/")
        self._pool: Any = None
        self._opened = _Opened()
        # Whether the server keeps connections open; None until a second request on a connection shows it.
        self._keeps_alive: bool | None = None
        self._last_used = 0.0
        self._timeouts_in_a_row = 0

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> RawResponse:
        """Send a request to `path`, which includes the query, and return the complete response.

        Raise NoResponse if there is no complete response within the limits. Raise ReadOnlyTarget, before anything is
        sent, for a write to a read-only target.
        """
        if method not in SAFE_METHODS and not self._may_write:
            raise ReadOnlyTarget(*READ_ONLY)
        if time.monotonic() - self._last_used > MAX_IDLE_SECONDS:
            self._close()
        try:
            return self._exchange(method, path, headers, body)
        finally:
            self._last_used = time.monotonic()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._adapter.close()
            self._pool = None

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> RawResponse:
        self._timeouts_in_a_row += 1
        response = None
        try:
            response = self._open(method, path, {**self._headers, **headers}, body)
            with contextlib.closing(response):
                content = self._read_body(response)
        except (exceptions.HTTPError, OSError, ValueError) as error:  # a missing certificate file is an OSError
            is_refused = isinstance(error, exceptions.NewConnectionError)
            if is_refused or not isinstance(error, (exceptions.SSLError, exceptions.TimeoutError)):
                self._timeouts_in_a_row = 0
            raise NoResponse(self._reason(error, has_headers=response is not None)) from None
        self._timeouts_in_a_row = 0
        if len(content) > self._limits.answer_bytes:
            raise NoResponse(f"the response is larger than {self._limits.answer_bytes:,} bytes")
        max_values = self._limits.answer_bytes // BYTES_PER_VALUE
        # A shorter body need not be searched.
        if len(content) > max_values and sum(map(content.count, VALUE_SEPARATORS)) > max_values:
            raise NoResponse(f"the response has more than {max_values:,} values")
        merged = response.headers.itermerged()
        return RawResponse(response.status, {name.lower(): value for name, value in merged}, content)

    def _open(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> BaseHTTPResponse:
        """Send a request and return its response with an unread body.

        The server may close a kept-alive connection while a request is on its way (RFC 9112, 9.3.1). A GET is then sent
        once more. A write is not: until the server has shown that it keeps connections, each has a new one.
        """
        if method not in SAFE_METHODS and not self._keeps_alive:
            self._close()
        may_be_reused = self._pool is not None
        if self._pool is None:
            self._pool = self._connect()
        opened = self._opened.connections
        try:
            response = self._request(method, path, headers, body)
        except (exceptions.ProtocolError, exceptions.SSLError) as error:
            is_closed = isinstance(error.args[-1], (ConnectionError, ssl.SSLEOFError))
            if not is_closed or self._opened.connections > opened:
                raise
            self._keeps_alive = False
            if method not in SAFE_METHODS:
                raise
            return self._request(method, path, headers, body)
        if may_be_reused:
            self._keeps_alive = self._keeps_alive is not False and self._opened.connections == opened
        return response

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> BaseHTTPResponse:
        response: BaseHTTPResponse = self._pool.urlopen(
            method,
            self._prefix + path,
            body=body,
            headers=headers,
            timeout=self._timeout,
            retries=False,
            redirect=False,  # without it, urllib3 parses `Location`, and raises if that is no address
            assert_same_host=False,  # behind a proxy the path is a URL
            preload_content=False,
        )
        return response

    def _connect(self) -> Any:
        """Return a connection pool of urllib3; `requests` knows how to set one up with proxies and certificates."""
        verify = str(self._tls.ca or os.environ.get("REQUESTS_CA_BUNDLE") or "") or True
        certificate = _certificate(self._tls)
        pool: Any = self._adapter.get_connection_with_tls_context(self._server, verify, self._proxies)
        self._adapter.cert_verify(pool, str(self._server.url), verify, certificate)  # type: ignore[no-untyped-call]
        pool.ConnectionCls = partial(_connection, pool.ConnectionCls, self._opened)
        return pool

    def _read_body(self, response: BaseHTTPResponse) -> bytes:
        """Return the decoded body, truncated soon after the size limit."""
        body = bytearray()
        for chunk in response.stream():
            body += chunk
            if len(body) > self._limits.answer_bytes:
                break
        return bytes(body)

    def _reason(self, error: Exception, *, has_headers: bool) -> str:
        match error:
            case exceptions.SSLError():
                return f"TLS with the server failed: {_root_message(error)}"
            case exceptions.ProxyError():
                return f"the proxy failed: {_root_message(error)}"
            case exceptions.ReadTimeoutError() if has_headers:
                return f"the response was not complete within {self._limits.answer_seconds:g} s"
            case exceptions.ReadTimeoutError():
                return f"no response within {self._limits.answer_seconds:g} s"
            case exceptions.ConnectTimeoutError() if not isinstance(error, exceptions.NewConnectionError):
                return f"no connection within {self._limits.connect_seconds:g} s"
        return _root_message(error)

    def reaches_server(self) -> bool:
        """Return whether the server still seems to run.

        It does not after MAX_TIMEOUTS timeouts in a row, or if nothing listens at its address. The address of a server
        behind a proxy cannot be checked.
        """
        if self._timeouts_in_a_row >= MAX_TIMEOUTS:
            return False
        if select_proxy(self.base_url, self._proxies):
            return True
        parts = urlsplit(self.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            connection = socket.create_connection((str(parts.hostname), port), self._limits.connect_seconds)
        except OSError:
            return False
        with connection:
            # A process that is being killed may still accept a connection, and then closes it.
            connection.settimeout(CLOSING_SECONDS)
            try:
                return connection.recv(1) != b""
            except OSError as error:
                return isinstance(error, TimeoutError)


class _DeadlineReader(io.RawIOBase):
    """Read from a socket until a deadline: the socket's own timeout, counted once for all reads.

    The read timeout of urllib3 is for each single read, so a server that sends one byte a second never exceeds it.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    """A response with one deadline for headers and body, which skips interim responses (RFC 9110, 15.2)."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))

    def _read_status(self) -> tuple[str, int, str]:
        line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc] # not in the stubs
        while line[1] in INTERIM_STATUSES:
            parse_headers(self.fp)
            line = super()._read_status()  # type: ignore[misc]
        return line


@dataclass
class _Opened:
    """The number of connections that a transport has opened."""

    connections: int = 0


def _connection(make: Any, opened: _Opened, **options: Any) -> Any:
    """Return a connection that reads with a deadline, and counts in `opened` each time it is opened."""
    connection = make(**options)
    connection.response_class = _DeadlineResponse
    connect = connection.connect

    def counted() -> None:
        opened.connections += 1
        connect()

    connection.connect = counted
    return connection


def _certificate(tls: Tls) -> str | tuple[str, str] | None:
    if tls.client_certificate is None:
        return None
    if tls.client_key is None:
        return str(tls.client_certificate)
    return str(tls.client_certificate), str(tls.client_key)


def _root_message(error: BaseException) -> str:
    """Return the message of the innermost error, without those of the libraries around it."""
    for inner in error.args:
        if isinstance(inner, BaseException):
            return _root_message(inner)
    if isinstance(error.__cause__, OSError):
        return _root_message(error.__cause__)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
