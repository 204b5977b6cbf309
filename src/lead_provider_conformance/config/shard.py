"""One part of a run that is split over several machines, so that no two parts run the same test or take one record."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from lead_provider_conformance.model import UsageError


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `count`, from 1. Which tests and records are in it depends on nothing but their names."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that a text such as `1/4` means. Raises UsageError for any other."""
        found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
        if not found or int(found[1]) > int(found[2]):
            raise UsageError(f"--shard {text} is not a part of a whole; give one such as 1/4.")
        return cls(int(found[1]), int(found[2]))

    def has(self, name: str) -> bool:
        """Whether what is called `name` is in this shard; it is in exactly one of them."""
        if self.count == 1:
            return True
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1


WHOLE = Shard()
"""A run that is not split."""
