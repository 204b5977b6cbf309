"""Events of the clock and of the service as a whole."""

from __future__ import annotations

from lead_provider_sandbox.control.events.context import EventContext, Facts

WEEK_SECONDS = 7 * 24 * 3600


def clock_moved(context: EventContext, *, seconds: float) -> Facts:
    """Move the world's clock by some seconds."""
    context.sandbox.gateway.clock.offset += seconds
    return {"seconds": seconds}


def clock_apart(context: EventContext, *, seconds: float) -> Facts:
    """Move the world's clock away from the machine's: the client's clock is wrong by some seconds from now on."""
    return clock_moved(context, seconds=seconds)


def week_passed(context: EventContext) -> Facts:
    """Move the world's clock by a week."""
    return clock_moved(context, seconds=WEEK_SECONDS)


def live_like(context: EventContext, *, on: bool) -> Facts:
    """Ignore the header `X-With-Server-Date`, as the live service does, or honour it again."""
    context.sandbox.gateway.accepts_server_date = not on
    return {"on": on}


def stock(context: EventContext) -> Facts:
    """Return the number of records of each kind that the token sees; schools are those of the latest cohort."""
    cohort = str(max(context.calendar.cohorts))
    return {
        kind: len(context.reader.records(kind, **({"cohort": cohort} if kind == "schools" else {})))
        for kind in context.reader.kinds
    }
