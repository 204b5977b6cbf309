"""The client of one test: sends as one provider, validates every exchange against the contract, and journals it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from lead_provider_conformance import __version__
from lead_provider_conformance.contract import Contract, Operation, Violation
from lead_provider_conformance.http.carried import carried
from lead_provider_conformance.http.errors import (
    IncompleteResponse,
    NoResponse,
    TargetLostError,
    UnintendedRequestError,
)
from lead_provider_conformance.http.members import Readings
from lead_provider_conformance.http.rate_limit import LONGEST_WAIT_SECONDS, Pace, asked_wait, pause
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.response import Response
from lead_provider_conformance.http.transport import Transport
from lead_provider_conformance.model import NotApplicable, Scope, TimeLimit
from lead_provider_conformance.results.journal import Journal

KEPT_BODY_BYTES = 16_384
JSON = "application/json"
TOO_MANY_REQUESTS = 429
USER_AGENT = f"lead-provider-conformance/{__version__}"

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request authenticates itself with. `None` for a header means that there is none."""

    name: str
    header: str | None = field(repr=False)

    @classmethod
    def bearer(cls, name: str, token: str) -> Credential:
        """A provider's token, as the API wants it."""
        return cls(name, f"Bearer {token}")


NO_CREDENTIAL = Credential("none", None)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire: `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The outcome of one exchange: `status` is None if there was no response."""

    id: str
    operation: Operation | None
    status: int | None
    violations: tuple[Violation, ...] = ()


class Client:
    """Sends requests for one test, in one scope. `exchanges` are those so far, in order.

    `implements` says of an operationId whether the target has it; a request for one that it has not is never sent.
    `readings` is what has been read from answers, with this client or with another.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        contract: Contract,
        scope: Scope,
        journal: Journal,
        redactor: Redactor,
        pace: Pace,
        test: str,
        implements: Callable[[str], bool] = bool,
        readings: Readings | None = None,
        time_limit: TimeLimit | None = None,
    ) -> None:
        self.contract = contract
        self.scope = scope
        self.exchanges: list[Exchange] = []
        self._transport = transport
        self._journal = journal
        self._redactor = redactor
        self._pace = pace
        self._test = test
        self._implements = implements
        self.readings = readings or Readings()
        self._time_limit = time_limit

    def send(
        self,
        method: str,
        path: str,
        *,
        credential: Credential,
        query: Query = (),
        body: Any = None,
        raw: bytes | None = None,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        deliberate: str | None = None,
    ) -> Response:
        """Send a request and give the answer.

        `body` is sent as JSON, `raw` as it is. A request that the contract does not allow has to say in `deliberate`
        what is wrong with it. Raises UnintendedRequestError if it does not, IncompleteResponse if what is wrong is what
        the server has shown, NotApplicable for an operation that the
        target does not implement, NoResponse if no answer comes, TargetLostError if none will come any more, and
        OutOfTimeError if it is too late to ask.
        """
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        operation = self.contract.find(method, path)
        if operation and not self._implements(operation.id):
            raise NotApplicable(f"The target does not implement {operation.id}, as its file says.")
        if deliberate is None:
            self._check_own_request(operation, method, path, query, content_type, content)
        target = quote(path, safe="/:@!$&'()*+,;=-._~%") + (f"?{encoded(query)}" if query else "")
        request = Request(method, target, self._headers(credential, content, content_type, headers or {}), content)
        waited = 0.0
        while True:
            self._pace.wait_for_turn(credential.name)
            if self._time_limit:
                self._time_limit.check()
            response = self._exchange(request, operation, deliberate)
            wait = asked_wait(response.headers.get("retry-after"))
            waited += wait
            if response.status != TOO_MANY_REQUESTS:
                return response
            if waited > LONGEST_WAIT_SECONDS:
                raise TargetLostError(
                    f"The server throttles (429), and has asked for {waited:.0f} s of waiting already; "
                    "give the target file the `rate` that it allows."
                )
            if self._time_limit:
                self._time_limit.check(wait)
            pause(wait)

    def _exchange(self, request: Request, operation: Operation | None, deliberate: str | None) -> Response:
        exchange_id = self._journal.next_exchange_id()
        at, start = datetime.now(UTC), time.perf_counter()
        path = self._redactor.text(request.target)
        try:
            raw_response = self._transport.send(request.method, request.target, request.headers, request.content)
        except NoResponse as error:
            message = self._redactor.text(str(error))
            seconds = time.perf_counter() - start
            self._record(Exchange(exchange_id, operation, None), at, deliberate, request, message, seconds)
            if not self._transport.reaches_server():
                raise TargetLostError(f"The server stopped answering at {request.method} {path}.") from None
            raise NoResponse(f"{request.method} {path} got no response: {message}") from None
        seconds = time.perf_counter() - start
        response = Response(
            exchange=exchange_id,
            method=request.method,
            path=path,
            status=raw_response.status,
            headers=self._redactor.headers(raw_response.headers),
            body=self._redactor.content(raw_response.body),
            shape=self.contract.shape(operation, raw_response.status) if operation else None,
            readings=self.readings,
        )
        violations = self._violations(operation, response)
        exchange = Exchange(exchange_id, operation, response.status, violations)
        self._record(exchange, at, deliberate, request, response, seconds)
        return response

    def _check_own_request(
        self,
        operation: Operation | None,
        method: str,
        path: str,
        query: Query,
        content_type: str,
        content: bytes | None,
    ) -> None:
        if operation is None:
            raise UnintendedRequestError(f"The contract has no operation {method} {path}.")
        sent_type = content_type if content is not None else None
        problems = [
            each
            for each in self.contract.check_request(operation, path, query, sent_type, content)
            # An id that is none came from the server, and is its fault: the contract told of the answer that held it.
            if not each.where.startswith("path:")
        ]
        if problems:
            told = "; ".join(f"{each.where} {each.message}".strip() for each in problems)
            if all(self.readings.hold(*carried(each.where, query, content)) for each in problems):
                raise IncompleteResponse(f"{method} {path} cannot be asked with what the server has shown: {told}.")
            raise UnintendedRequestError(f"{method} {path} is not a request that the contract allows: {told}")

    def _headers(
        self, credential: Credential, content: bytes | None, content_type: str, extra: Mapping[str, str]
    ) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT, "Accept": JSON, "Accept-Encoding": "identity"}
        if credential.header is not None:
            headers["Authorization"] = credential.header
        if content is not None:
            headers["Content-Type"] = content_type
        return headers | dict(extra)

    def _violations(self, operation: Operation | None, response: Response) -> tuple[Violation, ...]:
        if operation is None:
            return ()
        response.read()
        content_type = response.headers.get("content-type")
        return self.contract.check_response(operation, response.status, content_type, response.body)

    def _record(
        self,
        exchange: Exchange,
        at: datetime,
        deliberate: str | None,
        request: Request,
        response: Response | str,
        seconds: float,
    ) -> None:
        """Journal an exchange with its response, or with the reason why there was none."""
        redact = self._redactor.text
        self.exchanges.append(exchange)
        self._journal.write_exchange(
            {
                "kind": "exchange",
                "id": exchange.id,
                "test": self._test,
                "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "version": self.scope.version,
                "programme": self.scope.programme,
                "operation": exchange.operation.id if exchange.operation else None,
                "deliberate": deliberate,
                "request": {
                    "method": request.method,
                    "url": redact(self._transport.base_url + request.target),
                    "headers": {name: self._redactor.often(value) for name, value in request.headers.items()},
                    "body": redact(request.content.decode("utf-8", "backslashreplace")) if request.content else None,
                },
                "response": None if isinstance(response, str) else _kept(response),
                "error": response if isinstance(response, str) else None,
                "seconds": round(seconds, 6),
                "violations": [
                    {"requirement": f"contract/{each.rule}", "where": each.where, "message": redact(each.message)}
                    for each in exchange.violations
                ],
            }
        )


def _kept(response: Response) -> dict[str, Any]:
    kept = response.body[:KEPT_BODY_BYTES]
    return {
        "status": response.status,
        "headers": dict(response.headers),
        "body": kept.decode("utf-8", "backslashreplace"),
        "bytes": len(response.body),
        "cut": len(kept) < len(response.body),
    }


def encoded(query: Query) -> str:
    """The query as it goes over the wire: brackets stay legible, everything else is percent-encoded."""
    return urlencode(list(query), quote_via=quote, safe="[],-:")
