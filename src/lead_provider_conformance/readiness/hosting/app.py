"""The one application of a hosting process: the API, the providers' pages, the control interface, and the probes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.hosting import pages
from lead_provider_conformance.readiness.hosting.control import control_application
from lead_provider_conformance.readiness.hosting.forward import UnreachableError, as_sent, forward, is_forwarded
from lead_provider_conformance.readiness.hosting.host import Host, OtherOwner
from lead_provider_conformance.readiness.hosting.live import LiveSession
from lead_provider_conformance.readiness.hosting.log import LostSessionError
from lead_provider_conformance.readiness.hosting.logs import log_event
from lead_provider_conformance.readiness.hosting.metrics import CONTENT_TYPE
from lead_provider_conformance.readiness.hosting.quotas import Rates
from lead_provider_conformance.readiness.hosting.refusals import Refusals
from lead_provider_conformance.readiness.hosting.secrets import TOKEN_PREFIX, hashed, looks_live, token_in
from lead_provider_conformance.readiness.hosting.sessions import SERVICE, StoredSession
from lead_provider_conformance.readiness.hosting.turns import Turns
from lead_provider_conformance.readiness.hosting.unavailable import UNAVAILABLE, unavailable
from lead_provider_sandbox.control.serving import connection_of

LARGEST_BODY = 2 * 1024 * 1024
"""The largest Content-Length. The API itself refuses bodies of more than 1 MiB with its own response."""
CACHED_TOKENS = 5_000
MOST_UNANSWERED = 5
"""The most requests without a response on a connection. A client that sends more does not wait, so it is a flood."""
SECONDS_BETWEEN_NOTES = 60.0
NO_HEADERS: Mapping[str, str] = {}
DENIED = '{"error":"HTTP Token: Access denied"}'
NOT_OURS = (
    "The token is not one of this readiness service, and was not stored. If it is a token of the live service, ask DfE "
    "to replace it, because it was sent to another service."
)


class HostedApplication:
    """Dispatch requests by their path, and those of the API by their token."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._rates = Rates(time.monotonic)
        self._turns = Turns()
        self._refusals = Refusals(host.config.refusal_seconds)
        self._control = control_application(host)
        self._ids: dict[str, str] = {}
        self._foreign, self._foreign_again = 0, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process a request."""
        if scope["type"] != "http":
            return
        kind, begin, status = _kind(scope["path"]), time.perf_counter(), 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._dispatch(kind, scope, receive, send_noted)
        except UNAVAILABLE as error:
            log_event("unavailable", kind=kind, problem=describe(error))
            if not status:
                await unavailable(error, as_json=kind == "control")(scope, receive, send_noted)
        finally:
            metrics = self._host.metrics
            metrics.requests.labels(kind, f"{status // 100}xx" if status else "none").inc()
            if kind == "api":
                metrics.seconds.labels(kind).observe(time.perf_counter() - begin)

    async def _dispatch(self, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        match kind:
            case "probe":
                await self._probe(scope["path"])(scope, receive, send)
            case "control":
                await self._control(scope, receive, send)
            case "page":
                await self._page(scope, receive, send)
            case _:
                await self._api(scope, receive, send)

    def _probe(self, path: str) -> Response:
        if path == "/healthz":
            return JSONResponse({"status": "ok"})
        if path == "/readyz":
            return JSONResponse({"ready": self._host.is_ready}, 200 if self._host.is_ready else 503)
        self._host.metrics.open_sessions.set(len(self._host.live))
        return Response(self._host.metrics.text(), media_type=CONTENT_TYPE)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if wait := self._rates.wait(f"page {_address(scope)}", self._host.config.quotas.requests_per_second):
            await self._refuse(_address(scope), self._refused("page-rate", wait), scope, receive, send)
            return
        secret = scope["path"].split("/")[2]
        stored = self._host.store.by_page(hashed(secret)) if secret else None
        if stored is None:
            await pages.not_found()(scope, receive, send)
        elif stored.is_over:
            response = pages.ended(scope, stored, self._host.store.report(stored.id))
            await response(scope, receive, send)
        else:
            live = await self._opened(stored, scope, receive, send)
            if live is not None:
                live.used_at = time.monotonic()
                await self._turns.wait(live.share)
                await live.page.serve(f"/s/{secret}", scope, receive, send)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        token = token_in(headers.get(b"authorization", b"").decode("latin-1"))
        stored = self._session_of(token) if token and token.startswith(TOKEN_PREFIX) else None
        response = self._refusal(scope, headers, token, stored)
        if response is not None:
            await self._refuse(stored.id if stored else _address(scope), response, scope, receive, send)
            return
        assert stored is not None
        assert token is not None
        live = await self._opened(stored, scope, receive, send)
        if live is None:
            return
        if response := self._session_refusal(live):
            live.refused += 1
            await self._refuse(live.id, response, scope, receive, send)
            return
        live.accept(token)
        live.in_flight += 1
        live.used_at, live.last_request_at = time.monotonic(), time.time()
        try:
            await self._turns.wait(live.share)
            await live.observer(as_sent(scope), receive, send)
        finally:
            live.in_flight -= 1
        if live.failure:
            raise LostSessionError(live.id) from live.failure

    async def _refuse(self, key: str, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a refusal of a session or an address; one of too many requests after a pause."""
        if response.status_code == 429:
            await self._refusals.send(key, response, scope, receive, send)
        else:
            await response(scope, receive, send)

    def _refusal(
        self, scope: Scope, headers: Mapping[bytes, bytes], token: str | None, stored: StoredSession | None
    ) -> Response | None:
        """Return the response to a request that no session gets, or None."""
        config = self._host.config
        connection = connection_of(scope)
        if connection is not None and connection.unanswered() > MOST_UNANSWERED:
            return self._refused("pipelined", 1, {"Connection": "close"})
        if stored is None:
            if wait := self._rates.wait(_address(scope), config.requests_per_second_without_token):
                return self._refused("rate-without-token", wait)
            return self._denied(token)
        if wait := self._rates.wait(stored.id, stored.requests_per_second):
            if live := self._host.live.get(stored.id):
                live.refused += 1
            return self._refused("rate", wait)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > LARGEST_BODY:
            self._host.metrics.refused.labels("body").inc()
            return PlainTextResponse("The body is larger than 2 MiB.\n", 413, {"Connection": "close"})
        return self._denied(None) if stored.is_over else None

    def _session_refusal(self, live: LiveSession) -> Response | None:
        if live.paused:
            self._host.metrics.refused.labels("paused").inc()
            message = "The session is paused; resume it on its page.\n"
            return PlainTextResponse(message, 503, {"Retry-After": "60"})
        if live.in_flight >= self._host.config.most_in_flight:
            return self._refused("in-flight", 1)
        return None

    def _refused(self, reason: str, wait: int, headers: Mapping[str, str] = NO_HEADERS) -> Response:
        self._host.metrics.refused.labels(reason).inc()
        return PlainTextResponse("Retry later\n", 429, {"Retry-After": str(wait), **headers})

    def _denied(self, token: str | None) -> Response:
        headers = {"WWW-Authenticate": "Token"}
        if token and looks_live(token):
            headers["X-Readiness-Problem"] = NOT_OURS
            self._host.metrics.refused.labels("foreign-token").inc()
            self._note_foreign()
        else:
            self._host.metrics.refused.labels("token").inc()
        return Response(DENIED, 401, headers, media_type="application/json; charset=utf-8")

    def _note_foreign(self) -> None:
        """Note tokens of other services in the audit log, which stays for ever: their number, once a minute."""
        self._foreign += 1
        if time.monotonic() >= self._foreign_again:
            self._host.store.note(time.time(), SERVICE, "foreign-token", None, f"{self._foreign} since the last entry")
            log_event("foreign-token", number=self._foreign)
            self._foreign, self._foreign_again = 0, time.monotonic() + SECONDS_BETWEEN_NOTES

    def _session_of(self, token: str) -> StoredSession | None:
        """Return the session of a token; from memory if it is open here, as the database is asked for any other."""
        token_hash = hashed(token)
        live = self._host.live.get(self._ids.get(token_hash, ""))
        if live is not None:
            return live.stored
        stored = self._host.store.by_token(token_hash)
        if stored is not None:
            if len(self._ids) >= CACHED_TOKENS:
                self._ids.clear()
            self._ids[token_hash] = stored.id
        return stored

    async def _opened(self, stored: StoredSession, scope: Scope, receive: Receive, send: Send) -> LiveSession | None:
        """Return the open session, or respond: by the process that has it open, or with a 503."""
        opened = await self._host.opened(stored)
        if not isinstance(opened, OtherOwner):
            return opened
        await self.forward_to_owner(opened, scope, receive, send)
        return None

    async def forward_to_owner(self, found: OtherOwner, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the process that has a session respond."""
        if found.address is None or is_forwarded(scope):
            await unavailable()(scope, receive, send)
            return
        self._host.metrics.forwarded.inc()
        try:
            await forward(found.address, scope, receive, send)
        except UnreachableError:
            await unavailable()(scope, receive, send)


def _kind(path: str) -> str:
    if path in ("/healthz", "/readyz", "/metrics"):
        return "probe"
    if path.startswith("/control/"):
        return "control"
    return "page" if path.startswith("/s/") else "api"


def _address(scope: Scope) -> str:
    client: Any = scope.get("client")
    return str(client[0]) if client else ""
