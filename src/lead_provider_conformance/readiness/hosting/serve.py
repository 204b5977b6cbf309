"""Serve hosted sessions until a signal arrives."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from typing import cast

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from lead_provider_conformance.readiness.hosting.app import HostedApplication
from lead_provider_conformance.readiness.hosting.config import HostConfig
from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.host import Host
from lead_provider_sandbox.control.serving import serving


def serve(config: HostConfig, listener: socket.socket, when_ready: Callable[[], None]) -> None:
    """Serve sessions on a listening socket until SIGTERM or SIGINT. Raise DatabaseError for an unusable store."""
    _allow_connections()
    database = Database(config.store)
    try:
        database.migrate()
        asyncio.run(_serve(Host(config, database), listener, when_ready))
    finally:
        database.close()


def application(host: Host) -> ASGIApp:
    """Return the application of a process, which believes `X-Forwarded-*` of trusted proxies."""
    app = ProxyHeadersMiddleware(HostedApplication(host), trusted_hosts=list(host.config.trusted))  # type: ignore[arg-type]
    return cast(ASGIApp, app)


async def _serve(host: Host, listener: socket.socket, when_ready: Callable[[], None]) -> None:
    await host.start()
    try:
        with _stopped() as stopped:
            async with serving(application(host), listener):
                when_ready()
                await stopped.wait()
                host.is_ready = False
    finally:
        await host.stop()


@contextlib.contextmanager
def _stopped() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT and SIGTERM set."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _allow_connections() -> None:
    """Raise the limit of open files, and so of connections, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
