"""One part of a run that is split over several machines, so that no two parts share a test or a record."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from lead_provider_conformance.model import UsageError


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `count`, from 1. The names of tests and records alone decide which shard they belong to."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that a text such as `1/4` describes. Raise UsageError for any other text."""
        match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
        if not match:
            raise UsageError(f"--shard {text} is not a part and the number of parts; write it as 1/4.")
        if int(match[1]) > int(match[2]):
            raise UsageError(f"--shard {text}: the part must be between 1 and {match[2]}.")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, name: str) -> bool:
        """Return whether `name` belongs to this shard. It belongs to exactly one of `count`."""
        if self.count == 1:
            return True
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1


WHOLE = Shard()
"""The only part of a run that is not split."""
