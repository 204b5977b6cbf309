"""The client of a test: send requests as one provider, validate every exchange against the contract, and journal it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from lead_provider_conformance import __version__
from lead_provider_conformance.contract import Contract, Operation, Violation
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.response import check_unknown_path
from lead_provider_conformance.http.attempt import Attempt, Request, attempt
from lead_provider_conformance.http.credential import ALTERED, Credential
from lead_provider_conformance.http.errors import (
    IncompleteResponse,
    NoResponse,
    TargetLostError,
    TokenRefusedError,
    UnintendedRequestError,
)
from lead_provider_conformance.http.rate_limit import RateLimit, ThrottledError, Throttling, pause
from lead_provider_conformance.http.redaction import Redactor
from lead_provider_conformance.http.response import Response
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.http.transport import Transport
from lead_provider_conformance.model import FIRST_SERVER_ERROR, NotApplicable, Scope, TimeLimit
from lead_provider_conformance.results.journal import Journal, timestamp
from lead_provider_conformance.schemas.sentences import shorten
from lead_provider_conformance.text import without_positions

MAX_JOURNALLED_BYTES = 16_384
_ELEMENT = re.compile(r"(?<=\[\])\[.*", re.DOTALL)
JSON = "application/json"
UNAUTHORIZED = 401
TOO_MANY_REQUESTS = 429
USER_AGENT = f"lead-provider-conformance/{__version__}"
# The suite fills these places, and the ids in paths, with values of the server's own records. An illegal value there is
# therefore the server's failure. A mistake of the suite in one of them shows in every run against the sandbox.
PLACES_OF_SERVER_VALUES = frozenset(
    {
        "/data/attributes/cohort",
        "/data/attributes/course_identifier",
        "/data/attributes/delivery_partner_id",
        "/data/attributes/participant_id",
        "/data/attributes/schedule_identifier",
        "/data/attributes/school_id",
        "query:filter[from_participant_id]",
        "query:filter[participant_id]",
        "query:filter[training_status]",
    }
)

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A request to send, with its operation and how it breaks the contract on purpose.

    `place` returns where it is wrong, or else its query.
    """

    request: Request
    credential: Credential
    operation: Operation | None = None
    deliberate: str | None = None
    place: Callable[[], str] = str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The outcome of one exchange. `status` is None if there was no response.

    Without a documented response, `place` is where the request breaks the contract, or else its query.
    """

    id: str
    operation: Operation | None
    status: int | None
    violations: tuple[Violation, ...] = ()
    place: str = ""

    @property
    def is_server_error(self) -> bool:
        """Return whether the response is a 5xx."""
        return self.status is not None and self.status >= FIRST_SERVER_ERROR


@dataclass(kw_only=True, eq=False)
class Client:
    """Send the requests of one test in one scope. `exchanges` lists them in order.

    `implements` returns whether the target has an operation, by operationId. `observe` is called with every response of
    an operation. `notify` shows a message to the user.
    `accepted` is shared by the clients of a process: the latest GET that was accepted with each Authorization header.
    `server_date` is shared by the clients of a test.
    `connect` opens a connection for one request; None if the target may have one request in flight only.
    """

    transport: Transport
    contract: Contract
    scope: Scope
    journal: Journal
    redactor: Redactor
    rate_limit: RateLimit
    test: str
    notify: Callable[[str], None] = print
    implements: Callable[[str], bool] = bool
    time_limit: TimeLimit | None = None
    observe: Callable[[Scope, Operation, Response], None] | None = None
    connect: Callable[[], Transport] | None = None
    accepted: dict[str, Request] = field(default_factory=dict, repr=False)
    server_date: ServerDate = field(default_factory=ServerDate, repr=False)
    exchanges: list[Exchange] = field(default_factory=list, init=False)
    _last_response: Response | None = field(default=None, init=False)

    def send(self, method: str, path: str, *, credential: Credential, **options: Any) -> Response:
        """Send a request and return the response.

        `options` are those of `draft`.

        Raise:
            UnintendedRequestError: the request breaks the contract, and is not `deliberate`
            IncompleteResponse: it breaks the contract only by values of the server's own records
            NotApplicable: the target does not implement the operation
            NoResponse: there is no complete response
            TargetLostError: the server has stopped answering for good, or refuses the token from now on
            OutOfTimeError: the time limit of the run is reached
        """
        draft = self.draft(method, path, credential=credential, **options)
        self.wait_for_turn(draft)
        return self.final(draft, self._exchange(draft))

    def draft(
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
    ) -> Draft:
        """Return a request to send, after a check against the contract.

        `body` is sent as JSON, `raw` unchanged. `deliberate` describes how a request breaks the contract on purpose.
        """
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        operation = self.contract.find(method, path)
        if operation:
            self.require(operation.id)
        sent_type = content_type if content is not None else None
        if deliberate is None:
            self._check_request(operation, method, path, query, sent_type, content)
        target = quote(path, safe="/:@!$&'()*+,;=-._~%") + (f"?{encode_query(query)}" if query else "")
        own_headers = {**self.server_date.headers, **(headers or {})}
        request = Request(method, target, request_headers(credential, sent_type) | own_headers, content)
        place = partial(self._place, operation, path, query, sent_type, content)
        return Draft(request, credential, operation, deliberate, place)

    def wait_for_turn(self, draft: Draft) -> None:
        """Wait until the rate of the target allows a request. Raise OutOfTimeError at the time limit."""
        self.rate_limit.wait_for_turn(draft.credential.name)
        if self.time_limit:
            self.time_limit.check()

    def final(self, draft: Draft, response: Response) -> Response:
        """Return the response; as long as it is a 429, wait and send the request again."""
        throttling = Throttling(self.notify)
        while response.status == TOO_MANY_REQUESTS:
            try:
                wait = throttling.wait_seconds(response.headers)
            except ThrottledError as error:
                raise TargetLostError(str(error)) from None
            if self.time_limit:
                self.time_limit.check(wait)
            pause(wait)
            self.wait_for_turn(draft)
            response = self._exchange(draft)
        self._check_token(draft, response)
        return response

    def require(self, operation_id: str) -> None:
        """Raise NotApplicable if the target does not implement an operation."""
        if not self.implements(operation_id):
            raise NotApplicable(not_implemented(operation_id))

    @property
    def latest_exchange(self) -> str | None:
        """The id of the latest exchange; None before the first."""
        return self.exchanges[-1].id if self.exchanges else None

    @property
    def server_time(self) -> datetime | None:
        """The server's time in its last response; None before the first."""
        return self._last_response.server_time if self._last_response else None

    def _check_token(self, draft: Draft, response: Response) -> None:
        """Raise TokenRefusedError if the server refuses a token even for a GET that it has accepted with it.

        A deliberately wrong header is no token that can expire, so only other requests show that a token is accepted.
        """
        request = draft.request
        authorization = request.headers.get("Authorization", "")
        if response.status == UNAUTHORIZED:
            accepted = self.accepted.get(authorization)
            if accepted and self._exchange(Draft(accepted, draft.credential)).status == UNAUTHORIZED:
                raise TokenRefusedError(
                    f"The token {draft.credential.name} is refused (401) since {datetime.now(UTC):%H:%M:%S} UTC, "
                    f"{request.method} {response.path}; the server had accepted it before."
                )
        elif draft.deliberate is None and request.method == "GET" and 200 <= response.status < 300:
            self.accepted[authorization] = request

    def _check_request(
        self,
        operation: Operation | None,
        method: str,
        path: str,
        query: Query,
        content_type: str | None,
        content: bytes | None,
    ) -> None:
        if operation is None:
            raise UnintendedRequestError(f"The contract has no operation {method} {path}.")
        problems = self.contract.check_request(operation, path, query, content_type, content)
        if not problems:
            return
        details = "; ".join(f"{problem.where} {problem.message}".strip() for problem in problems)
        if all(_is_server_value(problem.where) for problem in problems):
            raise IncompleteResponse(
                f"{method} {path} cannot be requested with the values that the server has shown: {details}."
            )
        raise UnintendedRequestError(f"{method} {path} is not a request that the contract allows: {details}")

    def _place(
        self, operation: Operation | None, path: str, query: Query, content_type: str | None, content: bytes | None
    ) -> str:
        """Return where a request is wrong, or else the parameters of its query; empty for other valid requests."""
        problems = self.contract.check_request(operation, path, query, content_type, content) if operation else ()
        sent = sorted({f"query:{_without_elements(name)}" for name, _ in query})
        # A missing parameter or field is rarely the cause if others were sent, and one of them is wrong.
        present = sorted(problems, key=lambda each: each.kind.startswith("missing "))
        places = (_without_elements(each.where) for each in present)
        wrong = (each for each in places if not each.startswith("query:") or each in sent)
        if (where := next(wrong, None)) is not None:
            return shorten(without_positions(where) or "body")
        if sent:
            return shorten(",".join([sent[0], *(each.removeprefix("query:") for each in sent[1:])]))
        return shorten(problems[0].where) if problems else ""

    def _exchange(self, draft: Draft) -> Response:
        return self.received(draft, attempt(self.transport, draft.request))

    def received(self, draft: Draft, attempted: Attempt, undocumented: Collection[int] = ()) -> Response:
        """Validate and journal a response. Statuses that are `undocumented` break no contract."""
        exchange_id = self.journal.next_exchange_id()
        request, operation = draft.request, draft.operation
        redactor = self._redactor_for(draft)
        path = redactor.text(request.target)
        raw_response = attempted.outcome
        if isinstance(raw_response, NoResponse):
            message = redactor.text(str(raw_response))
            lost = Exchange(exchange_id, operation, None, place=draft.place())
            self._record(lost, attempted, draft, redactor, message)
            if not self.transport.reaches_server():
                raise TargetLostError(f"The server stopped answering at {request.method} {path}.") from None
            raise NoResponse(f"{request.method} {path} got no response: {message}") from None
        status, headers = raw_response.status, redactor.headers(raw_response.headers)
        body = redactor.content(raw_response.body)
        shape: Shape | None = None
        violations: tuple[Violation, ...] = ()
        if operation is None:
            violations = tuple(check_unknown_path(status, body))
        elif status not in undocumented:
            shape = self.contract.shape(operation, status)
            violations = self.contract.check_response(operation, status, headers.get("content-type"), body)
        # `\u` may escape a lone surrogate, which schemas allow.
        is_valid = operation is not None and not violations and b"\\u" not in body
        operation_id = operation.id if operation else ""
        now = self.server_date.now
        response = Response(
            exchange_id, request.method, path, status, headers, body, shape, operation_id, is_valid, now
        )
        self._last_response = response
        if operation is not None and self.observe:
            self.observe(self.scope, operation, response)
        where = draft.place() if any(each.rule == "documented-status" for each in violations) else ""
        exchange = Exchange(exchange_id, operation, status, violations, where)
        self._record(exchange, attempted, draft, redactor, response)
        return response

    def _redactor_for(self, draft: Draft) -> Redactor:
        like_token = draft.credential.like_token
        return self.redactor.including(like_token, ALTERED) if like_token else self.redactor

    def _record(
        self, exchange: Exchange, attempted: Attempt, draft: Draft, redactor: Redactor, response: Response | str
    ) -> None:
        """Journal an exchange with its response, or with the reason why there was none."""
        request, redact = draft.request, redactor.text
        self.exchanges.append(exchange)
        self.journal.write_exchange(
            {
                "kind": "exchange",
                "id": exchange.id,
                "test": self.test,
                "at": timestamp(attempted.at),
                "version": self.scope.version,
                "programme": self.scope.programme,
                "operation": exchange.operation.id if exchange.operation else None,
                "deliberate": draft.deliberate,
                "request": {
                    "method": request.method,
                    "url": redact(self.transport.base_url + request.target),
                    "headers": {name: redactor.cached_text(value) for name, value in request.headers.items()},
                    "body": redact(request.content.decode("utf-8", "backslashreplace")) if request.content else None,
                },
                "response": None if isinstance(response, str) else _response_line(response),
                "error": response if isinstance(response, str) else None,
                "seconds": round(attempted.seconds, 6),
                "violations": [
                    {"requirement": f"contract/{each.rule}", "where": each.where, "message": redact(each.message)}
                    | ({"kind": each.kind} if each.kind else {})
                    for each in exchange.violations
                ],
                **({"place": redact(exchange.place)} if exchange.place else {}),
            }
        )


