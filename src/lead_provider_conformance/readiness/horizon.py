"""The moment up to which a client must have taken notice of responses when it sends a request."""

from __future__ import annotations

from bisect import bisect_left

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.trace import Trace


def horizon(trace: Trace, exchange: Exchange) -> float:
    """Return the time up to which responses can have had an effect on a request.

    A client with several connections goes on with the requests that it had under way, as in `Trace.reaction`. For a
    sequential client the horizon is the start of the request.
    """
    index = bisect_left(trace.exchanges, (exchange.start, exchange.id), key=lambda each: (each.start, each.id))
    return trace.exchanges[max(0, index - trace.largest_in_flight + 1)].start
