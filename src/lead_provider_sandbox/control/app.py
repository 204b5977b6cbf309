"""The control interface as an ASGI application; `docs/provisioning.md` defines its calls."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.records import UnknownStateError, states_of
from lead_provider_sandbox.control.registration import NoSuchParticipantError, finish_registration
from lead_provider_sandbox.domain.clock import format_instant, parse_instant
from lead_provider_sandbox.sandbox import Sandbox

_LARGEST_BODY = 64 * 1024


class _WrongCallError(Exception):
    """The call is invalid; the message says why."""


def provisioning(sandbox: Sandbox) -> Starlette:
    """Return the application: create records, finish registrations, reset, list states, and read or set the clock."""

    async def states(_: Request) -> Response:
        providers = [name for name, _ in sandbox.named_tokens]
        return JSONResponse({"states": sorted(states_of(sandbox.service.name)), "lead_providers": providers})

    async def records(request: Request) -> Response:
        body = await _document(request)
        state = body.get("state")
        if not isinstance(state, str):
            raise _WrongCallError('"state" must name a state')
        provider = _position(body.get("lead_provider", 1), len(sandbox.providers))
        now = sandbox.gateway.clock.now()
        return JSONResponse(create(sandbox, sandbox.providers[provider - 1], state, now), 201)

    async def registrations(request: Request) -> Response:
        body = await _document(request)
        participant_id = request.path_params["participant_id"].lower()
        trn = finish_registration(
            sandbox,
            participant_id,
            trn=_optional_text(body, "teacher_reference_number"),
            email=_optional_text(body, "email"),
            eligible=body.get("eligible_for_funding", True) is True,
        )
        return JSONResponse({"participant_id": participant_id, "teacher_reference_number": trn})

    async def reset(_: Request) -> Response:
        sandbox.reset()
        return Response(status_code=204)

    async def clock(request: Request) -> Response:
        if request.method == "PUT":
            text = (await _document(request)).get("now")
            moment = parse_instant(text) if isinstance(text, str) else None
            if text is not None and moment is None:
                raise _WrongCallError('"now" must be an RFC 3339 date-time, or null for the machine\'s clock')
            sandbox.gateway.clock.set_to = moment
        return JSONResponse({"now": format_instant(sandbox.gateway.clock.now())})

    return Starlette(
        routes=[
            Route("/provisioning", states),
            Route("/provisioning/records", records, methods=["POST"]),
            Route("/provisioning/registrations/{participant_id}", registrations, methods=["POST"]),
            Route("/provisioning/reset", reset, methods=["POST"]),
            Route("/provisioning/clock", clock, methods=["GET", "PUT"]),
        ],
        exception_handlers={HTTPException: _no_such_call, **dict.fromkeys(_STATUSES, _refuse)},
    )


_STATUSES: dict[Any, int] = {NoSuchParticipantError: 404, UnknownStateError: 422, _WrongCallError: 422}


async def _refuse(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, _STATUSES[type(error)])


async def _document(request: Request) -> dict[str, Any]:
    try:
        body = await request.body()
    except ClientDisconnect as gone:
        raise _WrongCallError("the body is incomplete") from gone
    if len(body) > _LARGEST_BODY:
        raise _WrongCallError("the body is larger than 64 KiB")
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise _WrongCallError("the body is not JSON") from error
    if not isinstance(document, dict):
        raise _WrongCallError("the body must be a JSON object")
    return document


def _position(value: Any, providers: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= providers:
        raise _WrongCallError(
            f'"lead_provider" must be a number from 1 to {providers}: the token\'s place in the target'
        )
    return value


def _optional_text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not (isinstance(value, str) and value.isprintable() and len(value) <= 200):
        raise _WrongCallError(f'"{name}" must be text of at most 200 characters')
    return value


async def _no_such_call(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "there is no such call; GET /provisioning lists states"}, 404)
