"""When a replacement takes the place of a part: always, in some operations, or every so often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import Replacement


def in_operations(operations: frozenset[str], replacement: Replacement) -> Replacement:
    """Only in certain operations, each named as `GET /api/v3/statements`."""

    def there(original: Callable[..., Any], request: ApiRequest, *arguments: Any) -> Any:
        if request.operation.id in operations:
            return replacement(original, request, *arguments)
        return original(request, *arguments)

    return there


def every(number: int, replacement: Replacement) -> Replacement:
    """Only one time in so many."""
    met = 0

    def then(original: Callable[..., Any], request: ApiRequest, *arguments: Any) -> Any:
        nonlocal met
        met += 1
        if met % number == 0:
            return replacement(original, request, *arguments)
        return original(request, *arguments)

    return then
