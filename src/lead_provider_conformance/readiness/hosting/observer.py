"""Serve a stored session to its client: each request is in the journal before it is processed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.hosting.faultpoints import reached
from lead_provider_conformance.readiness.hosting.log import LostSessionError, SessionLog
from lead_provider_conformance.readiness.hosting.replay import INTERRUPTED
from lead_provider_conformance.readiness.observer import Excess, Observer
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.session import Session

PIECE_SECONDS, BODY_SECONDS = 30.0, 120.0
"""The timeouts for each piece of a request's body, and for the whole of it."""
LATE = PlainTextResponse("The body did not come in time. Send the request again.\n", 408, {"Connection": "close"})


class StoredObserver(Observer):
    """An observer whose journal is in the database. `fail` is called when the session cannot go on in this process."""

    remedy_of_excess = "Find out why the client sends so many requests, or ask the operator for a larger quota."

    def __init__(
        self, session: Session, log: SessionLog, *, most_requests: int, fail: Callable[[Exception], None]
    ) -> None:
        super().__init__(session)
        self._log = log
        self._most_requests = most_requests
        self._report_failure = fail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request. One whose body is late gets a 408."""
        body = _TimedBody(receive)
        await super().__call__(scope, body.receive, send)
        if body.is_late:
            await LATE(scope, receive, send)

    def _excess(self) -> Excess | None:
        if self._log.exchanges >= self._most_requests:
            sentence = f"The session has had {self._most_requests:,} requests, which is its quota."
            return Excess(sentence, {"requests": self._most_requests})
        return super()._excess()

    async def _process(self, request: ObservedRequest, scope: Scope, receive: Receive, send: Send) -> None:
        reached("before request")
        self._begin(request)
        reached("after request")
        if self._log.was_cut_off:
            # The connection of the world is lost as well.
            raise LostSessionError("the database was not available for a time")
        await super()._process(request, scope, receive, send)
        reached("after response")

    def _begin(self, request: ObservedRequest) -> None:
        recorder = self._session.recorder
        request.exchange_id = recorder.next_exchange_id()
        line = self._line(request, request.exchange_id, None, INTERRUPTED, None)
        self._log.begin_exchange(recorder.exchanges, self._session.cue_number, line)

    def _journal(self, request: ObservedRequest, reply: Reply | None, error: str | None, situation: str | None) -> str:
        if not request.exchange_id:  # its body did not come
            self._begin(request)
        return super()._journal(request, reply, error, situation)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, SQLAlchemyError | LostSessionError):
            self._report_failure(error)
        else:
            super()._fail(error)


class _TimedBody:
    """The body of a request, which ends as if the client had gone when it is late."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until = time.monotonic() + BODY_SECONDS
        self._is_complete = False
        self.is_late = False

    async def receive(self) -> Message:
        """Return the next message. After the body it waits as long as the connection is open."""
        if self._is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, min(PIECE_SECONDS, self._until - time.monotonic()))):
                message = await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._is_complete = not message.get("more_body", False)
        return message
