"""Compare the form of responses of two servers with different records: the fields that they show, and the types.

A field can be missing from one record by its nature. So the fields of all responses to an operation with one status are
collected, and compared at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.model import FIRST_ERROR
from lead_provider_conformance.parity.differences import (
    ABSENT,
    ERRORS,
    FIELDS,
    STATUSES,
    Difference,
    SideName,
    missing,
    statuses_kind,
)
from lead_provider_conformance.parity.pairs import ReplyPair
from lead_provider_conformance.parity.responses import Body
from lead_provider_conformance.parity.values import DEEPEST, type_name

Place = str


@dataclass(slots=True)
class Form:
    """The types of a field by its place, and the first response that shows it with the pointer to it."""

    types: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    pointers: dict[Place, tuple[ReplyPair, str]] = field(default_factory=dict)

    def add(self, value: Any, pair: ReplyPair, place: Place = "", pointer: str = "", depth: int = 0) -> None:
        """Add a value with everything in it."""
        self.types[place].add(type_name(value))
        self.pointers.setdefault(place, (pair, pointer))
        if depth == DEEPEST:
            return
        if isinstance(value, dict):
            for name, each in value.items():
                here = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
                self.add(each, pair, f"{place}.{name}" if place else name, here, depth + 1)
        elif isinstance(value, list):
            for position, each in enumerate(value):
                self.add(each, pair, f"{place}[]", f"{pointer}/{position}", depth + 1)


class Forms:
    """The forms of the responses of both servers, by operation and status."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, int], dict[SideName, Form]] = defaultdict(_two_forms)
        self._statuses: dict[str, list[ReplyPair]] = defaultdict(list)
        """For each operation the first plain reads with each pair of statuses."""

    def add(self, pair: ReplyPair) -> None:
        """Add the statuses of a plain read, and both responses if they have the same status."""
        first = self._statuses[pair.read.operation]
        if not pair.read.label and _statuses(pair) not in map(_statuses, first):
            first.append(pair)
        if pair.left.status is None or pair.left.status != pair.right.status:
            return
        forms = self._forms[pair.read.operation, pair.left.status]
        for side in SideName:
            body = Body.of(pair.of(side))
            if body.is_json:
                forms[side].add(body.content, pair)

    def differences(self) -> Iterator[tuple[ReplyPair, Difference]]:
        """Yield the differences, each with the pair that shows it.

        Statuses differ only if no record has the status on the one side that some record has on the other.
        """
        for first in self._statuses.values():
            ours, theirs = ({_statuses(pair)[side] for pair in first} for side in (0, 1))
            if first and not ours & theirs:
                yield first[0], Difference(STATUSES, "", statuses_kind(*_statuses(first[0])), *_statuses(first[0]))
        for (_, status), forms in self._forms.items():
            left, right = forms[SideName.LEFT], forms[SideName.RIGHT]
            requirement = ERRORS if status >= FIRST_ERROR else FIELDS
            for place in {**left.types, **right.types}:
                yield from _compare(requirement, place, left, right)


def _statuses(pair: ReplyPair) -> tuple[int | None, int | None]:
    return pair.left.status, pair.right.status


def _two_forms() -> dict[SideName, Form]:
    return {each: Form() for each in SideName}


def _compare(requirement: str, place: Place, left: Form, right: Form) -> Iterator[tuple[ReplyPair, Difference]]:
    for side, mine, other in ((SideName.RIGHT, right, left), (SideName.LEFT, left, right)):
        if place not in mine.types:
            if _is_field_of(place, mine):
                pair, pointer = other.pointers[place]
                yield pair, Difference(requirement, place, missing(side), ABSENT, ABSENT, {side.other: pointer})
            return
    types = [each.types[place] - {"null"} for each in (left, right)]
    if types[0] and types[1] and not types[0] & types[1]:
        pair, pointer = left.pointers[place]
        named = (" or ".join(sorted(each)) for each in types)
        kind = ", ".join(f"{name} on the {side}" for name, side in zip(named, SideName, strict=True))
        yield pair, Difference(requirement, place, kind, ABSENT, ABSENT, {SideName.LEFT: pointer})


def _is_field_of(place: Place, form: Form) -> bool:
    """Return whether the object that a field belongs to is in a form. An item of a list belongs to none."""
    return not place.endswith("[]") and "object" in form.types.get(place.rpartition(".")[0], ())
