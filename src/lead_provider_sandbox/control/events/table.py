"""The catalogue of events: a function for each name, by service."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_sandbox.control.events import clock, ect_service, npq_service
from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts

Event = Callable[..., Facts]
"""Called with the context and the event's facts as keywords. Returns the facts for a journal."""

_EVERYWHERE: Mapping[str, Event] = {
    "clock-moved": clock.clock_moved,
    "clock-apart": clock.clock_apart,
    "week-passed": clock.week_passed,
    "live-like": clock.live_like,
    "stock": clock.stock,
}

EVENTS: Mapping[str, Mapping[str, Event]] = {
    "ect": {**_EVERYWHERE, **ect_service.EVENTS},
    "npq": {**_EVERYWHERE, **npq_service.EVENTS},
    "original": _EVERYWHERE,
}
"""The events of each service."""


def apply_event(context: EventContext, name: str, facts: Mapping[str, Any]) -> Facts:
    """Apply an event and return its facts. Raise `EventError` if it is unknown or impossible."""
    service = context.sandbox.service.name
    event = EVENTS[service].get(name)
    if event is None:
        raise EventError(f"the {service} service has no event {name!r}; the events are {', '.join(EVENTS[service])}")
    try:
        inspect.signature(event).bind(context, **facts)
    except TypeError as error:
        raise EventError(f"the facts of {name!r} do not fit: {error}") from error
    return event(context, **facts)
