"""The form of a hook."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from lead_provider_sandbox.parts import Replacement

Hook = Callable[[Any], Replacement]
"""Returns a replacement for an argument of the catalogue."""


def hook(function: Callable[..., Any]) -> Hook:
    """Make a hook of a function that takes the catalogue's argument, then the arguments of a replacement."""

    @wraps(function)
    def replacement_for(argument: Any) -> Replacement:
        return partial(function, argument)

    return replacement_for
