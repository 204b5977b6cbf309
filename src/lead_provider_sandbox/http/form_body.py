"""Form-encoded bodies with nested names such as `data[attributes][reason]=other`, which the service accepts too."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_STEP = re.compile(r"\[([^\[\]]*)\]")
_MAXIMUM_DEPTH = 8
_MAXIMUM_FIELDS = 1_000


def parse_form(body: bytes) -> dict[str, Any]:
    """Return the nested object of a form; ignore unreadable fields."""
    form: dict[str, Any] = {}
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=_MAXIMUM_FIELDS,
        )
    except ValueError:
        return {}
    for name, value in pairs:
        outer, bracket, rest = name.partition("[")
        path = [outer, *_STEP.findall(bracket + rest)]
        parent: Any = form if len(path) <= _MAXIMUM_DEPTH else None
        for step in path[:-1]:
            parent = parent.setdefault(step, {}) if isinstance(parent, dict) else None
        if isinstance(parent, dict):
            parent[path[-1]] = value
    return form
