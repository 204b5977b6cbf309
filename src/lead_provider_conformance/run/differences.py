"""The difference between a received value and the expected one, as a sentence with only the parts that differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from itertools import islice
from typing import Any

from lead_provider_conformance.run.shown_values import shown_value
from lead_provider_conformance.schemas.sentences import shorten

MAX_PARTS = 3
PREFIX = "differs: "
"""The beginning of pytest's explanation of a comparison that `difference` has explained."""


def difference(received: object, expected: object) -> str | None:
    """Return how `received` differs from `expected`: objects, lists of objects and sets; None for other values."""
    if isinstance(received, Mapping) and isinstance(expected, Mapping):
        parts = _of_objects(received, expected)
    elif isinstance(received, list | tuple) and isinstance(expected, list | tuple):
        if not _has_objects(received) and not _has_objects(expected):
            return None
        parts = _of_lists(received, expected)
    elif isinstance(received, Set) and isinstance(expected, Set):
        parts = _of_members(received, expected)
    else:
        return None
    of = f"{received['id']}: " if isinstance(received, Mapping) and _is_same_record(received, expected) else ""
    found = list(islice(parts, MAX_PARTS + 1))
    more = "; and more" if len(found) > MAX_PARTS else ""
    return of + "; ".join(found[:MAX_PARTS]) + more + "." if found else None


def _is_same_record(received: Mapping[Any, Any], expected: object) -> bool:
    return "id" in received and isinstance(expected, Mapping) and received["id"] == expected.get("id")


def _has_objects(values: Collection[object]) -> bool:
    return any(isinstance(each, Mapping) for each in values)


def _of_objects(received: Mapping[Any, Any], expected: Mapping[Any, Any], path: str = "") -> Iterator[str]:
    for name in dict.fromkeys((*expected, *received)):
        place = f"{path}{name}"
        if name not in received:
            yield f"`{place}` is missing; expected {_short(expected[name])}"
        elif name not in expected:
            yield f"`{place}` is {_short(received[name])}; expected no such field"
        elif isinstance(received[name], Mapping) and isinstance(expected[name], Mapping):
            yield from _of_objects(received[name], expected[name], f"{place}.")
        elif received[name] != expected[name]:
            yield f"`{place}` is {_short(received[name])}; expected {_short(expected[name])}"


def _of_lists(received: Collection[Any], expected: Collection[Any]) -> Iterator[str]:
    if len(received) != len(expected):
        yield f"{len(received)} were returned; expected {len(expected)}"
    for number, (one, other) in enumerate(zip(received, expected, strict=False), start=1):
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _of_objects(one, other, f"{number}.")
        elif one != other:
            yield f"number {number} is {_short(one)}; expected {_short(other)}"


def _of_members(received: Set[Any], expected: Set[Any]) -> Iterator[str]:
    for values, words in ((expected - received, "missing"), (received - expected, "not expected")):
        if values:
            shown = sorted(map(shown_value, values))[:MAX_PARTS]
            more = f" and {len(values) - len(shown)} more" if len(values) > len(shown) else ""
            yield f"{words}: {', '.join(shown)}{more}"


def _short(value: object) -> str:
    return shorten(shown_value(value))
