"""Serve a stored session to its client: each request is in the journal before it is processed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Message, Receive, Scope, Send

from lead_provider_conformance.readiness.hosting.faultpoints import reached
from lead_provider_conformance.readiness.hosting.log import LostSessionError, SessionLog
from lead_provider_conformance.readiness.hosting.replay import INTERRUPTED
from lead_provider_conformance.readiness.observer import Observer
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.session import Session

BODY_SECONDS = 30.0
"""The timeout for each piece of a request's body."""


class StoredObserver(Observer):
    """An observer whose journal is in the database. `fail` is called when the session cannot go on in this process."""

    def __init__(
        self, session: Session, log: SessionLog, *, most_requests: int, fail: Callable[[Exception], None]
    ) -> None:
        super().__init__(session)
        self._log = log
        self._most_requests = most_requests
        self._report_failure = fail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request."""

        async def receive_in_time() -> Message:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    return await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}

        await super().__call__(scope, receive_in_time, send)

    def _excess(self) -> str | None:
        if self._log.exchanges >= self._most_requests:
            return f"The session has had {self._most_requests:,} requests, which is its quota, so it ended."
        return super()._excess()

    async def _process(self, request: ObservedRequest, scope: Scope, receive: Receive, send: Send) -> None:
        request.exchange_id = self._session.recorder.next_exchange_id()
        line = self._line(request, request.exchange_id, None, INTERRUPTED, None)
        reached("before request")
        self._log.begin_exchange(self._session.recorder.exchanges, self._session.cue_number, line)
        reached("after request")
        if self._log.was_cut_off:
            # The connection of the world is lost as well.
            raise LostSessionError("the database was not available for a time")
        await super()._process(request, scope, receive, send)
        reached("after response")

    def _fail(self, error: Exception) -> None:
        if isinstance(error, SQLAlchemyError | LostSessionError):
            self._report_failure(error)
        else:
            super()._fail(error)
