"""The control interface for the operator: make, list, extend, end, export and delete sessions."""

from __future__ import annotations

import csv
import hmac
import io
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lead_provider_conformance.config.profile import EDITION
from lead_provider_conformance.model import Ending, UsageError
from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.hosting.catalogue import check_profile
from lead_provider_conformance.readiness.hosting.forward import UnreachableError, forward, is_forwarded
from lead_provider_conformance.readiness.hosting.host import Host, OtherOwner
from lead_provider_conformance.readiness.hosting.logs import log_event
from lead_provider_conformance.readiness.hosting.overview import overview_rows
from lead_provider_conformance.readiness.hosting.page import package
from lead_provider_conformance.readiness.hosting.quotas import Quotas
from lead_provider_conformance.readiness.hosting.secrets import token_in
from lead_provider_conformance.readiness.hosting.sessions import OPERATOR, StoredSession
from lead_provider_conformance.readiness.hosting.unavailable import UNAVAILABLE, unavailable

LARGEST_BODY = 256 * 1024
LONGEST_NAME = 200
LARGEST_NUMBER = 10**12
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
NUMBERS = {"days": float, "largest_bytes": int, "most_requests": int, "requests_per_second": float}
"""The quotas that a call may set, all of them more than 0."""
Handler = Callable[[Request], Awaitable[Response]]


class WrongCallError(UsageError):
    """The call is invalid; the message says why."""


