"""Find the operation for a method and a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from lead_provider_sandbox.http.request import Operation
from lead_provider_sandbox.parts import Replaceable, part

Route = tuple[Operation, dict[str, str]]
"""An operation with the ids in the path, in the form of the store."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


Routes = tuple[tuple[re.Pattern[str], Operation], ...]
"""The operations of a service, each with the pattern of its path."""


class Routed(Replaceable, Protocol):
    """A gateway with its routes."""

    @property
    def routes(self) -> Routes: ...


def routes_of(operations: Iterable[Operation]) -> Routes:
    """Return the routes; of two patterns that match a path, the one with more literal segments comes first."""
    patterns = ((re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]*)", each.path)), each) for each in operations)
    return tuple(sorted(patterns, key=lambda each: each[0].groups))


@part("gateway.route")
def find_route(gateway: Routed, method: str, path: str) -> Route | None:
    """Return the operation for a request with the ids in its path, or None.

    A slash or `.json` at the end of a path is ignored (behaviour HDR-JSON-SUFFIX). HEAD is treated as GET.
    """
    method = "GET" if method == "HEAD" else method
    path = path.removesuffix("/").removesuffix(".json")
    for pattern, operation in gateway.routes:
        match = pattern.fullmatch(path) if method == operation.method else None
        if match:
            return operation, {name: _stored_id(value) for name, value in match.groupdict().items()}
    return None


def _stored_id(value: str) -> str:
    """Return an id in lower case; a malformed id becomes unknown (behaviour ERR-404-MALFORMED-UUID)."""
    return value.lower() if _UUID.fullmatch(value.lower()) else _UNKNOWN_ID
