"""A cause of differences, with the numbers of places and records that have it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.differences import ABSENT, Difference, SideName, missing
from lead_provider_conformance.parity.values import canonical

MISSING = frozenset(missing(side) for side in SideName)
"""The kinds of fields that one side lacks."""
Key = tuple[Scope, str, str, str, str]
"""The scope, the requirement, the operationId, the place and the kind of a cause."""


@dataclass(slots=True)
class Entry:
    """A cause with its first difference, and the numbers of places and records that have it.

    Of a field that one side lacks, `digest` is a sum over its values in all records, and `values` are the first two.
    """

    operation: str
    first: Difference
    exchanges: tuple[str, ...]
    count: int = 0
    records: set[str] = field(default_factory=set)
    digest: int = 0
    values: set[bytes] = field(default_factory=set)

    def add(self, difference: Difference) -> None:
        """Count a difference."""
        self.count += 1
        if difference.record:
            self.records.add(difference.record)
        if difference.kind in MISSING:
            value = canonical(difference.right if difference.left is ABSENT else difference.left)
            self.digest += hash((difference.record, value))
            if len(self.values) < 2:
                self.values.add(value)
