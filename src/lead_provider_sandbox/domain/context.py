"""The context in which the rules judge a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.ports import Store
from lead_provider_sandbox.parts import Replacement


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The calling provider, the moment of the request, the API version, the calendar and the store."""

    provider: Provider
    version: str
    now: Instant
    calendar: Calendar
    store: Store
    replacements: Mapping[str, Replacement] = field(default_factory=dict)

    @property
    def today(self) -> str:
        """The date of `now`."""
        return self.now[:10]
