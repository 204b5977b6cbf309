"""A server that throttles now and then gets its requests later, and the user one line about it."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest

from .processes import V3_ECF, run, sandbox, token_options
from .servers import Proxy, Request, Response, serve

EVERY = 9
TEXT = {"Content-Type": "text/plain"}


def refusal(number: int) -> Response:
    """Return a 429: with seconds for the first request, and then without a time and with a date by turns."""
    if number == 1:
        return Response(429, b"Retry later\n", {**TEXT, "Retry-After": "1"})
    if number // EVERY % 2:
        return Response(429, b"Retry later\n", TEXT)
    return Response(429, b"Retry later\n", {**TEXT, "Retry-After": formatdate(time.time() + 1, usegmt=True)})


@pytest.mark.parametrize("processes", ["0", "2"])
def test_throttled_requests_are_sent_again(tmp_path: Path, processes: str) -> None:
    throttled: list[int] = []

    def throttle(_request: Request, response: Response) -> Response:
        number = len(proxy.requests)
        if number % EVERY != 1:
            return response
        throttled.append(number)
        return refusal(number)

    with sandbox() as served:
        proxy = Proxy(served.address, change=throttle)
        with serve(proxy) as address:
            options = (
                "--base-url",
                address,
                "--edition",
                "2024-12",
                *token_options(),
                *V3_ECF,
                "--requirement",
                "paging",
                "-n",
                processes,
            )
            ended = run(tmp_path, *options)

    assert len(throttled) > 1
    assert ended.status == 6, ended.output
    assert ended.with_outcome("failed") == set()
    assert [each["response"]["status"] for each in ended.exchanges].count(429) == len(throttled) - 1  # the preflight's
    assert ended.stderr.count("The server throttles (429). The suite waits 1 s, as its Retry-After says") == 1
    assert ended.stdout.count("The server throttles (429). The suite waits") == 1
