"""A large body in pieces, so that what a server gets wrong ten thousand times is not told ten thousand times at once.

The validator makes all of the errors of a value before it gives the first, each with a copy of what is wrong: of a
megabyte of records that lack everything, two gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.sentences import MAX_ITEMS
from lead_provider_conformance.contract.violation import pointer

ITEMS = MAX_ITEMS
"""A piece holds this many items of the list that is cut to pieces."""
DEEP_ITEMS = 50
"""And this many of each list below it: the first."""


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a value. `items` is the pointer to the list of which it holds the items from `start` on, if to any."""

    value: Any
    items: str | None = None
    start: int = 0

    def in_whole(self, where: str) -> str | None:
        """A pointer into the piece as one into the whole; None if an earlier piece has the same place."""
        if self.items is None:
            return where
        before, _, inside = where.partition(f"{self.items}/")
        if before or not inside:
            return None if self.start else where
        position, slash, rest = inside.partition("/")
        return f"{self.items}/{self.start + int(position)}{slash}{rest}"


def windows(value: Any) -> Iterator[Window]:
    """The pieces of a value: those of its longest list, at its top or right below, one after the other.

    Of lists further down each piece has the first items alone.
    """
    if isinstance(value, list):
        yield from (Window(piece, "", start) for start, piece in _pieces(value))
    elif isinstance(value, dict) and (lists := {name: each for name, each in value.items() if isinstance(each, list)}):
        longest = max(lists, key=lambda name: len(lists[name]))
        rest = {name: _cut(each) for name, each in value.items() if name != longest}
        yield from (
            Window(rest | {longest: piece}, pointer([longest]), start) for start, piece in _pieces(lists[longest])
        )
    else:
        yield Window(_cut(value))


def _pieces(items: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    for start in range(0, max(len(items), 1), ITEMS):
        yield start, [_cut(each) for each in items[start : start + ITEMS]]


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cut(each) for each in value[:DEEP_ITEMS]]
    return value
