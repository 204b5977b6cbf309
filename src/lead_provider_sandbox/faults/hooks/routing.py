"""Hooks for the way to an operation: requests that go astray, and such as should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.router import Route
from lead_provider_sandbox.parts import Replacement

Routing = Callable[[Gateway, str, str], Route | None]


def unknown_paths_lead_to(told: Any) -> Replacement:
    """A path that there is not is taken for another one of the same version."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        version = "/".join(path.split("/")[:3])
        return original(gateway, method, path) or original(gateway, method, f"{version}/{told}")

    return replacement


def no_suffix(told: Any) -> Replacement:
    """A path that ends in a certain way is not known."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        return None if path.endswith(told) else original(gateway, method, path)

    return replacement
