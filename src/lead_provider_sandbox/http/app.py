"""The sandbox as an ASGI application: the API, pages for people and the health check."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.pages import reference_page, start_page
from lead_provider_sandbox.http.responses import not_found


def application(gateway: Gateway, named_tokens: Sequence[tuple[str, str]], faults: Sequence[str]) -> ASGIApp:
    """Return the application; the gateway handles paths under `/api/`."""

    async def start(request: Request) -> Response:
        return HTMLResponse(start_page(gateway, named_tokens, faults, str(request.base_url).rstrip("/")))

    async def reference(request: Request) -> Response:
        version, versions = request.path_params["version"], gateway.service.references
        if version not in versions:
            raise HTTPException(404)
        return HTMLResponse(reference_page(version, versions))

    pages = Starlette(
        routes=[
            Route("/", start, methods=["GET"]),
            Route("/reference/{version}", reference, methods=["GET"]),
            Route("/healthcheck", _healthcheck, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _not_found},
    )

    return _below_api(gateway, pages)


def api_application(gateway: Gateway) -> ASGIApp:
    """Return the application without the pages, which show tokens: the API and the health check."""
    health = Starlette(
        routes=[Route("/healthcheck", _healthcheck, methods=["GET"])], exception_handlers={HTTPException: _not_found}
    )
    return _below_api(gateway, health)


def _below_api(gateway: Gateway, other_paths: ASGIApp) -> ASGIApp:
    """Return an application in which the gateway handles paths under `/api/`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await gateway(scope, receive, send)
        else:
            await other_paths(scope, receive, send)

    return app


async def _healthcheck(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _not_found(_request: Request, _error: Exception) -> Response:
    response = not_found().response
    return JSONResponse(response.document, response.status, media_type=response.media_type)
