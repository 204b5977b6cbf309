"""One call of the API, as everything below the HTTP layer sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.domain.records import Provider
from lead_provider_sandbox.http.query import Query
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.store.store import Store

if TYPE_CHECKING:
    from lead_provider_sandbox.http.operations import Operation


@dataclass(slots=True)
class Call:
    """An authenticated request for an operation, the moment it happens at, and what it works on."""

    operation: Operation
    version: str
    provider: Provider
    now: Instant
    query: Query
    store: Store
    calendar: Calendar
    body: bytes = b""
    content_type: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    replacements: Mapping[str, Replacement] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """The connection to the store that the call works on."""
        return self.store.connection

    @property
    def today(self) -> str:
        """The date of `now`."""
        return self.now[:10]
