"""Hooks for methods that a path does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.router import Route
from lead_provider_sandbox.parts import Replacement

Routing = Callable[[Gateway, str, str], Route | None]


def any_method_reads(_told: Any) -> Replacement:
    """Whatever cannot be done at a path is taken for reading what is there."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        return original(gateway, method, path) or original(gateway, "GET", path)

    return replacement


def other_methods_fail(told: Any) -> Replacement:
    """What cannot be done at a path where one of some methods can is not foreseen."""

    def replacement(original: Routing, gateway: Gateway, method: str, path: str) -> Route | None:
        found = original(gateway, method, path)
        if found is None and any(original(gateway, each, path) for each in told):
            raise RuntimeError(f"nobody thought of {method} {path}")
        return found

    return replacement
