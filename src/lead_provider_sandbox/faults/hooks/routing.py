"""Hooks for routing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.router import Route

Routing = Callable[[Gateway, str, str], Route | None]


@hook
def unknown_path_routed_to(argument: Any, original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
    """Route unknown paths to another path of the same version."""
    version = "/".join(path.split("/")[:3])
    return original(gateway, method, path) or original(gateway, method, f"{version}/{argument}")


@hook
def suffix_not_found(argument: Any, original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
    """Return a 404 for paths with a suffix."""
    return None if path.endswith(argument) else original(gateway, method, path)
