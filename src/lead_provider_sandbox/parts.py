"""Named parts: functions of the sandbox that a fault can replace by name.

A rule, a filter, a serializer or an operation is a function whose first argument carries the replacements in force.
Code that calls a part reads as an ordinary function call and knows nothing about faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

Replacement = Callable[..., Any]
"""Called instead of a part, with the part's own function followed by the part's arguments."""


class Replaceable(Protocol):
    """The first argument of a part: a request's context, or the gateway."""

    @property
    def replacements(self) -> Mapping[str, Replacement]: ...


C = TypeVar("C", bound=Replaceable)


class Part(Generic[C, P, R]):
    """A function with a name by which it can be replaced."""

    __slots__ = ("function", "name", "summary")

    def __init__(self, name: str, function: Callable[Concatenate[C, P], R]) -> None:
        self.name = name
        self.function = function
        self.summary = " ".join((function.__doc__ or "").split())

    def __call__(self, context: C, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function, or its replacement in this context."""
        replacement = context.replacements.get(self.name)
        if replacement is None:
            return self.function(context, *args, **kwargs)
        return replacement(self.function, context, *args, **kwargs)  # type: ignore[no-any-return]


PARTS: dict[str, Part[Any, ..., Any]] = {}
"""Every part by name; filled when the modules that define parts are imported."""


def part(name: str) -> Callable[[Callable[Concatenate[C, P], R]], Part[C, P, R]]:
    """Register a function as the part `name`. Raise `ValueError` if the name is taken."""

    def register(function: Callable[Concatenate[C, P], R]) -> Part[C, P, R]:
        if name in PARTS:
            raise ValueError(f"two parts are called {name!r}")
        registered = Part(name, function)
        PARTS[name] = registered
        return registered

    return register
