"""Sends one request and takes in one answer, within limits of time and size, and never a write that is not allowed."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.exceptions import RequestException
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import BaseHTTPResponse, Timeout, exceptions

from lead_provider_conformance.config.target import Limits, Target, Tls
from lead_provider_conformance.http.deadline import Connections
from lead_provider_conformance.model import CouldNotRun, Safety
from lead_provider_conformance.text import visible

SAFE_METHODS = frozenset({"GET", "HEAD"})
CHUNK_BYTES = 65_536
# In memory a value takes many times what `{},` takes on the wire. A record of this API takes more than this for each.
BYTES_OF_A_VALUE = 50
BETWEEN_VALUES = (b",", b"[", b"{", b"\n")
# Servers drop idle connections after a few seconds, and a request that meets the drop looks like a fault.
IDLE_SECONDS = 1.0
# A server that has hung for good would otherwise take a run as many half minutes as it has requests.
GIVE_UP_AFTER = 5
DYING_SECONDS = 0.2


class NoResponse(AssertionError):  # noqa: N818 - what the server did, not an error of ours
    """The server gave no complete answer: it refused, broke off, or went over a limit."""

    def __init__(self, reason: str) -> None:
        super().__init__(visible(reason))


@dataclass(frozen=True, slots=True)
class RawResponse:
    """What came over the wire: the status, the headers with lower-case names, and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One process's connection to a target. It follows no redirects and reads no credentials from the machine."""

    def __init__(self, target: Target) -> None:
        self.base_url = target.base_url
        self._limits: Limits = target.limits
        self._may_write = target.safety is Safety.SANDBOX
        self._last_used = time.monotonic()
        self._timeouts = 0
        self._headers = target.headers
        proxies = {"http": target.proxy, "https": target.proxy} if target.proxy else None
        self._proxies: dict[str, str] = proxies or get_environ_proxies(target.base_url, no_proxy=None)
        # No session: one reads ~/.netrc, and keeps cookies, which would authenticate a request that is meant to go
        # without a token.
        self._connections = Connections(
            target.base_url,
            verify=str(target.tls.ca or os.environ.get("REQUESTS_CA_BUNDLE") or "") or True,
            certificate=_certificate(target.tls),
            proxies=self._proxies,
        )
        self._timeout = Timeout(connect=self._limits.connect_seconds, read=self._limits.answer_seconds)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> RawResponse:
        """Send a request to `path`, with its query, as it stands.

        Raises NoResponse if no complete answer comes, and CouldNotRun, before anything is sent, for a write to a
        target that may only be read.
        """
        if method not in SAFE_METHODS and not self._may_write:
            raise CouldNotRun(
                "It changes data, and the target may only be read.",
                "Where the data may change, run with --safety sandbox, or say `safety: sandbox` in the target file.",
            )
        if time.monotonic() - self._last_used > IDLE_SECONDS:
            self._connections.close()
        try:
            return self._exchange(method, path, headers, body)
        finally:
            self._last_used = time.monotonic()

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> RawResponse:
        self._timeouts += 1
        begun = False
        try:
            response = self._connections.send_as_it_stands(
                method, path, {**self._headers, **headers}, body, self._timeout
            )
            begun = True
            with contextlib.closing(response):
                content = self._body(response)
        except (RequestException, exceptions.HTTPError, ValueError) as error:
            refused = isinstance(error, exceptions.NewConnectionError)
            if refused or not isinstance(error, (exceptions.SSLError, exceptions.TimeoutError)):
                self._timeouts = 0
            raise NoResponse(self._reason(error, begun=begun)) from None
        self._timeouts = 0
        most = self._limits.answer_bytes // BYTES_OF_A_VALUE
        if len(content) > self._limits.answer_bytes:
            raise NoResponse(f"the answer is larger than {self._limits.answer_bytes:,} bytes")
        if sum(map(content.count, BETWEEN_VALUES)) > most:
            raise NoResponse(f"the answer holds more than {most:,} values")
        merged = response.headers.itermerged()
        return RawResponse(response.status, {name.lower(): value for name, value in merged}, content)

    def _body(self, response: BaseHTTPResponse) -> bytes:
        """The body, or more of it than may be."""
        body = bytearray()
        for chunk in response.stream(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.answer_bytes:
                break
        return bytes(body)

    def _reason(self, error: Exception, *, begun: bool) -> str:
        """Why no answer came, or only the beginning of one."""
        match error:
            case exceptions.SSLError():
                return f"TLS with the server failed: {_innermost(error)}"
            case exceptions.ProxyError():
                return f"the proxy failed: {_innermost(error)}"
            case exceptions.ReadTimeoutError() if begun:
                return f"the answer was not complete within {self._limits.answer_seconds:g} s"
            case exceptions.ReadTimeoutError():
                return f"no answer within {self._limits.answer_seconds:g} s"
            case exceptions.ConnectTimeoutError() if not isinstance(error, exceptions.NewConnectionError):
                return f"no connection within {self._limits.connect_seconds:g} s"
        return _innermost(error)

    def reaches_server(self) -> bool:
        """Whether the server still answers as far as can be told.

        It does not when it took too long for the last requests, one after the other, or when nothing listens at its
        address any more, which behind a proxy cannot be told.
        """
        if self._timeouts >= GIVE_UP_AFTER:
            return False
        if select_proxy(self.base_url, self._proxies):
            return True
        parts = urlsplit(self.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            connection = socket.create_connection((parts.hostname or "", port), self._limits.connect_seconds)
        except OSError:
            return False
        with connection:
            # A server that is being killed lets go of connections first, and then of those that still came in.
            connection.settimeout(DYING_SECONDS)
            try:
                return connection.recv(1) != b""
            except OSError as error:
                return isinstance(error, TimeoutError)


def _certificate(tls: Tls) -> str | tuple[str, str] | None:
    if tls.client_certificate is None:
        return None
    if tls.client_key is None:
        return str(tls.client_certificate)
    return str(tls.client_certificate), str(tls.client_key)


def _innermost(error: BaseException) -> str:
    """What the system said, without the layers of libraries around it."""
    inner = next((each for each in error.args if isinstance(each, BaseException)), getattr(error, "reason", None))
    if isinstance(inner, BaseException):
        return _innermost(inner)
    if isinstance(error.__cause__, OSError):
        return _innermost(error.__cause__)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