def not_implemented(operation_id: str) -> str:
    """Return the reason why a requirement does not apply to a target that lacks an operation."""
    return f"The target does not implement {operation_id}, as its file says."


def _without_elements(name: str) -> str:
    """Return the name of a parameter, without the names of elements if it is a list: `page[]` for `page[][x]`."""
    return _ELEMENT.sub("", name)


def _is_server_value(place: str) -> bool:
    return place.startswith("path:") or place in PLACES_OF_SERVER_VALUES


def request_headers(credential: Credential, content_type: str | None = None) -> dict[str, str]:
    """Return the headers of a request, which has a body if there is a `content_type`."""
    headers = {"User-Agent": USER_AGENT, "Accept": JSON, "Accept-Encoding": "identity"}
    if credential.header is not None:
        headers["Authorization"] = credential.header
    if content_type is not None:
        headers["Content-Type"] = content_type
    return headers


def token_headers(token: str) -> dict[str, str]:
    """Return the headers of a request with a lead provider's token, which no test sends."""
    return request_headers(Credential.bearer("TOKEN", token))


def _response_line(response: Response) -> dict[str, Any]:
    body = response.body[:MAX_JOURNALLED_BYTES]
    return {
        "status": response.status,
        "headers": dict(response.headers),
        "body": body.decode("utf-8", "backslashreplace"),
        "bytes": len(response.body),
        "cut": len(body) < len(response.body),
    }


def encode_query(query: Query) -> str:
    """Return the query string. Brackets stay readable; everything else is percent-encoded.

    A lone surrogate becomes three bytes that are no UTF-8.
    """
    return urlencode(list(query), quote_via=quote, safe="[],-:", errors="surrogatepass")
