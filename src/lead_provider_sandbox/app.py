"""The sandbox as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lead_provider_sandbox.api.answers import Answer
from lead_provider_sandbox.api.gateway import NOT_FOUND, Gateway, as_response
from lead_provider_sandbox.api.operations import OPERATIONS, Operation


def application(gateway: Gateway) -> Starlette:
    """Every operation, and `GET /healthcheck`; anything else is 404 (behaviour ERR-404-UNKNOWN-ROUTE)."""
    routes = [Route("/healthcheck", _healthcheck, methods=["GET"])]
    routes += [Route(each.path, _endpoint(gateway, each), methods=[each.method]) for each in OPERATIONS]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _nothing_here})
    app.router.redirect_slashes = False
    return app


def _endpoint(gateway: Gateway, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gateway.answer(operation, request)

    return endpoint


async def _healthcheck(_: Request) -> Response:
    return as_response(Answer(200, {"status": "ok"}, media_type="application/json"))


async def _nothing_here(_request: Request, _error: Exception) -> Response:
    """A wrong method is an unknown path here, as it is in the observed service."""
    return as_response(NOT_FOUND)
