"""Read a whole list of both servers page by page, match its records, and compare them.

Records are compared as soon as both servers have shown them, and forgotten. Only those that the other server has not
shown yet are stored, compressed. So the memory does not depend on the length of a list.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from lead_provider_conformance.http.client import Query
from lead_provider_conformance.parity.confirmation import NUMBER, SIZE, Confirmation, one_record
from lead_provider_conformance.parity.differences import ORDER, RECORDS, Difference, SideName, only
from lead_provider_conformance.parity.pairs import ReadPair, ReplyPair
from lead_provider_conformance.parity.records import KEYS, identity, learn, match
from lead_provider_conformance.parity.responses import Body

PAGE_SIZE = 500
PAGES_IN_FLIGHT = 2
"""One page is read ahead. After the last page of a list, it is in vain."""
MAX_PAGES = 2_000
"""The most pages that are read of a list, in case that a server never comes to an end."""
SAMPLE = 400
"""The records of a list that are stored, to choose values of filters from."""
PLACE = "data[]"
OK = 200


@dataclass(slots=True)
class Stored:
    """A record that only one side has shown yet: its position in the list, and its compressed content."""

    position: int
    content: bytes

    @classmethod
    def of(cls, record: Any, position: int) -> Stored:
        """Compress a record; of one that is nested too deeply, the id alone."""
        try:
            content = orjson.dumps(record)
        except orjson.JSONEncodeError:
            content = orjson.dumps({"id": identity(record)})
        return cls(position, zlib.compress(content, 1))

    @property
    def record(self) -> Any:
        """The record."""
        return orjson.loads(zlib.decompress(self.content))


@dataclass(slots=True)
class Progress:
    """The records of one side so far: the hashes of their identities in order, and those that are not matched."""

    order: array[int] = field(default_factory=lambda: array("q"))
    waiting: dict[tuple[str, int], Stored] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)
    sample: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, record: Any, name: str) -> tuple[tuple[str, int], int]:
        """Add a record in order, and return its name with the number of its occurrence, and its position."""
        key = hash(name)
        self.order.append(key)
        self.seen[key] += 1
        if len(self.sample) < SAMPLE and isinstance(record, dict):
            self.sample.append(record)
        return (name, self.seen[key]), len(self.order) - 1


class WholeList:
    """One list on both servers. `ids` has the ids of matched records: left, right."""

    def __init__(self, name: str, first: ReadPair, confirmation: Confirmation) -> None:
        """`name` is the list's, such as `ecf_participants`; `first` reads it, without a page."""
        self.ids: dict[str, str] = {}
        self.ways: Counter[str] = Counter()
        self.left, self.right = Progress(), Progress()
        self._first = first
        self._keys = KEYS.get(name, ())
        self._confirmation = confirmation
        self._is_over = False
        self._previous: tuple[bytes, bytes] = b"", b""

    @property
    def matched(self) -> int:
        """The number of matched records."""
        return self.ways.total()

    def read(self) -> None:
        """Read all pages, and add the differences to the ledger."""
        for pair in self._confirmation.pairs.send_all(self._pages(), PAGES_IN_FLIGHT):
            if not self._is_over:
                self._page(pair)
        self._match_rest()
        self._check_order_and_rest()

    def read_own(self) -> None:
        """Read one page of each server, whose records differ. Records at the same position stand for each other."""
        pair = next(iter(self._confirmation.pairs.send_all([self._page_read(1)])))
        self._confirmation.add(pair, self._confirmation.compare(pair))
        for side, reply in ((self.left, pair.left), (self.right, pair.right)):
            for record in Body.of(reply).records or []:
                side.add(record, identity(record))
        ids = ([identity(each).partition(" ")[0] for each in side.sample] for side in (self.left, self.right))
        self.ids = {left: right for left, right in zip(*ids, strict=False) if left and right}
        self.ways["position"] = len(self.ids)

    def _page_read(self, number: int) -> ReadPair:
        return paged(self._first, ((NUMBER, str(number)), (SIZE, str(PAGE_SIZE))))

    def _pages(self) -> Iterator[ReadPair]:
        """Yield the reads of pages until one is not full on either side. The next is always on its way by then."""
        for number in range(1, MAX_PAGES + 1):
            if self._is_over:
                return
            yield self._page_read(number)

    def _page(self, pair: ReplyPair) -> None:
        is_same = pair.left.body == pair.right.body
        bodies = [Body.of(pair.left)]
        bodies.append(bodies[0] if is_same else Body.of(pair.right))
        differences = [
            each
            for each in self._confirmation.compare(pair)
            if not (each.requirement in (ORDER, RECORDS) and each.place == PLACE)
        ]
        self._confirmation.add(pair, differences)
        left, right = (each.records or [] for each in bodies)
        self._is_over = self._ends_with(pair, left, right)
        self._add(left, right)

    def _ends_with(self, pair: ReplyPair, left: Sequence[Any], right: Sequence[Any]) -> bool:
        """Return whether a page is the last: neither is full, or both servers ignore the number of the page."""
        before, self._previous = self._previous, (pair.left.body, pair.right.body)
        is_full = max(len(left), len(right)) >= PAGE_SIZE
        return {pair.left.status, pair.right.status} != {OK} or not is_full or before == self._previous

    def _add(self, left: Sequence[Any], right: Sequence[Any]) -> None:
        """Match the records of a page with those of the other side, on this page or an earlier one."""
        identities = self._confirmation.identities
        ours = {}
        for record in left:
            name, position = self.left.add(record, identity(record, identities))
            ours[name] = position, record
        for record in right:
            name, position = self.right.add(record, identity(record))
            if name in ours:
                self._matched(ours.pop(name)[1], record, "id")
            elif name in self.left.waiting:
                stored = self.left.waiting.pop(name)
                self._compare(stored.record, record, stored.position, position)
                self._matched(stored.record, record, "id")
            else:
                self.right.waiting[name] = Stored.of(record, position)
        for name, (position, record) in ours.items():
            if name in self.right.waiting:
                stored = self.right.waiting.pop(name)
                self._compare(record, stored.record, position, stored.position)
                self._matched(record, stored.record, "id")
            else:
                self.left.waiting[name] = Stored.of(record, position)

    def _matched(self, left: Any, right: Any, way: str) -> None:
        self.ways[way] += 1
        if one := identity(left).partition(" ")[0]:
            self.ids.setdefault(one, identity(right).partition(" ")[0])

    def _compare(self, left: Any, right: Any, one: int, other: int) -> None:
        """Compare a record on different pages of both sides: read it alone on both."""
        if left == right:
            return
        read = one_record(self._first, one, other)
        pair = self._confirmation.pairs.send_again(read)
        self._confirmation.add(pair, self._confirmation.compare(pair, self._keys))

    def _match_rest(self) -> None:
        """Match the records that only one side has by a key, such as a TRN."""
        left, right = list(self.left.waiting.items()), list(self.right.waiting.items())
        if not (left and right and self._keys):
            return
        ours, theirs = ([self._key_fields(stored.record) for _, stored in each] for each in (left, right))
        matching = match(ours, theirs, self._confirmation.identities, self._keys)
        self.ways.update({way: number for way, number in matching.ways.items() if way != "id"})
        for one, other in matching.pairs:
            (name, stored), (other_name, other_stored) = left[one], right[other]
            record, other_record = stored.record, other_stored.record
            learn(record, other_record, self._confirmation.identities)
            ids = [identity(each).partition(" ")[0] for each in (record, other_record)]
            if all(ids):
                self.ids.setdefault(*ids)
            self.left.order[stored.position] = self.right.order[other_stored.position]
            self._compare(record, other_record, stored.position, other_stored.position)
            del self.left.waiting[name], self.right.waiting[other_name]

    def _key_fields(self, record: Any) -> Any:
        """Return a record with the fields of its keys alone."""
        attributes = record.get("attributes") if isinstance(record, dict) else None
        if not isinstance(attributes, dict):
            return record
        names = {name for key in self._keys for name in key} | {"ecf_enrolments", "npq_enrolments"}
        return {"id": record.get("id"), "attributes": {name: attributes[name] for name in names & attributes.keys()}}

    def _check_order_and_rest(self) -> None:
        """Add records that only one side has, and another order, if they are there when the list is read again."""
        position = self._first_in_other_order()
        if not (self.left.waiting or self.right.waiting) and position is None:
            return
        again = WholeList("", self._first, self._confirmation)
        again.read_order()
        for side, mine, theirs in (
            (SideName.LEFT, self.left, again.right),
            (SideName.RIGHT, self.right, again.left),
        ):
            for (name, _), stored in mine.waiting.items():
                if hash(name) not in theirs.seen and hash(name) in again.side(side).seen:
                    self._add_only(side, name, stored)
        if position is not None and again._first_in_other_order() is not None:
            pair = self._confirmation.pairs.send_again(one_record(self._first, position, position))
            self._open(pair, Difference(ORDER, PLACE, "another order"))

    def side(self, side: SideName) -> Progress:
        """Return the progress of a side."""
        return self.left if side is SideName.LEFT else self.right

    def read_order(self) -> None:
        """Read all pages for the order of the records alone."""
        for pair in self._confirmation.pairs.send_all(self._pages(), PAGES_IN_FLIGHT):
            left, right = (Body.of(each).records or [] for each in (pair.left, pair.right))
            if self._is_over:
                return
            self._is_over = self._ends_with(pair, left, right)
            for record in left:
                self.left.add(record, identity(record, self._confirmation.identities))
            for record in right:
                self.right.add(record, identity(record))

    def _first_in_other_order(self) -> int | None:
        """Return the first position at which the records of both sides are in another order."""
        left, right = self.left, self.right
        if left.order == right.order:
            return None
        both = left.seen.keys() & right.seen.keys()
        theirs = (each for each in right.order if each in both)
        ours = ((position, each) for position, each in enumerate(left.order) if each in both)
        pairs = zip(ours, theirs, strict=False)
        return next((position for (position, one), other in pairs if one != other), None)

    def _add_only(self, side: SideName, name: str, stored: Stored) -> None:
        difference = Difference(RECORDS, PLACE, only(side), pointers={side: "/data/0"}, record=name)
        if not self._confirmation.ledger.knows(self._first.scope, self._first.operation, difference):
            read = one_record(self._first, stored.position, stored.position)
            self._open(self._confirmation.pairs.send_again(read), difference)
        else:
            self._confirmation.ledger.count(self._first.scope, self._first.operation, difference)

    def _open(self, pair: ReplyPair, difference: Difference) -> None:
        ledger, read = self._confirmation.ledger, pair.read
        ledger.open(read.scope, read.operation, difference, self._confirmation.recorder.pair(pair, [difference]))
        ledger.count(read.scope, read.operation, difference)


def paged(read: ReadPair, query: Query) -> ReadPair:
    """Return a read with a query added on both sides."""
    left, right = (replace(each, query=(*each.query, *query)) for each in (read.left, read.right))
    return replace(read, left=left, right=right)
