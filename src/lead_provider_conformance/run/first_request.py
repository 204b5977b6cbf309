"""Request one record of a list before the run, and wait while the server throttles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lead_provider_conformance.http import Transport
from lead_provider_conformance.http.client import TOO_MANY_REQUESTS
from lead_provider_conformance.http.rate_limit import ThrottledError, Throttling, pause
from lead_provider_conformance.http.transport import RawResponse

MAX_WAIT_SECONDS = 60.0
"""A run that would wait longer for a throttling server before its first test ends with a sentence instead."""


def get_one(transport: Transport, path: str, headers: Mapping[str, str], notify: Callable[[str], None]) -> RawResponse:
    """Return the response to a GET of one record. It is a 429 only if the server throttles for too long.

    `notify` shows a message to the user. Raise NoResponse without a response.
    """
    throttling = Throttling(notify, longest=MAX_WAIT_SECONDS)
    while True:
        response = transport.send("GET", f"{path}?page[page]=1&page[per_page]=1", headers, None)
        if response.status != TOO_MANY_REQUESTS:
            return response
        try:
            pause(throttling.wait_seconds(response.headers))
        except ThrottledError:
            return response
