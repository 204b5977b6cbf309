"""The act of throttles and outages, and the responses of servers in trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from lead_provider_conformance.readiness.acts.casting import Casting
from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import Delivery, Effect, Serve, respond
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.stage import Cue, Stage

SERVER_ERROR = respond(500, '{"error":"Internal server error"}', "application/json; charset=utf-8")
HTML_ERROR = respond(
    502, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", "text/html"
)
OUTAGE = respond(503, "<html><body><h1>Service unavailable</h1></body></html>", "text/html")
TOKEN_REFUSED = respond(
    401, '{"error":"HTTP Token: Access denied"}', "application/json; charset=utf-8", {"WWW-Authenticate": "Token"}
)
RETRY_AFTER_SECONDS = 7
THROTTLE_SECONDS = 4
SHORT_THROTTLE_SECONDS = 2
"""How long the throttle without Retry-After stands."""


def throttle_and_outage(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Throttle the client twice, refuse its token for a while, and let the service be down."""
    if stage.waits:
        for name, seconds in (("throttled", RETRY_AFTER_SECONDS), ("throttled-without-header", THROTTLE_SECONDS)):
            stage.create(casting.newcomer)
            standing = _Standing(seconds)
            armed = stage.arm(
                name,
                Match(condition=standing.is_standing),
                throttled(standing, with_header=name == "throttled"),
                times=None,
                retry_after=seconds if name == "throttled" else None,
            )
            yield stage.cue("Poll for changes.")
            stage.withdraw(armed)
    newcomer = stage.create(casting.newcomer)
    standing = _Standing(SHORT_THROTTLE_SECONDS)
    armed = stage.arm(
        "throttled",
        Match(operations=frozenset({"create_participant_declaration"}), condition=standing.is_standing),
        throttled(standing, with_header=True),
        times=None,
        retry_after=SHORT_THROTTLE_SECONDS,
    )
    task = casting.declare_started(stage, newcomer, "declare-throttled")
    yield stage.cue("Poll for changes, and do the task.", [task])
    stage.withdraw(armed)
    armed = stage.arm("token-refused", Match(), TOKEN_REFUSED, times=None, minutes=10)
    yield stage.cue("Poll for changes.")
    stage.withdraw(armed)
    stage.move_clock(minutes=10)
    yield stage.cue("The token is accepted again. Poll for changes.")
    armed = stage.arm("outage", Match(), OUTAGE, times=None, ids=[])
    missed = [stage.create(casting.newcomer).participant_id]
    yield stage.cue("The service is down for maintenance. Do what the system does meanwhile.")
    missed.append(stage.create(casting.newcomer).participant_id)
    stage.move_clock(minutes=5)
    stage.withdraw(armed)
    stage.note("outage-over", ids=missed)
    yield stage.cue("The service is back. Poll for changes.")


class _Standing:
    """A throttle that stands for some seconds from the first request that it refuses."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: float | None = None

    def is_standing(self, _: ObservedRequest) -> bool:
        """Return whether the throttle refuses a request now."""
        if self._until is None:
            self._until = self._clock() + self._seconds
        return self._clock() < self._until

    @property
    def remaining(self) -> int:
        """The whole seconds until the throttle ends, at least 1."""
        return max(1, round((self._until or self._clock()) - self._clock() + 0.5))


def throttled(standing: _Standing, *, with_header: bool) -> Effect:
    """Return the effect of a throttle as deployed: plain text, and Retry-After if the service sends it."""

    async def effect(request: ObservedRequest, serve: Serve) -> Delivery:
        headers = {"Retry-After": str(standing.remaining)} if with_header else {}
        return await respond(429, "Retry later\n", "text/plain", headers)(request, serve)

    return effect
