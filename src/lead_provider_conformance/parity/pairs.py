"""Send the same requests to both servers at the same time, and yield the replies in pairs, in order.

Each server has a thread of its own. The order in which both get a read alternates: left, right, right, left. So a
change of the data or the machine favours neither. A few pairs are in flight, so that one slow response of a server does
not hold up the other one.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.differences import SideName
from lead_provider_conformance.parity.side import Read, Reply, Side

IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class ReadPair:
    """The same request for both servers.

    `operation` is the operationId, `label` the part of the request in question.
    """

    scope: Scope
    operation: str
    left: Read
    right: Read
    label: str = ""
    deliberate: str | None = None
    """The description of a breach of the contract that the request makes on purpose."""
    required: frozenset[str] = frozenset()
    """The names of the parameters that every request to the operation must have."""

    def singles(self) -> Iterator[ReadPair]:
        """Yield a read for each parameter of the query on its own, besides the required ones."""
        both = tuple(zip(self.left.query, self.right.query, strict=False))
        fixed = [pair for pair in both if pair[0][0] in self.required]
        for pair in both:
            if pair not in fixed:
                left, right = ([*(each[side] for each in (*fixed, pair))] for side in (0, 1))
                yield replace(self, left=replace(self.left, query=left), right=replace(self.right, query=right))


@dataclass(frozen=True, slots=True)
class ReplyPair:
    """Both replies to a read."""

    read: ReadPair
    left: Reply
    right: Reply

    def of(self, side: SideName) -> Reply:
        """Return the reply of one server."""
        return self.left if side is SideName.LEFT else self.right


class Pairs:
    """Sends reads to both servers. Use it as a context manager, which ends the threads."""

    def __init__(self, left: Side, right: Side) -> None:
        self.left = left
        self.right = right
        self.count = 0
        """The number of pairs that were sent."""
        self._stack = contextlib.ExitStack()
        self._threads = [self._stack.enter_context(ThreadPoolExecutor(1)) for _ in SideName]

    def __enter__(self) -> Pairs:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._threads:
            each.shutdown(cancel_futures=True)
        self._stack.close()

    def send_all(self, reads: Iterable[ReadPair], in_flight: int = IN_FLIGHT) -> Iterator[ReplyPair]:
        """Yield the replies to the reads, in order. Up to `in_flight` pairs are sent before the first is yielded."""
        waiting: deque[tuple[ReadPair, Future[Reply], Future[Reply]]] = deque()
        for each in reads:
            waiting.append((each, *self._submit(each, timed=True)))
            if len(waiting) == in_flight:
                yield _received(*waiting.popleft())
        while waiting:
            yield _received(*waiting.popleft())

    def send(self, read: ReadPair) -> ReplyPair:
        """Send one pair, and return the replies."""
        return _received(read, *self._submit(read, timed=True))

    def send_again(self, read: ReadPair) -> ReplyPair:
        """Send a pair once more, outside of the latencies, and return the replies."""
        return _received(read, *self._submit(read, timed=False))

    def _submit(self, read: ReadPair, *, timed: bool) -> tuple[Future[Reply], Future[Reply]]:
        """Send a pair; every other time to the right server first."""
        operation = (read.scope.version, read.operation) if timed else None
        sends: list[Callable[[], Future[Reply]]] = [
            lambda: self._threads[0].submit(self.left.send, read.left, operation),
            lambda: self._threads[1].submit(self.right.send, read.right, operation),
        ]
        first = self.count % 2
        self.count += 1
        futures = {index: sends[index]() for index in (first, 1 - first)}
        return futures[0], futures[1]


def _received(read: ReadPair, left: Future[Reply], right: Future[Reply]) -> ReplyPair:
    return ReplyPair(read, left.result(), right.result())
