"""Send several requests of a test at the same time, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence

from lead_provider_conformance.http.attempt import send_at_once
from lead_provider_conformance.http.client import Client, Draft
from lead_provider_conformance.http.errors import NoResponse
from lead_provider_conformance.http.response import Response
from lead_provider_conformance.model import CouldNotRun

CONFLICT = frozenset({409})
ONE_AT_A_TIME = (
    "The target may have one request in flight only, as far as its file says.",
    "If it may have two, set `concurrency: 2` in the target file.",
)
"""Why two requests are not sent at the same time, and the remedy."""


def send_together(client: Client, drafts: Sequence[Draft]) -> list[Response]:
    """Send requests at the same time, and return their responses in that order.

    A 409 to one of them breaks no contract: it says that another request came first.
    Raise CouldNotRun if the target may have one request in flight only; otherwise as `Client.send`.
    """
    if client.connect is None:
        raise CouldNotRun(*ONE_AT_A_TIME)
    for each in drafts:
        client.wait_for_turn(each)
    sent = send_at_once([client.connect() for _ in drafts], [each.request for each in drafts])
    received, lost = [], None
    for draft, attempted in zip(drafts, sent, strict=True):
        try:
            received.append(client.received(draft, attempted, CONFLICT))
        except NoResponse as error:
            lost = lost or error
    if lost is not None:
        raise lost
    return [client.final(draft, response) for draft, response in zip(drafts, received, strict=True)]
