"""A request of the client while it is processed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from lead_provider_conformance.contract.operation import Operation
from lead_provider_conformance.readiness.exchange import attributes_of, parsed, path_segments


@dataclass(eq=False)
class ObservedRequest:
    """A request with its whole body. `target` is the path and query as the client sent them."""

    method: str
    path: str
    target: str
    headers: Mapping[str, str]
    matched: Operation | None
    """The operation of the contract, or None."""
    start: float
    in_flight: int
    connection: int
    body: bytes = b""
    exchange_id: str = ""
    """The id of the exchange, if it was recorded before it was processed."""
    violations: Sequence[Mapping[str, str]] | None = None
    """The violations of the contract, once the request was checked."""
    query: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Split the target."""
        query = self.target.partition("?")[2]
        self.query = tuple(parse_qsl(query, keep_blank_values=True)) if query else ()

    @property
    def operation(self) -> str | None:
        """The operationId, or None if the contract has no such operation."""
        return self.matched.id if self.matched else None

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path after `/api/v3`."""
        return path_segments(self.path)

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes of the body; empty if it has none."""
        return attributes_of(parsed(self.body.decode("utf-8", "replace")))

    def parameter(self, name: str) -> str | None:
        """Return the last value of a query parameter such as `filter[cohort]`."""
        return next((value for key, value in reversed(self.query) if key == name), None)
