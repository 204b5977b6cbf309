"""The live page of a session: the act, its cue and tasks, the requests so far, and a button to go on."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from lead_provider_conformance.readiness.drive import Driver, PromptDriver, SelfDriver
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.session import Session

RECENT = 20
SECONDS_BETWEEN_UPDATES = 0.5
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


Handler = Callable[[Request, str], Awaitable[Response]]
"""Responds to a request. The text is the path of the page."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request of the client, for the page."""

    at: str
    method: str
    path: str
    status: int | None


class Page:
    """The page at a secret address of the server that the client uses."""

    template = "page.html.j2"
    token_hint = "Its token is in the terminal in which the session was started."  # noqa: S105 - no token
    lost_hint = (
        "The session has ended, or its server cannot be reached. The terminal shows the verdict, and the folder of the "
        "report."
    )

    def __init__(self, session: Session, acts: Sequence[tuple[str, str]], driver: Driver) -> None:
        """Show `acts`, by name and title, and let people go on if the driver waits for them."""
        self._session = session
        self._acts = acts
        self._driver = driver
        self._path = f"/session/{secrets.token_urlsafe(24)}"
        self._operations: Counter[str] = Counter()
        self._recent: deque[SeenRequest] = deque(maxlen=RECENT)
        self._finished: list[str] = []
        self._current = ""
        self._waiting: set[asyncio.Event] = set()
        self._templates = Environment(
            loader=PackageLoader("lead_provider_conformance.readiness", "page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        session.listeners.append(self._observe)
        session.changed.append(self._change)

    @property
    def address(self) -> str:
        """The page's URL."""
        return self._session.base_url + self._path

    def in_front_of(self, app: ASGIApp) -> ASGIApp:
        """Return an application that serves the page at its address, and passes every other request to `app`."""

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{self._path}/"):
                await self.serve(self._path, scope, receive, send)
            else:
                await app(scope, receive, send)

        return either

    @property
    def handlers(self) -> Mapping[str, Mapping[str, Handler]]:
        """The handlers by the path below the page's, and by method."""
        return {
            "": {"GET": self._show},
            "/events": {"GET": self._events},
            "/done": {"POST": self._done},
            "/tasks": {"GET": self._tasks},
            "/tasks.csv": {"GET": self._tasks_csv},
        }

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request at or below `path`, the path of the page."""
        request = Request(scope, receive)
        handlers = self.handlers.get(scope["path"][len(path) :])
        response: Response
        if handlers is None:
            response = PlainTextResponse("Not Found", 404, HEADERS)
        elif handler := handlers.get("GET" if request.method == "HEAD" else request.method):
            response = await handler(request, path)
        else:
            response = PlainTextResponse("Method Not Allowed", 405, {**HEADERS, "Allow": ", ".join(handlers)})
        await response(scope, receive, send)

    def _observe(self, request: ObservedRequest, reply: Reply | None) -> None:
        # Brackets are percent-encoded in most clients' queries, and hard to read.
        text = self._session.redactor.url(request.target).replace("%5B", "[").replace("%5D", "]")
        at = datetime.now(UTC).strftime("%H:%M:%S")
        self._operations[request.operation or "unknown path"] += 1
        self._recent.appendleft(SeenRequest(at, request.method, text, reply.status if reply else None))
        self._notify()

    def _change(self) -> None:
        act = self._session.act
        if self._current and act != self._current:
            self._finished.append(self._current)
        self._current = act
        self._notify()

    def _notify(self) -> None:
        for each in self._waiting:
            each.set()

    def _content(self, path: str) -> Mapping[str, Any]:
        session = self._session
        return {
            "session": session,
            "acts": [(name, title, self._state(name)) for name, title in self._acts],
            "tasks": [each.to_client() for each in session.tasks],
            "operations": self._operations.most_common(),
            "recent": list(self._recent),
            "path": path,
            "token_hint": self.token_hint,
            "lost_hint": self.lost_hint,
            "can_go_on": isinstance(self._driver, PromptDriver | SelfDriver) and bool(session.act),
            "is_over": not session.act and bool(self._finished),
        }

    def _state(self, act: str) -> str:
        if act == self._session.act:
            return "now"
        return "done" if act in self._finished else "to come"

    def _fragment(self, path: str) -> str:
        return self._templates.get_template("state.html.j2").render(self._content(path))

    async def _show(self, _: Request, path: str) -> Response:
        nonce = secrets.token_urlsafe(12)
        html = self._templates.get_template(self.template).render(self._content(path), nonce=nonce)
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": POLICY.format(nonce=nonce)})

    async def _events(self, _: Request, path: str) -> Response:
        return StreamingResponse(self._updates(path), media_type="text/event-stream", headers=HEADERS)

    async def _updates(self, path: str) -> AsyncIterator[str]:
        """Yield the state of the page as server-sent events: now, and after changes, at most twice a second."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            while True:
                changed.clear()
                data = self._fragment(path).replace("\n", "\ndata: ")
                yield f"data: {data}\n\n"
                await changed.wait()
                await pause(SECONDS_BETWEEN_UPDATES)  # a busy client does not make the page busy
        finally:
            self._waiting.discard(changed)

    async def _done(self, request: Request, path: str) -> Response:
        """End the current cue, unless the button was that of an earlier one: a double click ends only one."""
        is_current = request.query_params.get("cue") == str(self._session.cue_number)
        if is_current and isinstance(self._driver, PromptDriver | SelfDriver):
            self._driver.done.set()
        return RedirectResponse(path, 303, HEADERS)

    async def _tasks(self, _: Request, _path: str) -> Response:
        return JSONResponse(self._session.task_file(), headers=HEADERS)

    async def _tasks_csv(self, _: Request, _path: str) -> Response:
        tasks = [each.to_client() for each in self._session.tasks]
        columns = list(dict.fromkeys(name for task in tasks for name in task)) or ["id", "do"]
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(tasks)
        disposition = f'attachment; filename="tasks-{self._session.act or "none"}.csv"'
        return Response(text.getvalue(), media_type="text/csv", headers={**HEADERS, "Content-Disposition": disposition})


async def pause(seconds: float) -> None:
    """Wait for some seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
