"""The values that a request carries, found by the places that violations name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def carried(where: str, query: Sequence[tuple[str, str]], content: bytes | None) -> tuple[object, ...]:
    """The single values that a request carries at a place: `query:filter[cohort]`, or a JSON pointer into its body.

    None are there if something is missing, or the place holds more than one value.
    """
    parameter = where.removeprefix("query:")
    if parameter != where:
        return tuple(value for name, value in query if name == parameter)
    found = _at(where, content) if where and content else {}
    return () if isinstance(found, dict | list) else (found,)


def _at(pointer: str, content: bytes) -> Any:
    node = json.loads(content)
    for part in pointer.split("/")[1:]:
        node = node[int(part)] if isinstance(node, list) else node[part.replace("~1", "/").replace("~0", "~")]
    return node
