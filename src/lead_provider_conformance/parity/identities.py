"""The ids of the same record on both servers, where each server has made its own."""

from __future__ import annotations

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

    def learn(self, left: str, right: str) -> None:
        """Record that two ids are of the same record."""
        if left != right:
            self.are_own = True
            self._right[left], self._left[right] = right, left

    def right_of(self, left: str) -> str:
        """Return the id on the right of a record's id on the left."""
        return self._right.get(left, left)

    def are_same(self, left: str, right: str) -> bool:
        """Return whether two different ids are of the same record."""
        if left in self._right or right in self._left:
            return self._right.get(left) == right
        if not self.are_own or not (UUID.fullmatch(left) and UUID.fullmatch(right)):
            return False
        self.learn(left, right)
        return True
