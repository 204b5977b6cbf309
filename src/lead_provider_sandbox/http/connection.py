"""A client's connection, as an application sees it in the ASGI scope of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

EXTENSION = "lead-provider-sandbox"
"""The name of the ASGI extension that holds the connection."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection of a request.

    `number` counts the connections of a server from 1. `reset` discards unsent bytes and sends a RST. `close` sends
    what the application has sent so far, and closes, even within a body. Neither is an error of the application,
    which may return without completing its response. `is_open` returns whether the client can still get bytes.
    """

    number: int
    reset: Callable[[], None]
    close: Callable[[], None]
    is_open: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """Input that is no HTTP request: the number of the connection, the reason and the input's first bytes."""

    connection: int
    reason: str
    start: bytes


def connection_of(scope: Scope) -> Connection | None:
    """Return the connection of a request, or None if the server is not the sandbox's own."""
    connection = scope.get("extensions", {}).get(EXTENSION, {}).get("connection")
    return connection if isinstance(connection, Connection) else None
