"""Requests and responses of before a restart, from their lines in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.exchange import Exchange, parsed
from lead_provider_conformance.readiness.request import ObservedRequest

INTERRUPTED = "interrupted by a restart of the server"
"""The error of an exchange whose response was not sent: the client saw its connection end."""


def request_of(line: Mapping[str, Any], contract: Contract) -> ObservedRequest:
    """Return the request of an exchange."""
    exchange = Exchange.from_line(line)
    return ObservedRequest(
        method=exchange.method,
        path=exchange.path,
        target=exchange.target,
        headers=exchange.headers,
        matched=contract.find(exchange.method, exchange.path),
        start=exchange.start,
        in_flight=exchange.in_flight,
        connection=exchange.connection,
        body=(exchange.body or "").encode("utf-8", "backslashreplace"),
        exchange_id=exchange.id,
    )


def reply_of(line: Mapping[str, Any]) -> Reply | None:
    """Return the response of an exchange, if the client had all of it."""
    response = line["response"]
    if response is None or line["error"]:
        return None
    return Reply(response["status"], (), response["body"].encode("utf-8", "backslashreplace"))


def creates(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield the id of the record that an exchange has created, also if the client never had the response."""
    response = line["response"]
    if line["request"]["method"] == "POST" and response is not None and 200 <= response["status"] < 300:
        document = parsed(response["body"])
        data = document.get("data") if isinstance(document, dict) else None
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            yield data["id"]
