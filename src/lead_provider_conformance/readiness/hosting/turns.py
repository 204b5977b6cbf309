"""The order in which requests begin: sessions take turns, so that a flood of one session waits for itself."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

ROUNDS = 3
"""The iterations of the event loop until the requests that came during a turn wait for theirs."""
LEAD_SECONDS = 0.01
"""The processor time that a session may be ahead of the others that wait."""


@dataclass(eq=False, slots=True)
class Share:
    """The requests of one session that wait for their turn, and the processor time of those that had theirs."""

    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    seconds: float = 0.0


class Turns:
    """Let one request begin after the other, of each session in turn unless it has used more time than the others."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._shares: list[Share] = []
        """Those with waiting requests, in the order of their turns."""
        self._seconds = 0.0
        """The time of the share that had the latest turn, before it."""
        self._task: asyncio.Task[None] | None = None

    async def wait(self, share: Share) -> None:
        """Wait for the turn of a request."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not share.waiting:
            # A session saves nothing up while it sends no requests.
            share.seconds = max(share.seconds, self._seconds)
            self._shares.append(share)
        share.waiting.append(turn)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._give())
        await turn

    async def _give(self) -> None:
        """Give turns until no request waits."""
        while self._shares:
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
            most = LEAD_SECONDS + min(each.seconds for each in self._shares)
            share = next(each for each in self._shares if each.seconds <= most)
            self._shares.remove(share)
            turn = share.waiting.popleft()
            if share.waiting:
                self._shares.append(share)
            if not turn.done():  # its request has not been cancelled
                self._seconds, begin = share.seconds, self._clock()
                turn.set_result(None)
                await asyncio.sleep(0)  # the request begins
                share.seconds += self._clock() - begin
