"""Hooks for routing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.router import Route
from lead_provider_sandbox.parts import Replacement

Routing = Callable[[Gateway, str, str], Route | None]


def unknown_path_routed_to(argument: Any) -> Replacement:
    """Route unknown paths to another path of the same version."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        version = "/".join(path.split("/")[:3])
        return original(gateway, method, path) or original(gateway, method, f"{version}/{argument}")

    return replacement


def suffix_not_found(argument: Any) -> Replacement:
    """Return a 404 for paths with a suffix."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        return None if path.endswith(argument) else original(gateway, method, path)

    return replacement
