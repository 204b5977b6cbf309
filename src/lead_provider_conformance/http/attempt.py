"""Attempts to send a request: one after the other, or several at the same time on connections of their own."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Barrier
from typing import Self

from urllib3 import BaseHTTPResponse, exceptions

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.http.errors import NoResponse
from lead_provider_conformance.http.transport import RawResponse, Transport


@dataclass(frozen=True, slots=True)
class Request:
    """A request as sent. `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The response to a request, or the reason why there was none; when it was sent, and how long it took."""

    outcome: RawResponse | NoResponse
    at: datetime
    seconds: float


class OpenedTransport(Transport):
    """A transport for one request. Its connection is open before the request, so that several can start together."""

    @classmethod
    def to(cls, target: Target) -> Self:
        """Return a transport with an open connection to a target.

        If opening it fails, or a proxy is in between, sending the request opens a connection.
        """
        opened = cls(target)
        opened._pool = opened._connect()
        opened._last_used = time.monotonic()
        if opened._pool.proxy is None:
            connection = opened._pool._get_conn()
            connection.timeout = target.limits.connect_seconds
            with contextlib.suppress(exceptions.HTTPError, OSError):
                connection.connect()
            opened._pool._put_conn(connection)
        return opened

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> RawResponse:
        """Send the request, and close the connection."""
        try:
            return super().send(method, path, headers, body)
        finally:
            self._close()

    def _open(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> BaseHTTPResponse:
        """Send the request on the open connection, and never a second time."""
        return self._request(method, path, headers, body)


def attempt(transport: Transport, request: Request) -> Attempt:
    """Send a request."""
    at, start = datetime.now(UTC), time.perf_counter()
    outcome: RawResponse | NoResponse
    try:
        outcome = transport.send(request.method, request.target, request.headers, request.content)
    except NoResponse as error:
        outcome = error
    return Attempt(outcome, at, time.perf_counter() - start)


def send_at_once(transports: Sequence[Transport], requests: Sequence[Request]) -> list[Attempt]:
    """Send each request on its transport, all at once, and return the attempts in that order."""
    start = Barrier(len(requests))

    def send(transport: Transport, request: Request) -> Attempt:
        start.wait()
        return attempt(transport, request)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, transports, requests))
