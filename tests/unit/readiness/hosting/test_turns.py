"""Sessions take turns, and refusals are limited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Scope

from lead_provider_conformance.readiness.hosting.refusals import MOST_A_PAUSE, MOST_WAITING, Refusals
from lead_provider_conformance.readiness.hosting.turns import LEAD_SECONDS, Share, Turns
from lead_provider_sandbox.http.connection import EXTENSION, Connection


def order(costs: Mapping[str, float], numbers: Mapping[str, int]) -> str:
    """Return the sessions in the order of their turns. Each request costs so many seconds of processor time."""
    now, begun = 0.0, []

    async def request(turns: Turns, name: str, share: Share) -> None:
        nonlocal now
        await turns.wait(share)
        begun.append(name)
        now += costs[name]

    async def all_of_them() -> None:
        turns, shares = Turns(lambda: now), {name: Share() for name in costs}
        await asyncio.gather(
            *(request(turns, name, shares[name]) for name, number in numbers.items() for _ in range(number))
        )

    asyncio.run(all_of_them())
    return "".join(begun)


def test_sessions_take_turns() -> None:
    assert order({"a": 0.001, "b": 0.001}, {"a": 5, "b": 3}) == "abababaa"


def test_session_with_expensive_requests_waits_until_the_others_have_had_as_much_time() -> None:
    assert order({"a": LEAD_SECONDS, "b": LEAD_SECONDS / 4}, {"a": 3, "b": 9}) == "ababbbabbbbb"


def test_session_saves_no_time_up_while_it_sends_nothing() -> None:
    now, begun = 0.0, []

    async def request(turns: Turns, name: str, share: Share) -> None:
        nonlocal now
        await turns.wait(share)
        begun.append(name)
        now += 2 * LEAD_SECONDS

    async def work() -> None:
        turns, busy, idle = Turns(lambda: now), Share(), Share()
        for _ in range(10):
            await request(turns, "busy", busy)
        await asyncio.gather(*(request(turns, *each) for _ in range(3) for each in (("idle", idle), ("busy", busy))))

    asyncio.run(work())

    assert "".join(each[0] for each in begun[10:]) == "ibibib"


def test_cancelled_request_takes_no_turn() -> None:
    async def work() -> bool:
        turns, share = Turns(lambda: 0.0), Share()
        first, second = (asyncio.create_task(turns.wait(share)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
        return first.cancelled()

    assert asyncio.run(work())


class Client:
    """A client whose request is refused."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True

    async def refuse(self, refusals: Refusals, key: str) -> None:
        connection = Connection(1, self.close, self.close, lambda: True, True, lambda: 1, lambda: 1)
        scope: Scope = {"type": "http", "extensions": {EXTENSION: {"connection": connection}}}

        async def receive() -> Message:
            raise AssertionError("the body is not needed")

        async def send(message: Message) -> None:
            self.statuses += [message["status"]] if "status" in message else []

        response: Response = PlainTextResponse("Retry later\n", 429)
        await refusals.send(key, response, scope, receive, send)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the pauses, which end when those after them have begun."""
    found: list[float] = []

    async def pause(seconds: float) -> None:
        found.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr("lead_provider_conformance.readiness.hosting.refusals.pause", pause)
    return found


def refused(choose: Callable[[int], str], number: int) -> list[Client]:
    """Refuse requests of a number of clients at the same time; `choose` returns the session of each."""

    async def work() -> list[Client]:
        refusals, clients = Refusals(1.0), [Client() for _ in range(number)]
        await asyncio.gather(*(each.refuse(refusals, choose(index)) for index, each in enumerate(clients)))
        return clients

    return asyncio.run(work())


def test_pauses_are_longer_when_many_requests_of_a_session_are_refused(pauses: list[float]) -> None:
    clients = refused(lambda _: "busy", 3 * MOST_A_PAUSE)

    assert pauses[:MOST_A_PAUSE] == [1.0] * MOST_A_PAUSE
    assert pauses[-1] == 3.0
    assert [each.statuses for each in clients] == [[429]] * len(clients)


def test_pauses_of_a_session_are_those_of_its_own_refusals(pauses: list[float]) -> None:
    refused(str, 3 * MOST_A_PAUSE)

    assert set(pauses) == {1.0}


def test_connections_beyond_the_most_refusals_are_closed(pauses: list[float]) -> None:
    clients = refused(lambda _: "busy", MOST_WAITING + 2)

    assert [each.is_closed for each in clients] == [False] * MOST_WAITING + [True] * 2
    assert [each.statuses for each in clients[-3:]] == [[429], [], []]
