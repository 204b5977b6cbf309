"""Form-encoded bodies with nested names, `data[attributes][reason]=other`, as the service also reads them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_STEP = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 8
_MOST_FIELDS = 1_000


def read_form(body: bytes) -> dict[str, Any]:
    """The nested object that a form describes; what cannot be read is left out."""
    whole: dict[str, Any] = {}
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return {}
    for name, value in pairs:
        outer, bracket, rest = name.partition("[")
        steps = [outer, *_STEP.findall(bracket + rest)]
        if len(steps) <= _DEEPEST:
            _place(whole, steps, value)
    return whole


def _place(whole: dict[str, Any], steps: list[str], value: str) -> None:
    inside = whole
    for step in steps[:-1]:
        following = inside.setdefault(step, {})
        if not isinstance(following, dict):
            return
        inside = following
    inside[steps[-1]] = value