def control_application(host: Host) -> ASGIApp:
    """Return the application below `/control/`, which only the operator's token opens."""
    control = _Control(host)
    one = "/control/sessions/{session_id}"
    sessions = Starlette(
        routes=[
            Route("/control/sessions", control.list, methods=["GET"]),
            Route("/control/sessions", control.create, methods=["POST"]),
            Route("/control/overview.csv", control.overview, methods=["GET"]),
            Route("/control/audit", control.audit, methods=["GET"]),
            Route(one, control.show, methods=["GET"]),
            Route(one, control.delete, methods=["DELETE"]),
            Route(f"{one}/extend", control.extend, methods=["POST"]),
            Route(f"{one}/end", control.end, methods=["POST"]),
            Route(f"{one}/export", control.export, methods=["GET"]),
        ],
        exception_handlers={
            UsageError: _wrong,
            HTTPException: _no_such_call,
            **dict.fromkeys(UNAVAILABLE, _unavailable),
        },
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        token = token_in(dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")) or ""
        if not hmac.compare_digest(token.encode(), host.config.control_token.encode()):
            await _json({"error": "the control token is wrong or missing"}, 401)(scope, receive, send)
        elif (found := await control.other_owner(scope)) is not None:
            await _forwarded(found, scope, receive, send)
        else:
            await sessions(scope, receive, send)

    return guarded


async def _forwarded(found: OtherOwner, scope: Scope, receive: Receive, send: Send) -> None:
    if found.address is not None and not is_forwarded(scope):
        try:
            await forward(found.address, scope, receive, send)
        except UnreachableError:
            pass
        else:
            return
    await _json({"error": "the session is busy in another process; retry later"}, 503)(scope, receive, send)


class _Control:
    """The calls of the control interface."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._store = host.store

    async def other_owner(self, scope: Scope) -> OtherOwner | None:
        """Return the process that has the session of a changing call open, if it is another one."""
        parts = scope["path"].split("/")
        if scope["method"] == "GET" or len(parts) < 4:
            return None
        stored = self._store.get(parts[3])
        if stored is None or stored.is_over:
            return None
        opened = await self._host.opened(stored)
        return opened if isinstance(opened, OtherOwner) else None

    async def create(self, request: Request) -> Response:
        body = await _document(request)
        profile = _profile(body)
        name = _text(body, "name") or profile.get("name") or "client"
        profile = {**profile, "name": name}
        check_profile(orjson.dumps(profile).decode())
        numbers = _numbers(body)
        days = numbers.pop("days", self._host.config.days)
        defaults = self._host.config.quotas
        quotas = Quotas(
            largest_bytes=int(numbers.get("largest_bytes", defaults.largest_bytes)),
            most_requests=int(numbers.get("most_requests", defaults.most_requests)),
            requests_per_second=numbers.get("requests_per_second", defaults.requests_per_second),
        )
        session_id, made = self._store.create(
            name=name, profile=orjson.dumps(profile).decode(), days=days, quotas=quotas, now=time.time(),
            seed=_seed(body),
        )  # fmt: skip
        stored = self._found(session_id)
        url = self._host.config.public_url
        secrets = {"address": url, "token": made.token, "page": f"{url}/s/{made.page}"}
        return _json({**_described(stored), **secrets}, 201)

    async def list(self, _: Request) -> Response:
        return _json({"sessions": [_described(each) for each in self._store.all()]})

    async def show(self, request: Request) -> Response:
        stored = self._requested(request)
        report = self._store.report(stored.id)
        verdict = orjson.loads(report.verdict) if report else None
        return _json({**_described(stored), "verdict": verdict, "audit": self._store.audited(stored.id)})

    async def extend(self, request: Request) -> Response:
        stored = self._requested(request)
        _check_open(stored)
        numbers = _numbers(await _document(request))
        if not numbers:
            raise WrongCallError(f"give at least one of {', '.join(NUMBERS)}")
        if "days" in numbers:
            numbers["expires_at"] = max(stored.expires_at, time.time()) + numbers.pop("days") * 86_400
        self._store.update(stored.id, **numbers)
        self._store.note(time.time(), OPERATOR, "extend", stored.id, ", ".join(sorted(numbers)))
        self._host.changed(stored.id)
        return _json(_described(self._found(stored.id)))

    async def end(self, request: Request) -> Response:
        stored = self._requested(request)
        _check_open(stored)
        self._store.note(time.time(), OPERATOR, "end", stored.id)
        await self._host.end(stored.id, Ending.INTERRUPTED, "The operator ended the session.")
        return _json(_described(self._found(stored.id)))

    async def export(self, request: Request) -> Response:
        stored = self._requested(request)
        if not stored.is_over or self._store.report(stored.id) is None:
            await self._host.judge(stored.id)
        self._store.note(time.time(), OPERATOR, "export", stored.id)
        return package(self._store.report(stored.id))

    async def delete(self, request: Request) -> Response:
        stored = self._requested(request)
        await self._host.delete(stored.id)
        self._store.note(time.time(), OPERATOR, "delete", stored.id)
        return Response(status_code=204, headers=HEADERS)

    async def overview(self, _: Request) -> Response:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows(overview_rows(self._store))
        disposition = 'attachment; filename="readiness.csv"'
        return Response(text.getvalue(), media_type="text/csv", headers={**HEADERS, "Content-Disposition": disposition})

    async def audit(self, _: Request) -> Response:
        return _json({"entries": self._store.audited()})

    def _requested(self, request: Request) -> StoredSession:
        return self._found(request.path_params["session_id"])

    def _found(self, session_id: str) -> StoredSession:
        stored = self._store.get(session_id)
        if stored is None:
            raise HTTPException(404)
        return stored


def _check_open(stored: StoredSession) -> None:
    if stored.is_over:
        raise WrongCallError("the session is over")


def _described(stored: StoredSession) -> dict[str, Any]:
    """Return a session as the operator sees it. It has no secret."""
    return {
        "id": stored.id,
        "name": stored.name,
        "state": stored.ending or ("paused" if stored.paused else "open"),
        "act": stored.act or None,
        "created_at": _instant(stored.created_at),
        "expires_at": _instant(stored.expires_at),
        "ended_at": _instant(stored.ended_at),
        "last_request_at": _instant(stored.last_request_at),
        "requests": stored.requests,
        "bytes": stored.bytes,
        "refused": stored.refused,
        "problem": stored.problem,
        "quotas": {
            "largest_bytes": stored.largest_bytes,
            "most_requests": stored.most_requests,
            "requests_per_second": stored.requests_per_second,
        },
    }


def _instant(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")[:19] + "Z"


def _profile(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the profile of a new session: the given one, or one of the programme alone."""
    profile = body.get("profile")
    if profile is None:
        return {"programme": body.get("programme", "ecf"), "edition": body.get("edition", EDITION), "drive": "prompt"}
    if not isinstance(profile, dict):
        raise WrongCallError('"profile" must be an object')
    if "command" in profile or profile.get("drive") == "command":
        raise WrongCallError("a hosted session runs no command; set `drive` to prompt or self")
    return profile


async def _document(request: Request) -> Mapping[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise WrongCallError("the body is larger than 256 KiB")
    try:
        document = orjson.loads(bytes(body) or b"{}")
    except ValueError:
        raise WrongCallError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise WrongCallError("the body must be a JSON object")
    return document


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not (isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_NAME):
        raise WrongCallError(f'"{name}" must be text of at most {LONGEST_NAME} characters')
    return value


def _numbers(body: Mapping[str, Any]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, kind in NUMBERS.items():
        value = body.get(name)
        if value is None:
            continue
        allowed = (int, float) if kind is float else (int,)
        if isinstance(value, bool) or not isinstance(value, allowed) or not 0 < value < LARGEST_NUMBER:
            raise WrongCallError(f'"{name}" must be a number of more than 0')
        numbers[name] = value
    return numbers


def _seed(body: Mapping[str, Any]) -> int | None:
    seed = body.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31):
        raise WrongCallError('"seed" must be a number from 0 to 2147483647')
    return seed


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, HEADERS)


async def _wrong(_: Request, error: Exception) -> Response:
    return _json({"error": str(error)}, 422)


async def _unavailable(_: Request, error: Exception) -> Response:
    log_event("unavailable", kind="control", problem=describe(error))
    return unavailable(error, as_json=True)


async def _no_such_call(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _json({"error": "there is no such session or call"}, status)
