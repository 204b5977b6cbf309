"""One of the two servers: send requests to it, within its limits, and redact its tokens."""

from __future__ import annotations

import time
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.fuzzing.case import Sender
from lead_provider_conformance.http import Credential, NoResponse, Redactor, TargetLostError, Transport
from lead_provider_conformance.http.client import (
    JSON,
    TOO_MANY_REQUESTS,
    Query,
    encode_query,
    request_headers,
)
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.http.rate_limit import RateLimit, ThrottledError, Throttling, pause
from lead_provider_conformance.http.redaction import LABELS
from lead_provider_conformance.model import TimeLimit
from lead_provider_conformance.parity.differences import SideName

Timed = tuple[str, str]
"""The version and the operationId that a latency counts for."""
PATH_CHARACTERS = "/:@!$&'()*+,;=-._~%"


@dataclass(frozen=True, slots=True)
class Read:
    """A request to one server: a GET, or a write of a journey.

    `sender` is the credential; `position` that of the token, if it is the server's own.
    """

    path: str
    query: Query = ()
    sender: Sender = Sender.OWN
    position: int = 0
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The path with the query."""
        return quote(self.path, safe=PATH_CHARACTERS) + (f"?{encode_query(self.query)}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to a read, or the `error` if there was none. Tokens are redacted."""

    read: Read
    side: SideName
    status: int | None
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    at: datetime
    error: str | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    request_body: str | None = field(default=None, repr=False)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Side:
    """One server, as one thread reads it. `seconds` are the latencies by operation."""

    def __init__(
        self,
        name: SideName,
        target: Target,
        workspace: Path,
        *,
        notify: Callable[[str], None],
        time_limit: TimeLimit | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        """`workspace` is a folder for the times of requests, if the target has a rate.

        `redactor` is for both servers, so that the same person has the same pseudonym on both.
        """
        self.name = name
        self.target = target
        self.redactor = redactor or Redactor.of(target)
        self.seconds: dict[Timed, array[float]] = defaultdict(lambda: array("f"))
        self.requests = 0
        self._transport = Transport(target)
        self.rate_limit = RateLimit(target.rate, workspace / name)
        self._notify = notify
        self.time_limit = time_limit
        self.credentials = [
            Credential.bearer(label.lstrip("$"), token) for label, token in zip(LABELS, target.tokens, strict=False)
        ]
        self._others = {
            Sender.NONE: NO_CREDENTIAL,
            Sender.UNKNOWN: Credential.bearer("unknown", "an-unknown-token"),
            Sender.WRONG_SCHEME: Credential("basic", "Basic bm9ib2R5OnNlY3JldA=="),
        }

    def send(self, read: Read, operation: Timed | None = None) -> Reply:
        """Send a read and return its reply, after waiting while the server throttles.

        The latency counts for `operation`. Raise TargetLostError if the server has stopped responding for good, and
        OutOfTimeError at the time limit.
        """
        credential = self.credentials[read.position] if read.sender is Sender.OWN else self._others[read.sender]
        content_type = JSON if read.body is not None else None
        headers = request_headers(credential, content_type) | dict(read.headers)
        throttling = Throttling(lambda sentence: self._notify(f"{self.name.capitalize()}: {sentence}"))
        while True:
            self.rate_limit.wait_for_turn(credential.name)
            if self.time_limit:
                self.time_limit.check()
            reply = self._exchange(read, headers)
            if reply.status != TOO_MANY_REQUESTS:
                if operation and reply.status is not None:
                    self.seconds[operation].append(reply.seconds)
                return reply
            try:
                wait = throttling.wait_seconds(reply.headers)
            except ThrottledError as error:
                raise TargetLostError(f"{self.name.capitalize()}: {error}") from None
            if self.time_limit:
                self.time_limit.check(wait)
            pause(wait)

    def _exchange(self, read: Read, headers: Mapping[str, str]) -> Reply:
        at, start = datetime.now(UTC), time.perf_counter()
        self.requests += 1
        sent = {name: self.redactor.cached_text(value) for name, value in headers.items()}
        body_sent = None if read.body is None else self.redactor.text(read.body.decode())
        try:
            raw = self._transport.send(read.method, read.target, headers, read.body)
        except NoResponse as error:
            seconds = time.perf_counter() - start
            if not self._transport.reaches_server():
                path = self.redactor.text(read.target)
                raise TargetLostError(f"The {self.name} server stopped answering at {read.method} {path}.") from None
            return Reply(read, self.name, None, {}, b"", seconds, at, self.redactor.text(str(error)), sent, body_sent)
        seconds = time.perf_counter() - start
        headers, body = self.redactor.headers(raw.headers), self.redactor.content(raw.body)
        return Reply(read, self.name, raw.status, headers, body, seconds, at, None, sent, body_sent)
