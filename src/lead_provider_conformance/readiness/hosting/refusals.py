"""Responses to too many requests, which are themselves limited."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lead_provider_conformance.readiness.page.page import pause
from lead_provider_sandbox.control.serving import connection_of

MOST_A_PAUSE = 50
"""The refusals of a session or an address in each pause. Beyond them, pauses are longer in proportion."""
MOST_WAITING = 1_000
"""The refusals of a session or an address that wait at a time. Further connections are closed without a response."""


class Refusals:
    """Send refusals after a pause: clients that ignore them send fewer requests on their connections."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: Counter[str] = Counter()

    async def send(self, key: str, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a refusal of the session or address that `key` names."""
        connection = connection_of(scope)
        if self._waiting[key] >= MOST_WAITING and connection is not None:
            connection.close()
            return
        self._waiting[key] += 1
        try:
            await pause(self._seconds * max(1.0, self._waiting[key] / MOST_A_PAUSE))
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
        await response(scope, receive, send)
