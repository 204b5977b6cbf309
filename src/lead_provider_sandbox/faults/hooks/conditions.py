"""Conditions under which a replacement applies: in some operations, or once in a number of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import Replacement


def in_operations(operations: frozenset[str], replacement: Replacement) -> Replacement:
    """Apply a replacement only in operations, named as `GET /api/v3/statements`."""

    def conditional(original: Callable[..., Any], request: ApiRequest, *arguments: Any) -> Any:
        if request.operation.id in operations:
            return replacement(original, request, *arguments)
        return original(request, *arguments)

    return conditional


def every(number: int, replacement: Replacement) -> Replacement:
    """Apply a replacement in every n-th call."""
    calls = 0

    def conditional(original: Callable[..., Any], request: ApiRequest, *arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % number == 0:
            return replacement(original, request, *arguments)
        return original(request, *arguments)

    return conditional
