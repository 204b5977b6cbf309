"""From an HTTP request to an operation and back: access, the clock, the store's transaction, errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from lead_provider_sandbox.api.access import Tokens, token_in
from lead_provider_sandbox.api.answers import (
    FAILED,
    Answer,
    AnswerError,
    access_denied,
    bad_request,
    forbidden,
    not_found,
    refusal,
)
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.identifiers import identified
from lead_provider_sandbox.api.operations import Operation
from lead_provider_sandbox.api.query import Query
from lead_provider_sandbox.clock import Clock, Instant, read_instant
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.records import Provider
from lead_provider_sandbox.parts import RefusedError, Replacement, part
from lead_provider_sandbox.store.store import Store

LARGEST_BODY = 1024 * 1024

_log = logging.getLogger("lead_provider_sandbox")


@dataclass(slots=True)
class Gateway:
    """What all requests share. Requests are answered one at a time, so no two of them are ever half-way at once."""

    store: Store
    tokens: Tokens
    calendar: Calendar
    clock: Clock
    replacements: Mapping[str, Replacement] = field(default_factory=dict)

    async def answer(self, operation: Operation, request: Request) -> Response:
        """Answer a request for an operation, whatever it holds."""
        call = Call(
            operation=operation,
            version=operation.version,
            provider=_NOBODY,
            now=self._now(request),
            query=Query.read(request.scope["query_string"]),
            store=self.store,
            calendar=self.calendar,
            ids=request.path_params,
            replacements=self.replacements,
        )
        try:
            call.provider = authenticate(call, request.headers.get("authorization"), self.tokens)
            if operation.writes:
                call.body = await _body(request)
                call.content_type = request.headers.get("content-type", "")
            reply = self._perform(call)
        except AnswerError as failure:
            reply = failure.answer
        return respond(call, reply)

    def _perform(self, call: Call) -> Answer:
        try:
            identified(call)
            if not call.operation.writes:
                return call.operation.handler(call)
            with self.store.writing():
                return call.operation.handler(call)
        except RefusedError as refused:
            return refusal(refused)
        except AnswerError as failure:
            return failure.answer
        except Exception:  # noqa: BLE001 - a defect of the sandbox is a 500 like any server's, and is reported
            _log.exception("%s failed", call.operation.id)
            return FAILED

    def _now(self, request: Request) -> Instant:
        """The header sets the clock for one request (behaviour HDR-SERVER-DATE-SANDBOX); what is no date is ignored."""
        asked = read_instant(request.headers.get("x-with-server-date", ""))
        return asked or self.clock.now()


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
def respond(_: Call, reply: Answer) -> Response:
    """An answer as an HTTP response."""
    return as_response(reply)


def as_response(reply: Answer) -> Response:
    """The HTTP response for an answer outside any call."""
    headers = dict(reply.headers)
    if reply.media_type is not None:
        headers["content-type"] = reply.media_type
    return Response(reply.body(), status_code=reply.status, headers=headers)


NOT_FOUND = not_found().answer

_NOBODY = Provider(id="", name="", ecf=False, npq=False)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                raise bad_request("The request body is larger than 1 MiB")
    except ClientDisconnect as gone:
        raise bad_request("The request body is incomplete") from gone
    return bytes(body)
