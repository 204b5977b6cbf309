"""Hooks for writes that overlap: two clients send them at the same time, and the later one does not see the earlier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.conditions import ignoring
from lead_provider_sandbox.faults.hooks.writes import fails, rolled_back
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.store.store import Store

Handler = Callable[[ApiRequest], Response]


@dataclass(frozen=True, slots=True)
class _Write:
    """A write: the number of its connection, and that of the newest connection at that time."""

    connection: int
    newest: int


_LATEST: WeakKeyDictionary[Store, _Write] = WeakKeyDictionary()
"""The latest write to each store by an operation with such a hook."""


def _when_overlapping(replacement: Hook) -> Hook:
    """Apply a replacement to a write only if it overlaps with the latest one.

    It does if its connection was open when the latest write was done on another one, and brings its first request.
    """

    @hook
    def replaced(argument: Any, original: Handler, request: ApiRequest) -> Response:
        connection, latest = request.connection, _LATEST.get(request.store)
        if connection is None:
            return original(request)
        is_other = latest is not None and latest.connection != connection.number <= latest.newest
        try:
            if is_other and connection.is_first:
                return replacement(argument)(original, request)  # type: ignore[no-any-return]
            return original(request)
        finally:
            _LATEST[request.store] = _Write(connection.number, connection.newest())

    return replaced


@hook
def _unlocked(argument: Mapping[str, Any], original: Handler, request: ApiRequest) -> Response:
    blind: Any = _Blind(request.store, argument["blind"]) if "blind" in argument else request.store
    return original(ignoring(replace(request, store=blind), argument.get("ignoring", ())))


unlocked_when_overlapping = _when_overlapping(_unlocked)
lost_when_overlapping = _when_overlapping(rolled_back)
fails_when_overlapping = _when_overlapping(fails)


class _Blind:
    """A store in which one query, such as `partnerships.of_school`, finds nothing."""

    def __init__(self, store: Any, query: str) -> None:
        self._store = store
        self._name, _, self._rest = query.partition(".")

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name != self._name:
            return found
        return _Blind(found, self._rest) if self._rest else lambda *_: ()
