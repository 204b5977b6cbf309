"""The moment that a change is recorded at."""

from __future__ import annotations

from lead_provider_sandbox.domain.clock import Instant, just_after
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.parts import part


@part("change.moment")
def moment_of_change(call: Call, previous: Instant) -> Instant:
    """When a record is changed now that was last changed at `previous`: now, but always later than before.

    Two changes in one tick, or a request that sets the clock back, still move `updated_at` forward (behaviours
    DECL-UPDATED-AT, ACT-UPDATED-AT-MOVES).
    """
    return max(call.now, just_after(previous))
