"""A client's connection, as an application sees it in the ASGI scope of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

EXTENSION = "lead-provider-sandbox"
"""The name of the ASGI extension that holds the connection."""


class Numbers:
    """The numbers of the connections of a server, from 1; `latest` is that of the newest one."""

    def __init__(self) -> None:
        self.latest = 0

    def next(self) -> int:
        """Return the number of a new connection."""
        self.latest += 1
        return self.latest


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection of a request.

    `number` counts the connections of a server from 1. `reset` discards unsent bytes and sends a RST. `close` sends
    what the application has sent so far, and closes, even within a body. Neither is an error of the application,
    which may return without completing its response. `is_open` returns whether the client can still get bytes.
    `is_first` is true for the first request of a connection. `unanswered` returns the number of its requests without a
    complete response, this one and those that came after it. `newest` returns the number of the newest connection.
    """

    number: int
    reset: Callable[[], None]
    close: Callable[[], None]
    is_open: Callable[[], bool]
    is_first: bool
    unanswered: Callable[[], int]
    newest: Callable[[], int]


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
