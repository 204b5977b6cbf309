"""Confirm a new difference by reading again on both servers, and find the smallest responses that show it.

A record that changed on one server between the two reads differs once. A difference counts if it is there again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lead_provider_conformance.http.client import Query
from lead_provider_conformance.parity.cases import query_label
from lead_provider_conformance.parity.differences import HEADERS, ORDER, STATUSES, Difference, SideName
from lead_provider_conformance.parity.forms import Forms
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs, ReadPair, ReplyPair
from lead_provider_conformance.parity.recorder import Recorder
from lead_provider_conformance.parity.responses import compare_replies
from lead_provider_conformance.parity.side import Read

ATTEMPTS = 2
"""How often a pair with a new difference is read again."""
MOST_PARAMETERS = 8
"""A query with more parameters is not taken apart."""
SIZE, NUMBER = "page[per_page]", "page[page]"
CauseKey = tuple[str, str, str]
"""The requirement, the place and the kind of a difference."""
Keys = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Adds differences to the ledger, those of a new cause only if they last, with the exchanges that show them.

    A query with several parameters is taken apart: if one of them alone shows the same, the difference is at that one.
    """

    pairs: Pairs
    ledger: Ledger
    recorder: Recorder
    identities: Identities
    explains: Callable[[ReplyPair, Difference], bool] = lambda *_: False
    """Whether the editions of the contract explain a difference."""
    forms: Forms | None = None
    """Collects the form of bodies, if the servers have different records. Then bodies are not compared in pairs."""
    _alone: dict[tuple[str, ...], Mapping[CauseKey, bool]] = field(default_factory=dict)
    """Whether each cause that a query with one parameter shows is explained, by scope, operation and query."""

    def compare(self, pair: ReplyPair, keys: Keys = ()) -> list[Difference]:
        """Return the differences between two replies that the editions of the contract do not explain."""
        return [each for each in self._every(pair, keys) if not self.explains(pair, each)]

    def _every(self, pair: ReplyPair, keys: Keys = ()) -> Iterator[Difference]:
        """Yield the differences between two replies, also those that the editions of the contract explain."""
        found = compare_replies(pair, self.identities, keys)
        if self.forms is None:
            return found
        self.forms.add(pair)
        # The status of a record's read depends on the record: the forms have it.
        compared = (HEADERS, STATUSES) if pair.read.label else (HEADERS,)
        return (each for each in found if each.requirement in compared)

    def add(self, pair: ReplyPair, differences: Sequence[Difference], keys: Keys = ()) -> None:
        """Add the differences of a pair of replies."""
        read, singles = pair.read, dict[str, ReadPair]()
        placed = [found for each in differences if (found := self._placed(pair, each, singles, keys))]
        new = {each.cause: each for each in placed if not self.ledger.knows(read.scope, read.operation, each)}
        if new:
            self._confirm(pair, new, singles, keys)
        for each in placed:
            self.ledger.count(read.scope, read.operation, each)

    def _placed(
        self, pair: ReplyPair, difference: Difference, singles: dict[str, ReadPair], keys: Keys
    ) -> Difference | None:
        """Return a difference at the one parameter of the query that shows it alone, if there is one.

        `singles` gets the read with that parameter alone, by place. Return None if the editions of the contract explain
        the difference of that parameter.
        """
        read = pair.read
        is_of_query = difference.place == read.label and "," in read.label
        if not is_of_query or len(read.left.query) > MOST_PARAMETERS:
            return difference
        for single in read.singles():
            place = query_label(single.left.query, read.required)
            key = (str(read.scope), read.operation, single.left.target)
            if key not in self._alone:
                replies = self.pairs.send_again(replace(single, label=place))
                self._alone[key] = {each.cause: self.explains(replies, each) for each in self._every(replies, keys)}
            cause = (difference.requirement, place, difference.kind)
            if self._alone[key].get(cause):
                return None
            if cause in self._alone[key]:
                singles.setdefault(place, replace(single, label=place))
                return replace(difference, place=place)
        return difference

    def _confirm(
        self, pair: ReplyPair, new: Mapping[CauseKey, Difference], singles: Mapping[str, ReadPair], keys: Keys
    ) -> None:
        """Add the causes that are there again: in a smaller response if possible, or else in the whole one.

        They have to be there in every attempt, but another order, which may come and go, only in one.
        """
        left = set(new)
        for place, read in singles.items():
            if alone := {each for each in left if each[1] == place}:
                self._open(self.pairs.send_again(read), alone, keys)
                left -= alone
        for read in self._smaller(pair, [new[each] for each in left]):
            if left:
                left -= self._open(self.pairs.send_again(read), left, keys)
        again, replies = left, list[ReplyPair]()
        for _ in range(ATTEMPTS):
            if not again:
                return
            replies.append(self.pairs.send_again(pair.read))
            found = {each.cause for each in self.compare(replies[-1], keys)}
            again = {each for each in again if each in found or each[0] == ORDER}
        for whole in reversed(replies):
            again -= self._open(whole, again, keys)

    def _open(self, pair: ReplyPair, wanted: Collection[CauseKey], keys: Keys) -> set[CauseKey]:
        """Record a pair if it shows some of the `wanted` causes, and return those."""
        found = self.compare(pair, keys)
        first = {each.cause: each for each in reversed(found) if each.cause in wanted}
        if first:
            exchanges = self.recorder.pair(pair, sorted(found, key=lambda each: each.cause not in wanted))
            for each in first.values():
                self.ledger.open(pair.read.scope, pair.read.operation, each, exchanges)
        return set(first)

    def _smaller(self, pair: ReplyPair, new: Collection[Difference]) -> Iterator[ReadPair]:
        """Yield reads of one record each, for the first record with each cause on a page of a list."""
        if not {NUMBER, SIZE} <= dict(pair.read.left.query).keys():
            return
        seen = set()
        for each in new:
            left, right = (_position((each.pointers or {}).get(side, "")) for side in SideName)
            if left is not None and right is not None and (left, right) not in seen:
                seen.add((left, right))
                yield one_record(pair.read, _first(pair.read.left) + left, _first(pair.read.right) + right)


def one_record(read: ReadPair, left: int, right: int) -> ReadPair:
    """Return a read of the records at these positions of a list alone."""
    return replace(read, left=_one(read.left, left), right=_one(read.right, right))


def _first(read: Read) -> int:
    """Return the position in the whole list of the first record on a page."""
    query = dict(read.query)
    number, size = query[NUMBER], query[SIZE]
    return (int(number) - 1) * int(size) if number.isdecimal() and size.isdecimal() else 0


def _position(pointer: str) -> int | None:
    """Return the position of the record that a pointer into a list leads to."""
    parts = pointer.split("/")
    return int(parts[2]) if len(parts) > 2 and parts[1] == "data" and parts[2].isdecimal() else None


def _one(read: Read, position: int) -> Read:
    others: Query = [pair for pair in read.query if pair[0] not in (NUMBER, SIZE)]
    return replace(read, query=(*others, (NUMBER, str(position + 1)), (SIZE, "1")))
