"""Serve applications on sockets until a signal arrives."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from lead_provider_sandbox.http.protocol import HttpProtocol

_BACKLOG = 512


class AddressError(Exception):
    """Listening on the address fails; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 picks a free one. Raise `AddressError` on failure."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With an explicit protocol, asyncio disables Nagle's algorithm, which would delay every response.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AddressError(f"cannot listen on {host} port {port}: {reason}") from error
    return listener


def serve(applications: Sequence[tuple[ASGIApp, socket.socket]], when_ready: Callable[[], None]) -> None:
    """Serve every application on its socket until SIGTERM or SIGINT."""
    asyncio.run(_serve(applications, when_ready))


class _Server(uvicorn.Server):
    """A server that does not handle signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: Uvicorn would raise the signal again after stopping, and skip the clean-up."""
        yield


async def _serve(applications: Sequence[tuple[ASGIApp, socket.socket]], when_ready: Callable[[], None]) -> None:
    servers = [_Server(_config(app)) for app, _ in applications]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    # The sockets listen already, so connections wait until their server accepts them.
    when_ready()
    await asyncio.gather(
        *(server.serve(sockets=[listener]) for server, (_, listener) in zip(servers, applications, strict=True))
    )


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
        proxy_headers=False,
    )
