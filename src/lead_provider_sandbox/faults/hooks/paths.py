"""Paths in documents: `*` stands for every element of a list, and missing fields are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def values_at(document: Any, path: list[str]) -> Iterator[Any]:
    """Yield the values at a path of a document."""
    if not path:
        yield document
    elif path[0] == "*" and isinstance(document, list):
        for element in document:
            yield from values_at(element, path[1:])
    elif isinstance(document, dict) and path[0] in document:
        yield from values_at(document[path[0]], path[1:])
