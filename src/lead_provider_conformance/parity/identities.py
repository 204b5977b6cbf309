"""The ids and times that each server has made by itself."""

from __future__ import annotations

from datetime import datetime

from lead_provider_conformance.contract.values import UUID


class Identities:
    """Ids on the right by ids on the left, one to one.

    Until a record was matched by something other than its id, an id is the same on both servers. After that, two
    unknown ids in the same field of the same record are taken for ids of the same record.
    """

    def __init__(self) -> None:
        self._right: dict[str, str] = {}
        self._left: dict[str, str] = {}
        self.are_own = False
        """Whether each server has made ids of its own."""
        self.written_since: datetime | None = None
        """When the first write was sent. Times from then on are those of each server's own clock."""

    def learn(self, left: str, right: str) -> None:
        """Record that two ids are of the same record."""
        self.are_own = self.are_own or left != right
        self._right[left], self._left[right] = right, left

    def knows(self, left: str, right: str) -> bool:
        """Return whether the record of one of the ids is known."""
        return left in self._right or right in self._left

    def are_stamps(self, left: datetime, right: datetime) -> bool:
        """Return whether both servers have made these times by themselves, since the first write."""
        return self.written_since is not None and min(left, right) >= self.written_since

    def right_of(self, left: str) -> str:
        """Return the id on the right of a record's id on the left."""
        return self._right.get(left, left)

    def are_same(self, left: str, right: str) -> bool:
        """Return whether two different ids are of the same record."""
        if self.knows(left, right):
            return self._right.get(left) == right
        if not self.are_own or not (UUID.fullmatch(left) and UUID.fullmatch(right)):
            return False
        self.learn(left, right)
        return True
