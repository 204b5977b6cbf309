"""Cut a large body into slices, so that the validator's errors fit in memory.

The validator builds every error of a value before it returns the first, each with a copy of the invalid value. For one
megabyte of empty records it needs two gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.violation import pointer
from lead_provider_conformance.schemas.sentences import MAX_ITEMS

ITEMS = MAX_ITEMS
"""The number of items in a slice of the longest list."""
NESTED_ITEMS = 50
"""The number of items that a slice keeps of every list within another one: the first."""


@dataclass(frozen=True, slots=True)
class BodySlice:
    """A part of a body. It holds the items from `start` on of the list at the JSON pointer `list_pointer`, if any."""

    value: Any
    list_pointer: str | None = None
    start: int = 0

    def pointer_in_body(self, where: str) -> str | None:
        """Return the pointer into the body for a pointer into the slice; None if an earlier slice has the place too."""
        if self.list_pointer is None:
            return where
        before, _, inside = where.partition(f"{self.list_pointer}/")
        if before or not inside:
            return None if self.start else where
        position, slash, rest = inside.partition("/")
        return f"{self.list_pointer}/{self.start + int(position)}{slash}{rest}"


def slices(body: Any) -> Iterator[BodySlice]:
    """Yield slices of the body's longest list, which is the body itself or one of its members.

    Of lists within other lists, a slice has only the first items.
    """
    if isinstance(body, list):
        yield from (BodySlice(items, "", start) for start, items in _chunks(body))
    elif isinstance(body, dict) and (lists := {name: value for name, value in body.items() if isinstance(value, list)}):
        longest = max(lists, key=lambda name: len(lists[name]))
        rest = {name: _truncated(value) for name, value in body.items() if name != longest}
        yield from (
            BodySlice(rest | {longest: items}, pointer([longest]), start) for start, items in _chunks(lists[longest])
        )
    else:
        yield BodySlice(_truncated(body))


def _chunks(items: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    for start in range(0, max(len(items), 1), ITEMS):
        yield start, [_truncated(item) for item in items[start : start + ITEMS]]


def _truncated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _truncated(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_truncated(item) for item in value[:NESTED_ITEMS]]
    return value
