"""Hooks for routing: other paths, suffixes, and methods that a path does not support."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.http.router import Route

_Find = Callable[[Gateway, str, str], Route | None]


@hook
def unknown_path_routed_to(argument: Any, original: _Find, gateway: Gateway, method: str, path: str) -> Route | None:
    """Route unknown paths to another path of the same version."""
    version = "/".join(path.split("/")[:3])
    return original(gateway, method, path) or original(gateway, method, f"{version}/{argument}")


@hook
def page_unless_json_accepted(_: Any, original: Callable[..., Response], gateway: Gateway, accept: str) -> Response:
    """Return an HTML page to a client that does not ask for JSON."""
    if "json" in accept:
        return original(gateway, accept)
    return Response(404, text="<html><body>Not found</body></html>", media_type="text/html")


@hook
def suffix_not_found(argument: Any, original: _Find, gateway: Gateway, method: str, path: str) -> Route | None:
    """Return a 404 for paths with a suffix."""
    return None if path.endswith(argument) else original(gateway, method, path)


@hook
def unsupported_methods_read(_: Any, original: _Find, gateway: Gateway, method: str, path: str) -> Route | None:
    """Treat a method that a path does not support as GET."""
    return original(gateway, method, path) or original(gateway, "GET", path)


@hook
def unsupported_methods_fail(argument: Any, original: _Find, gateway: Gateway, method: str, path: str) -> Route | None:
    """Raise an error for a method that a path does not support, if it supports one of some methods."""
    route = original(gateway, method, path)
    if route is None and any(original(gateway, each, path) for each in argument):
        raise RuntimeError(f"{method} {path} is not supported")
    return route


@hook
def fails_with_nul_in_path(_: Any, original: _Find, gateway: Gateway, method: str, path: str) -> Route | None:
    """Raise an error for a path that has a NUL."""
    if "\0" in path:
        raise RuntimeError(f"{method} has a NUL in its path")
    return original(gateway, method, path)
