"""Compare two JSON values: fields, types and values, with a second's tolerance for times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from lead_provider_conformance.contract.members import type_of
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.parity.differences import ABSENT, FIELDS, VALUES, Difference, SideName, missing
from lead_provider_conformance.parity.identities import Identities

TOLERANCE_SECONDS = 1.0
"""Times that differ by no more are the same: each server has its own clock."""
DEEPEST = 60
"""Values below this depth are compared as a whole. No body of the contract is half as deep."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_DIGIT = re.compile(r"\d")
_LEFT, _RIGHT = SideName.LEFT, SideName.RIGHT


@dataclass(frozen=True, slots=True)
class Position:
    """A position in both bodies: its `place` in words, and the JSON pointer on each side."""

    place: str = ""
    left: str = ""
    right: str = ""
    depth: int = 0

    def field(self, name: str) -> Position:
        """Return the position of a field of an object here."""
        part = "/" + name.replace("~", "~0").replace("/", "~1")
        place = f"{self.place}.{name}" if self.place else name
        return Position(place, self.left + part, self.right + part, self.depth + 1)

    def item(self, left: int, right: int) -> Position:
        """Return the position of an item of a list here."""
        return Position(f"{self.place}[]", f"{self.left}/{left}", f"{self.right}/{right}", self.depth + 1)

    @property
    def pointers(self) -> Mapping[SideName, str]:
        """The JSON pointers by side."""
        return {_LEFT: self.left, _RIGHT: self.right}


@dataclass(frozen=True, slots=True)
class ValueComparison:
    """Compares values of one pair of responses. `requirements` are those for fields and types, and for values."""

    identities: Identities
    fields: str = FIELDS
    values: str = VALUES
    record: str = ""

    def compare(self, left: Any, right: Any, at: Position) -> Iterator[Difference]:
        """Yield the differences between two values."""
        if is_same_json(left, right):
            return
        if isinstance(left, dict) and isinstance(right, dict) and at.depth < DEEPEST:
            yield from self._objects(left, right, at)
        elif isinstance(left, list) and isinstance(right, list) and at.depth < DEEPEST:
            yield from self._lists(left, right, at)
        elif kind := self._kind(left, right):
            yield self._found(*kind, left, right, at)

    def _objects(self, left: Mapping[str, Any], right: Mapping[str, Any], at: Position) -> Iterator[Difference]:
        for name in {**left, **right}:
            here = at.field(name)
            if name not in right:
                yield self._found(self.fields, missing(_RIGHT), left[name], ABSENT, here)
            elif name not in left:
                yield self._found(self.fields, missing(_LEFT), ABSENT, right[name], here)
            else:
                yield from self.compare(left[name], right[name], here)

    def _lists(self, left: list[Any], right: list[Any], at: Position) -> Iterator[Difference]:
        if len(left) != len(right):
            longer = _LEFT if len(left) > len(right) else _RIGHT
            yield self._found(self.values, f"more items on the {longer}", left, right, at)
        elif sorted(map(canonical, left)) == sorted(map(canonical, right)):
            yield self._found(self.values, "items in another order", left, right, at)
            return
        for position, (one, other) in enumerate(zip(left, right, strict=False)):
            yield from self.compare(one, other, at.item(position, position))

    def _kind(self, left: Any, right: Any) -> tuple[str, str] | None:
        """Return the requirement and the kind of the difference between two values; None if they count as the same."""
        types = type_name(left), type_name(right)
        if types[0] != types[1]:
            return self._kind_of_types(left, right, types)
        if isinstance(left, str) and isinstance(right, str):
            return self._kind_of_texts(left, right)
        return None if types[0] == "number" and left == right else (self.values, "another value")

    def _kind_of_types(self, left: Any, right: Any, types: tuple[str, str]) -> tuple[str, str]:
        for side, value in ((_LEFT, left), (_RIGHT, right)):
            if value is None:
                return self.values, f"null on the {side}"
        for side, number, text in ((_RIGHT, left, right), (_LEFT, right, left)):
            if type_name(number) == "number" and isinstance(text, str) and _is_text_of(text, number):
                return self.fields, f"number as text on the {side}"
        return self.fields, f"{types[0]} on the left, {types[1]} on the right"

    def _kind_of_texts(self, left: str, right: str) -> tuple[str, str] | None:
        if self.identities.are_same(left, right):
            return None if _form_of_id(left) == _form_of_id(right) else (self.values, "another form of id")
        one, other = parse_instant(left), parse_instant(right)
        if one is None or other is None:
            return self.values, "another value"
        apart = abs((one - other).total_seconds())
        if apart > TOLERANCE_SECONDS and not self.identities.are_stamps(one, other):
            return self.values, "another time"
        if _DIGIT.sub("0", left) != _DIGIT.sub("0", right):
            return self.values, "time in another form"
        return None

    def _found(self, requirement: str, kind: str, left: Any, right: Any, at: Position) -> Difference:
        return Difference(requirement, at.place, kind, left, right, at.pointers, self.record)


def is_same_json(left: Any, right: Any) -> bool:
    """Return whether two values are the same JSON. `true` is not 1, as it is in Python."""
    if type(left) is not type(right):
        return False
    return bool(left == right) and (not isinstance(left, (dict, list)) or canonical(left) == canonical(right))


def type_name(value: Any) -> str:
    """Return the JSON type of a value; there is one for all numbers."""
    name = type_of(value)
    return "number" if name == "integer" else name


def canonical(value: Any) -> bytes:
    """Return a text that only the same JSON value has."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a lone surrogate, an integer of more than 64 bits, or too deep
        return repr(value).encode("utf-8", "backslashreplace")


def _is_text_of(text: str, number: float) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False


def _form_of_id(text: str) -> tuple[bool, bool]:
    """Return whether an id is a UUID, and whether that is in lower case."""
    is_uuid = UUID.fullmatch(text) is not None
    return is_uuid, is_uuid and text == text.lower()


def parse_instant(text: str) -> datetime | None:
    """Return the instant of a date-time; None for any other text. Without a zone it is in UTC."""
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else datetime.fromisoformat(f"{text}+00:00")
