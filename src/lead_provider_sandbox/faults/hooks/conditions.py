"""Conditions under which a replacement applies, and requests with parts that are off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import isgeneratorfunction
from typing import Any

from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import PARTS, Replacement


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


def ignoring(request: ApiRequest, parts: Any) -> ApiRequest:
    """Return the request with some rules and parts off."""
    silent: dict[str, Replacement] = {
        part: (lambda *_: ()) if isgeneratorfunction(PARTS[part].function) else (lambda *_: None) for part in parts
    }
    return replace(request, replacements={**request.replacements, **silent})
