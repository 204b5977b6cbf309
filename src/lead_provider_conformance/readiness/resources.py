"""The kinds of records of the API, and the lists that hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from lead_provider_conformance.contract.values import UUID_PATTERN

UUID = re.compile(UUID_PATTERN)

PARTICIPANTS = "participants"
DECLARATIONS = "declarations"
APPLICATIONS = "applications"
TRANSFERS = "transfers"
OUTCOMES = "outcomes"
PARTNERSHIPS = "partnerships"
SCHOOLS = "schools"
DELIVERY_PARTNERS = "delivery-partners"
STATEMENTS = "statements"
UNFUNDED_MENTORS = "unfunded-mentors"

_FIRST_SEGMENTS = {
    "participants": PARTICIPANTS,
    "participant-declarations": DECLARATIONS,
    "npq-applications": APPLICATIONS,
    "partnerships": PARTNERSHIPS,
    "schools": SCHOOLS,
    "delivery-partners": DELIVERY_PARTNERS,
    "statements": STATEMENTS,
    "unfunded-mentors": UNFUNDED_MENTORS,
}
_PROGRAMMES = ("ecf", "npq")
"""Second segments of some paths: `/participants/npq`."""


class Requested(Protocol):
    """A request, in a journal or while it is processed."""

    @property
    def method(self) -> str:
        """The method in capitals."""

    @property
    def operation(self) -> str | None:
        """The operationId, or None if the contract has no such operation."""

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path after `/api/v3`."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes of the body; empty if it has none."""

    def parameter(self, name: str) -> str | None:
        """Return the last value of a query parameter."""


def place(exchange: Requested) -> tuple[str | None, str | None, str | None]:
    """Return the kind of records, the id and the action in a request's path.

    `PUT /api/v3/participants/{id}/defer` is `("participants", id, "defer")`; a list has no id. A list of one
    participant's transfers or outcomes has the participant's id.
    """
    segments = list(exchange.segments)
    kind = _FIRST_SEGMENTS.get(segments[0]) if segments else None
    if kind is None:
        return None, None, None
    rest = [each for number, each in enumerate(segments[1:]) if number or each not in _PROGRAMMES]
    if rest and rest[-1] in (TRANSFERS, OUTCOMES):
        kind, rest = rest[-1], rest[:-1]
    record_id = rest[0].lower() if rest else None
    return kind, record_id, rest[1] if len(rest) > 1 else None


def is_list(exchange: Requested) -> bool:
    """Return whether the request reads a list that has pages."""
    return exchange.method == "GET" and bool(exchange.operation and exchange.operation.startswith("list_"))


def record_ids(exchange: Requested) -> frozenset[str]:
    """Return the ids of records that a request names, in its path and in the attributes of its body, in lower case."""
    named = {each.lower() for each in exchange.segments if UUID.fullmatch(each.lower())}
    for name, value in exchange.attributes.items():
        if name.endswith("_id") and isinstance(value, str):
            named.add(value.lower())
    return frozenset(named)
