"""A transport that joins the head and the body of a response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lead_provider_sandbox.http.joined_writes import JoinedWrites


class Recorded:
    """A transport that records its calls."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.calls.append("close")

    def abort(self) -> None:
        self.calls.append("abort")

    def is_closing(self) -> bool:
        return "close" in self.calls


def calls_of(steps: Callable[[JoinedWrites], None]) -> list[object]:
    """Return the calls of the transport below, after a step of the event loop."""

    async def run() -> list[object]:
        recorded = Recorded()
        steps(JoinedWrites(recorded, asyncio.get_running_loop()))  # type: ignore[arg-type]
        stepped = asyncio.Event()
        asyncio.get_running_loop().call_soon(stepped.set)
        await stepped.wait()
        return recorded.calls

    return asyncio.run(run())


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def test_head_is_sent_with_the_body_at_once() -> None:
    def steps(transport: JoinedWrites) -> None:
        transport.write(HEAD)
        transport.write(b"body")
        transport.write(b"more")
        transport.write(HEAD)
        transport.write(b"next")

    assert calls_of(steps) == [HEAD + b"body", b"more", HEAD + b"next"]


def test_head_without_body_is_sent_in_the_same_step() -> None:
    assert calls_of(lambda transport: transport.write(HEAD)) == [HEAD]


@pytest.mark.parametrize(("name", "call"), [("close", "close"), ("write_eof", "eof")])
def test_held_head_is_sent_before_the_end(name: str, call: str) -> None:
    def steps(transport: JoinedWrites) -> None:
        transport.write(HEAD)
        getattr(transport, name)()

    assert calls_of(steps) == [HEAD, call]


def test_abort_discards_a_held_head() -> None:
    def steps(transport: JoinedWrites) -> None:
        transport.write(HEAD)
        transport.abort()

    assert calls_of(steps) == ["abort"]


def test_other_methods_are_those_of_the_transport() -> None:
    def steps(transport: JoinedWrites) -> None:
        assert not transport.is_closing()
        transport.close()
        assert transport.is_closing()

    assert calls_of(steps) == ["close"]
