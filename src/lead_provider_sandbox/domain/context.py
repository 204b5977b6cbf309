"""The context in which the rules judge a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant, just_after
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.ports import Store
from lead_provider_sandbox.parts import Replaceable, Replacement, part


@dataclass(slots=True, kw_only=True)
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


@part("change.moment")
def change_time(context: Context, previous: Instant) -> Instant:
    """Return now, or the instant after `previous`, the last change of the record, if that is later.

    Two changes in one tick, or a request that sets the clock back, still move `updated_at` forward (behaviours
    DECL-UPDATED-AT, ACT-UPDATED-AT-MOVES).
    """
    return max(context.now, just_after(previous))


@part("registration.moment")
def registration_time(_: Replaceable, now: Instant, previous: Instant) -> Instant:
    """Return the change time of a participant who finishes registering."""
    return max(now, just_after(previous))
