"""Families of faults: one entry of `families/` describes several similar faults.

A family has templates (`name`, `sentence`, `replaces`) and rows of values under `each`. A list in a row makes one fault
per element; several lists make one fault per combination. A template that is only `{value}` becomes the value itself,
so that numbers, lists and objects keep their type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Description:
    """A fault as data; `family` and `values` are its origin, if it belongs to a family."""

    name: str
    sentence: str
    kind: str
    replaces: Mapping[str, Mapping[str, Any]]
    family: str | None
    values: Values


def describe(entry: Mapping[str, Any]) -> Iterator[Description]:
    """Yield the faults of an entry: a family or a single fault."""
    if "family" not in entry:
        yield Description(entry["name"], entry["sentence"], entry["kind"], entry["replaces"], None, {})
        return
    for row in entry["each"]:
        for values in _combinations(row):
            yield Description(
                name=_slug(_fill(entry["name"], values)),
                sentence=_fill(entry["sentence"], values),
                kind=entry["kind"],
                replaces=_fill(entry["replaces"], values),
                family=entry["family"],
                values=values,
            )


def _combinations(row: Values) -> Iterator[Values]:
    choices = [value if isinstance(value, list) else [value] for value in row.values()]
    for chosen in itertools.product(*choices):
        yield dict(zip(row, chosen, strict=True))


def _fill(template: Any, values: Values) -> Any:
    if isinstance(template, str):
        match = _PLACEHOLDER.fullmatch(template)
        return values[match[1]] if match else _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
    if isinstance(template, Mapping):
        return {_fill(key, values): _fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(each, values) for each in template]
    return template


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
