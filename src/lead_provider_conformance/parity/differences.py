"""One difference between two responses, and its place and kind in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lead_provider_conformance.schemas.sentences import quote_value

STATUSES = "parity/statuses"
RECORDS = "parity/records"
ORDER = "parity/order"
FIELDS = "parity/fields"
VALUES = "parity/values"
ERRORS = "parity/errors"
FILES = "parity/files"
HEADERS = "parity/headers"
LATENCY = "parity/latency"
AFTER = " after "
"""Stands between a place and the operationId of the write before."""


class SideName(StrEnum):
    """The name of a server."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> SideName:
        """The other server."""
        return SideName.RIGHT if self is SideName.LEFT else SideName.LEFT


class Absent:
    """The value of a field that a response lacks."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in a pair of responses.

    `place` is in words, with `[]` for positions, such as `data[].attributes.status`. `pointers` are the JSON pointers
    into the bodies by side. `record` is the id of the record on the left, or on the right if only that has it.
    """

    requirement: str
    place: str
    kind: str
    left: Any = ABSENT
    right: Any = ABSENT
    pointers: Mapping[SideName, str] | None = None
    record: str = ""

    def __hash__(self) -> int:
        return hash((self.requirement, self.place, self.kind, self.record))

    @property
    def cause(self) -> tuple[str, str, str]:
        """The parts that differences of the same cause share."""
        return self.requirement, self.place, self.kind

    def message(self, side: SideName) -> str:
        """Return the note beside the field on one side."""
        other = self.right if side is SideName.LEFT else self.left
        if other is ABSENT or all(f"on the {each}" in self.kind for each in SideName):
            return self.kind
        return f"{self.kind}: the {side.other} has {quote_value(other)}"


def statuses_kind(left: int | None, right: int | None) -> str:
    """Return the kind of a difference in the status: `200 on the left, 404 on the right`."""
    return f"{left or 'no response'} on the left, {right or 'no response'} on the right"


def missing(side: SideName) -> str:
    """Return the kind of a field that one side lacks."""
    return f"missing on the {side}"


def only(side: SideName) -> str:
    """Return the kind of a record that only one side has."""
    return f"only on the {side}"


def after(place: str, write: str) -> str:
    """Return a place that counts only after a write, such as `data.attributes.state after void_declaration`."""
    return f"{place}{AFTER}{write}"


def split_place(place: str) -> tuple[str, str]:
    """Return a place without the write before, and that write in words; empty if there is none."""
    place, mark, write = place.partition(AFTER)
    return place, f"{mark}{write}"
