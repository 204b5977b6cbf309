"""Families of faults: one entry of `families/` describes many that differ in a name or two.

A family has templates (`name`, `sentence`, `replaces`) and rows of values under `each`. Where a row gives a list for
a value, each of its elements makes a fault; where it gives several lists, each combination does. A template that is
nothing but `{value}` becomes the value itself, so that numbers, lists and objects keep their type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]

_WHOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Description:
    """A fault as data. `family` and `values` say where it comes from; one that stands alone has neither."""

    name: str
    sentence: str
    kind: str
    replaces: Mapping[str, Mapping[str, Any]]
    family: str | None
    values: Values


def described(entry: Mapping[str, Any]) -> Iterator[Description]:
    """The faults of an entry: of a family, or the one that it describes."""
    if "family" not in entry:
        yield Description(entry["name"], entry["sentence"], entry["kind"], entry["replaces"], None, {})
        return
    for row in entry["each"]:
        for values in _combinations(row):
            yield Description(
                name=_slug(_filled(entry["name"], values)),
                sentence=_filled(entry["sentence"], values),
                kind=entry["kind"],
                replaces=_filled(entry["replaces"], values),
                family=entry["family"],
                values=values,
            )


def _combinations(row: Values) -> Iterator[Values]:
    choices = [value if isinstance(value, list) else [value] for value in row.values()]
    for chosen in itertools.product(*choices):
        yield dict(zip(row, chosen, strict=True))


def _filled(template: Any, values: Values) -> Any:
    if isinstance(template, str):
        whole = _WHOLE.fullmatch(template)
        return values[whole[1]] if whole else _WHOLE.sub(lambda found: str(values[found[1]]), template)
    if isinstance(template, Mapping):
        return {_filled(key, values): _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(each, values) for each in template]
    return template


def _slug(text: str) -> str:
    """A name for the command line: lower case, and hyphens for all that is neither letter nor digit."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
