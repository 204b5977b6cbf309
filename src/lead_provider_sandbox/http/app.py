"""The sandbox as an ASGI application: the API, and the pages for people and machines around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lead_provider_sandbox.http.reference import VERSIONS, reference_page
from lead_provider_sandbox.http.start_page import start_page

if TYPE_CHECKING:
    from lead_provider_sandbox.sandbox import Sandbox


def application(sandbox: Sandbox) -> ASGIApp:
    """Everything under `/api/` is the gateway's; the rest is for people, or `GET /healthcheck`, or 404."""

    async def start(request: Request) -> Response:
        return HTMLResponse(start_page(sandbox, str(request.base_url).rstrip("/")))

    pages = Starlette(
        routes=[
            Route("/", start, methods=["GET"]),
            Route("/reference/{version}", _reference, methods=["GET"]),
            Route("/healthcheck", _healthcheck, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _nothing_here},
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await sandbox.gateway(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


async def _healthcheck(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _reference(request: Request) -> Response:
    version = request.path_params["version"]
    if version not in VERSIONS:
        raise HTTPException(404)
    return HTMLResponse(reference_page(version))


async def _nothing_here(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "Resource not Found"}, 404, media_type="application/vnd.api+json")
