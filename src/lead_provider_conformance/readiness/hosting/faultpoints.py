"""Named points at which tests stop the process, as a crash would."""

from __future__ import annotations

from collections.abc import Callable

_observers: list[Callable[[str], None]] = []


def observe(observer: Callable[[str], None]) -> None:
    """Call a function at every point, with its name."""
    _observers.append(observer)


def reached(point: str) -> None:
    """Note that the process has come to a point."""
    for each in _observers:
        each(point)
