"""Effects of situations: how the response to a request departs from the ordinary one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from lead_provider_conformance.readiness.exchange import parsed
from lead_provider_conformance.readiness.request import ObservedRequest

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response."""

    status: int
    headers: Headers
    body: bytes

    def with_body(self, body: bytes) -> Reply:
        """Return the response with another body and its length."""
        others = tuple(each for each in self.headers if each[0] != b"content-length")
        return replace(self, body=body, headers=(*others, (b"content-length", str(len(body)).encode())))


class Transmission(StrEnum):
    """How a response reaches the client."""

    WHOLE = "whole"
    CUT = "cut off by the sandbox"
    """The connection is closed in the middle of the body."""
    RESET = "reset by the sandbox"
    """The connection is reset before the first byte."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A response, how it is sent, and the seconds that it is held before."""

    reply: Reply
    transmission: Transmission = Transmission.WHOLE
    hold: float = 0.0


Serve = Callable[[], Awaitable[Reply]]
"""Lets the sandbox process the request and returns its response."""

Effect = Callable[[ObservedRequest, Serve], Awaitable[Delivery]]


def respond(status: int, body: str, media_type: str, headers: Mapping[str, str] | None = None) -> Effect:
    """Return the effect of another response; the sandbox does not process the request."""
    content = body.encode()
    fields = {"content-type": media_type, "content-length": str(len(content)), **(headers or {})}
    encoded = tuple((name.lower().encode(), value.encode()) for name, value in fields.items())

    async def effect(_: ObservedRequest, _serve: Serve) -> Delivery:
        return Delivery(Reply(status, encoded, content))

    return effect


def lose() -> Effect:
    """Return the effect of a request that is processed, and a connection that is reset before the response."""

    async def effect(_: ObservedRequest, serve: Serve) -> Delivery:
        return Delivery(await serve(), Transmission.RESET)

    return effect


def cut() -> Effect:
    """Return the effect of a response that ends in the middle of its body."""

    async def effect(_: ObservedRequest, serve: Serve) -> Delivery:
        return Delivery(await serve(), Transmission.CUT)

    return effect


def hold(seconds: float) -> Effect:
    """Return the effect of a response that is sent late; the request is processed at once."""

    async def effect(_: ObservedRequest, serve: Serve) -> Delivery:
        return Delivery(await serve(), hold=seconds)

    return effect


def rewrite(change: Callable[[Any, ObservedRequest], Any]) -> Effect:
    """Return the effect of a changed JSON document in a 2xx response."""

    async def effect(request: ObservedRequest, serve: Serve) -> Delivery:
        reply = await serve()
        document = parsed(reply.body.decode("utf-8", "replace"))
        if document is None or not 200 <= reply.status < 300:
            return Delivery(reply)
        return Delivery(reply.with_body(orjson.dumps(change(document, request))))

    return effect


def before(happen: Callable[[ObservedRequest], None]) -> Effect:
    """Return the effect of an event just before the request is processed."""

    async def effect(request: ObservedRequest, serve: Serve) -> Delivery:
        happen(request)
        return Delivery(await serve())

    return effect


def afterwards(happen: Callable[[ObservedRequest], None]) -> Effect:
    """Return the effect of an event just after the request is processed."""

    async def effect(request: ObservedRequest, serve: Serve) -> Delivery:
        reply = await serve()
        happen(request)
        return Delivery(reply)

    return effect
