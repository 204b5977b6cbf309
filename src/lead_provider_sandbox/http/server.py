"""Serving an application on a socket until told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from lead_provider_sandbox.http.protocol import Connection

_BACKLOG = 512


class AddressError(Exception):
    """The address cannot be listened on; the message says which and why."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on an address; port 0 takes a free one. Raises `AddressError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; without it every answer waits for an ACK.
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
    """Serve every application on its socket until SIGTERM or SIGINT, then stop promptly."""
    asyncio.run(_serve(applications, when_ready))


class _Server(uvicorn.Server):
    """A server that says when it answers, and leaves signals to us."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise a signal again when it has stopped, and the process would end without cleaning up."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()


async def _serve(applications: Sequence[tuple[ASGIApp, socket.socket]], when_ready: Callable[[], None]) -> None:
    waiting = len(applications)

    def one_ready() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0:
            when_ready()

    servers = [
        (
            _Server(
                uvicorn.Config(
                    app,
                    http=Connection,
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                    server_header=False,
                    timeout_graceful_shutdown=1,
                    ws="none",
                    proxy_headers=False,
                ),
                one_ready,
            ),
            listener,
        )
        for app, listener in applications
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, [server for server, _ in servers])
    await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in servers))


def _stop(servers: Sequence[uvicorn.Server]) -> None:
    for server in servers:
        server.should_exit = True
