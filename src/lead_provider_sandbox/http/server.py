"""Serve applications on sockets until a signal arrives."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from email.utils import formatdate
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_sandbox.http.connection import InvalidInput, Numbers
from lead_provider_sandbox.http.protocol import HttpProtocol

OnInvalidInput = Callable[[InvalidInput], None]

_BACKLOG = 512

KEEP_ALIVE_SECONDS = 75
"""How long `serving` keeps idle connections: closing one just as a client reuses it would be an error of ours."""


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
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).rstrip(".")
        raise AddressError(f"cannot listen on {host} port {port}: {reason}") from error
    return listener


def serve(applications: Sequence[tuple[ASGIApp, socket.socket]], when_ready: Callable[[], None]) -> None:
    """Serve every application on its socket until SIGTERM or SIGINT."""
    asyncio.run(_serve(applications, when_ready))


@asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, *, on_invalid_input: OnInvalidInput | None = None
) -> AsyncIterator[None]:
    """Serve an application on a listening socket in the running event loop, until the block ends.

    Idle connections stay open for a while, as a client may pause between its requests. At the end, requests in
    progress have a second to finish, and the socket is closed. Call `on_invalid_input` when a client sends something
    that is no HTTP request.
    """
    config = _config(_dated(app), on_invalid_input)
    # Uvicorn would add its own to the Date header of an application whose clock differs from the machine's.
    config.date_header = False
    config.timeout_keep_alive = KEEP_ALIVE_SECONDS
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


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


def _config(app: ASGIApp, on_invalid_input: OnInvalidInput | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=partial(HttpProtocol, numbers=Numbers(), on_invalid_input=on_invalid_input),  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
        proxy_headers=False,
    )


def _dated(app: ASGIApp) -> ASGIApp:
    """Return the application with a Date header in every response that has none."""

    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if not any(name.lower() == b"date" for name, _ in headers):
                    headers.insert(0, (b"date", http_date(time.time())))
                    message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, send_dated)

    return dated


def http_date(timestamp: float) -> bytes:
    """Return the value of a Date header for a POSIX timestamp."""
    return formatdate(timestamp, usegmt=True).encode()
