"""The time at which a change is recorded."""

from __future__ import annotations

from lead_provider_sandbox.domain.clock import Instant, just_after
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.parts import part


@part("change.moment")
def change_time(context: Context, previous: Instant) -> Instant:
    """Return now, or the instant after `previous`, the last change of the record, if that is later.

    Two changes in one tick, or a request that sets the clock back, still move `updated_at` forward (behaviours
    DECL-UPDATED-AT, ACT-UPDATED-AT-MOVES).
    """
    return max(context.now, just_after(previous))
