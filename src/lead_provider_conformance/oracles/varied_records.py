"""Choose the few records of a list that differ most from the others.

Defects that depend on a value, such as a missing one, show in such records only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any

from lead_provider_conformance.http import Resource

Trait = tuple[str, str]
FORMS = {
    "begins with 0": re.compile(r"0[0-9]+"),
    "quoted in a CSV": re.compile(r'.*[",\n].*', re.DOTALL),
    "beyond ASCII": re.compile(r".*[^\x00-\x7f].*", re.DOTALL),
}
"""Forms of texts that formatting or reading can damage."""


def varied_records(records: Sequence[Resource], count: int) -> list[Resource]:
    """Return up to `count` records, each with the most and the rarest traits that the ones before lack."""
    traits = [frozenset(_traits("", each["attributes"])) for each in records]
    frequency = Counter(trait for found in traits for trait in found)
    chosen: list[int] = []
    shown: frozenset[Trait] = frozenset()

    def novelty(position: int) -> float:
        return sum(1 / sqrt(frequency[trait]) for trait in traits[position] - shown)

    while len(chosen) < min(count, len(records)):
        best = max((each for each in range(len(records)) if each not in chosen), key=novelty)
        chosen.append(best)
        shown |= traits[best]
    return [records[each] for each in chosen]


def _traits(name: str, value: Any) -> Iterator[Trait]:
    """Yield the traits of a value: what is missing or empty, words such as states, and fragile forms of other texts."""
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _traits(f"{name}/{inner}", each)
    elif isinstance(value, list):
        yield name, f"{min(len(value), 2)} elements"
        for each in value:
            yield from _traits(name, each)
    elif value is None or isinstance(value, bool):
        yield name, str(value)
    elif isinstance(value, str) and _is_word(value):
        yield name, value
    elif isinstance(value, str):
        yield from ((name, form) for form, pattern in FORMS.items() if pattern.fullmatch(value))


def _is_word(text: str) -> bool:
    """Return whether a text looks like one of a few values, such as a state or `retained-1`, or is empty."""
    parts = text.replace("_", "-").split("-") if text else []
    return all((part.isalpha() and part.islower()) or (part.isdecimal() and len(part) == 1) for part in parts)
