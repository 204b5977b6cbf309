"""From an HTTP request to an operation and back: access, the clock, the store's transaction, errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Clock, Instant, read_instant
from lead_provider_sandbox.domain.records import Provider
from lead_provider_sandbox.http.access import Tokens, token_in
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.identifiers import identified
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.query import Query
from lead_provider_sandbox.http.responses import (
    FAILED,
    Answer,
    AnswerError,
    access_denied,
    bad_request,
    forbidden,
    not_found,
    refusal,
)
from lead_provider_sandbox.http.router import Found, Router
from lead_provider_sandbox.http.throttle import Throttle
from lead_provider_sandbox.parts import RefusedError, Replacement, part
from lead_provider_sandbox.store.store import Store

LARGEST_BODY = 1024 * 1024
PATIENCE_SECONDS = 10.0
"""How long each piece of a request's body may take."""

_log = logging.getLogger("lead_provider_sandbox")
_ROUTER = Router(OPERATIONS)
_NOT_FOUND = not_found().answer
_NOBODY = Provider(id="", name="", ecf=False, npq=False)


@dataclass(slots=True)
class Gateway:
    """The API as an ASGI application, and what all its requests share.

    Requests are answered one at a time, so no two of them are ever half-way at once.
    """

    store: Store
    tokens: Tokens
    calendar: Calendar
    clock: Clock
    throttle: Throttle | None = None
    replacements: Mapping[str, Replacement] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it holds; a wrong method is an unknown path, as in the observed service."""
        found = routed(self, scope["method"], scope["path"])
        await deliver(_NOT_FOUND if found is None else await self._answer(found, scope, receive), send)

    async def _answer(self, found: Found, scope: Scope, receive: Receive) -> Answer:
        operation, ids = found
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        authorization = headers.get(b"authorization")
        refused = self.throttle.refuse(authorization) if self.throttle else None
        if refused is not None:
            return refused
        call = Call(
            operation=operation,
            version=operation.version,
            provider=_NOBODY,
            now=self._now(headers),
            query=Query.read(scope["query_string"]),
            store=self.store,
            calendar=self.calendar,
            ids=ids,
            replacements=self.replacements,
        )
        try:
            call.provider = authenticate(call, authorization, self.tokens)
            if operation.writes:
                call.body = await _body(receive)
                call.content_type = headers.get(b"content-type", "")
            reply = self._perform(call)
        except AnswerError as error:
            reply = error.answer
        return sent(call, reply)

    def _perform(self, call: Call) -> Answer:
        try:
            identified(call)
            if not call.operation.writes:
                return call.operation.handler(call)
            with self.store.writing():
                return call.operation.handler(call)
        except RefusedError as refused:
            return refusal(refused)
        except AnswerError as error:
            return error.answer
        except Exception:  # noqa: BLE001 - a defect of the sandbox is a 500 like any server's, and is reported
            _log.exception("%s failed", call.operation.id)
            return FAILED

    def _now(self, headers: Mapping[bytes, str]) -> Instant:
        """The header sets the clock for one request (behaviour HDR-SERVER-DATE-SANDBOX); what is no date is ignored."""
        asked = headers.get(b"x-with-server-date")
        return (read_instant(asked) if asked else None) or self.clock.now()


@part("gateway.route")
def routed(_: Gateway, method: str, path: str) -> Found | None:
    """The operation that a request is for; None when there is none."""
    return _ROUTER.find(method, path)


@part("access.authenticate")
def authenticate(call: Call, authorization: str | None, tokens: Tokens) -> Provider:
    """The provider that calls; 401 without a known token, 403 with one that is not for the operation."""
    caller = tokens.get(token_in(authorization) or "")
    if caller is None:
        raise access_denied()
    provider = caller.provider
    if provider is None:
        raise forbidden()
    delivered = {name for name, offered in (("ecf", provider.ecf), ("npq", provider.npq)) if offered}
    if not delivered & call.operation.programmes:
        raise forbidden()
    return provider


@part("answer.send")
def sent(_: Call, reply: Answer) -> Answer:
    """The answer of an operation, as it is sent."""
    return reply


async def deliver(reply: Answer, send: Send) -> None:
    """Send an answer."""
    body = reply.body()
    headers = [(b"content-length", str(len(body)).encode())]
    if reply.media_type is not None:
        headers.append((b"content-type", reply.media_type.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
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
