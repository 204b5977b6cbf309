"""Hooks for methods that a path does not support."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.router import Route

Routing = Callable[[Gateway, str, str], Route | None]


@hook
def unsupported_methods_read(_: Any, original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
    """Treat a method that a path does not support as GET."""
    return original(gateway, method, path) or original(gateway, "GET", path)


@hook
def unsupported_methods_fail(
    argument: Any, original: Routing, gateway: Gateway, method: str, path: str
) -> Route | None:
    """Raise an error for a method that a path does not support, if it supports one of some methods."""
    route = original(gateway, method, path)
    if route is None and any(original(gateway, each, path) for each in argument):
        raise RuntimeError(f"{method} {path} is not supported")
    return route
