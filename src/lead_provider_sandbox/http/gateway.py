"""The API as an ASGI application: routing, access, the clock, transactions and errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Clock, Instant, parse_instant
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.http.access import Tokens, parse_token
from lead_provider_sandbox.http.connection import connection_of
from lead_provider_sandbox.http.query_string import Query
from lead_provider_sandbox.http.rate_limit import Throttle
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import (
    SERVER_ERROR,
    Response,
    ResponseError,
    access_denied,
    bad_request,
    forbidden,
)
from lead_provider_sandbox.http.router import Route, Routes, find_route
from lead_provider_sandbox.http.services import ORIGINAL, Service
from lead_provider_sandbox.parts import Replacement, part
from lead_provider_sandbox.store.store import Store

LARGEST_BODY = 1024 * 1024
BODY_TIMEOUT_SECONDS = 10.0
"""The timeout for each piece of a request's body."""

_log = logging.getLogger("lead_provider_sandbox")
_UNAUTHENTICATED = Provider(id="", name="", ecf=False, npq=False)


@dataclass(slots=True)
class Gateway:
    """The API as an ASGI application. It processes requests one at a time.

    Without `accepts_server_date`, the header `X-With-Server-Date` has no effect, as in the live service.
    """

    store: Store
    tokens: Tokens
    calendar: Calendar
    clock: Clock
    service: Service = ORIGINAL
    rate_limit: Throttle | None = None
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    accepts_server_date: bool = True
    raises: tuple[type[Exception], ...] = ()
    """Exceptions that are raised, instead of a 500."""

    @property
    def routes(self) -> Routes:
        """The routes of the service."""
        return self.service.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request; an unsupported method is a 404, as in the observed service."""
        route = find_route(self, scope["method"], scope["path"])
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if route is None:
            await _send(self.service.forms.finish(unknown_path(self, headers.get(b"accept", ""))), send)
        else:
            await _send(await self._respond(route, scope, headers, receive), send)

    async def _respond(self, route: Route, scope: Scope, headers: Mapping[bytes, str], receive: Receive) -> Response:
        operation, ids = route
        authorization = headers.get(b"authorization")
        limited = self.rate_limit.check(authorization, _address(scope)) if self.rate_limit else None
        if limited is not None:
            return limited
        request = ApiRequest(
            operation=operation,
            version=operation.version,
            provider=_UNAUTHENTICATED,
            now=self._now(headers),
            query=read_query(self, scope["query_string"]),
            forms=self.service.forms,
            store=self.store,
            calendar=self.calendar,
            content_type=headers.get(b"content-type", ""),
            ids=ids,
            connection=connection_of(scope),
            replacements=self.replacements,
        )
        try:
            request.provider = authenticate(request, authorization, self.tokens)
            if operation.writes:
                request.body = await _read_body(receive)
            with self.store.writing() if operation.writes else nullcontext():
                response = operation.handler(request)
        except RefusedError as error:
            response = self.service.forms.refused(error)
        except ResponseError as error:
            response = self.service.forms.response_to(error)
        except self.raises:
            raise
        except Exception:  # noqa: BLE001 - a defect of the sandbox is a 500 like any server's, and is logged
            _log.exception("%s failed", operation.id)
            response = SERVER_ERROR
        return final_response(request, self.service.forms.finish(response))

    def _now(self, headers: Mapping[bytes, str]) -> Instant:
        """Return the date of the header, if it is one, or the clock's (behaviour HDR-SERVER-DATE-SANDBOX)."""
        date = headers.get(b"x-with-server-date") if self.accepts_server_date else None
        return (parse_instant(date) if date else None) or self.clock.now()


@part("access.authenticate")
def authenticate(request: ApiRequest, authorization: str | None, tokens: Tokens) -> Provider:
    """Return the calling provider. Raise a 401 for an unknown token, a 403 for one without access."""
    token = parse_token(authorization)
    if token is None or token not in tokens:
        raise access_denied()
    provider = tokens[token]
    if provider is None:
        raise forbidden()
    delivered = {name for name, offered in (("ecf", provider.ecf), ("npq", provider.npq)) if offered}
    if not delivered & request.operation.programmes:
        raise forbidden()
    return provider


@part("gateway.query")
def read_query(_: Gateway, query_string: bytes) -> Query:
    """Return the parameters of a query string."""
    return Query.parse(query_string)


@part("gateway.unknown-path")
def unknown_path(gateway: Gateway, _accept: str) -> Response:
    """Return a 404 for a path without an operation: JSON, whatever the client accepts."""
    return gateway.service.forms.not_found


@part("answer.send")
def final_response(_: ApiRequest, response: Response) -> Response:
    """Return the response to send."""
    return response


def _address(scope: Scope) -> str:
    """Return the address of the client."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _send(response: Response, send: Send) -> None:
    body = response.body()
    headers = [(b"content-length", str(len(body)).encode())]
    if response.media_type is not None:
        headers.append((b"content-type", response.media_type.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                message = await receive()
        except TimeoutError as error:
            raise bad_request("The request body did not come in time") from error
        if message["type"] == "http.disconnect":
            raise bad_request("The request body is incomplete")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise bad_request("The request body is larger than 1 MiB")
        if not message.get("more_body", False):
            return bytes(body)
