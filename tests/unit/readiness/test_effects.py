"""Effects of situations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.unit.readiness.sessions import JSON, request

from lead_provider_conformance.readiness.effects import (
    Delivery,
    Effect,
    Reply,
    Transmission,
    afterwards,
    before,
    cut,
    hold,
    lose,
    respond,
    rewrite,
)
from lead_provider_conformance.readiness.request import ObservedRequest

ORDINARY = Reply(200, JSON, b"").with_body(b'{"data":[]}')


def apply(effect: Effect, reply: Reply = ORDINARY, log: list[str] | None = None) -> Delivery:
    """Return the delivery of an effect on a request that the sandbox would answer with `reply`."""

    async def serve() -> Reply:
        if log is not None:
            log.append("processed")
        return reply

    return asyncio.run(_await(effect, serve))


async def _await(effect: Effect, serve: Callable[[], object]) -> Delivery:
    return await effect(request(), serve)  # type: ignore[arg-type]


def test_respond_replaces_the_response_of_a_request_that_is_not_processed() -> None:
    log: list[str] = []

    delivery = apply(respond(429, "Retry later é", "text/plain; charset=utf-8", {"Retry-After": "3"}), log=log)

    assert log == []
    assert (delivery.reply.status, delivery.reply.body) == (429, "Retry later é".encode())
    assert dict(delivery.reply.headers) == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"14",
        b"retry-after": b"3",
    }


@pytest.mark.parametrize(
    ("effect", "transmission", "held"),
    [(lose(), Transmission.RESET, 0), (cut(), Transmission.CUT, 0), (hold(40), Transmission.WHOLE, 40)],
    ids=["lose", "cut", "hold"],
)
def test_request_of_an_incomplete_or_late_response_is_processed(
    effect: Effect, transmission: Transmission, held: float
) -> None:
    log: list[str] = []

    assert apply(effect, log=log) == Delivery(ORDINARY, transmission, held)
    assert log == ["processed"]


def test_rewrite_changes_the_document_and_its_length() -> None:
    def add(document: dict[str, object], _: ObservedRequest) -> dict[str, object]:
        return {**document, "extra": "ü"}

    reply = apply(rewrite(add)).reply

    assert reply.body == '{"data":[],"extra":"ü"}'.encode()
    assert dict(reply.headers)[b"content-length"] == str(len(reply.body)).encode()


@pytest.mark.parametrize(
    "reply", [Reply(422, JSON, b'{"errors":[]}'), Reply(200, JSON, b"no JSON")], ids=["refusal", "no-json"]
)
def test_rewrite_leaves_other_responses_alone(reply: Reply) -> None:
    assert apply(rewrite(lambda document, _: {"changed": document}), reply).reply == reply


@pytest.mark.parametrize(
    ("make", "order"),
    [(before, ["happened", "processed"]), (afterwards, ["processed", "happened"])],
    ids=["before", "afterwards"],
)
def test_event_happens_before_or_after_the_request_is_processed(
    make: Callable[[Callable[[ObservedRequest], None]], Effect], order: list[str]
) -> None:
    log: list[str] = []

    assert apply(make(lambda _: log.append("happened")), log=log) == Delivery(ORDINARY)
    assert log == order
