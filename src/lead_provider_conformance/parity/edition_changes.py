"""Explain differences between servers of different editions by the changes of the contract and of behaviour.

Operations are the same by operationId, at whichever path, and fields by their names: the contracts have no renamed
fields, only removed and new ones. A difference is explained if the facts of the two documents differ in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lead_provider_conformance.contract.behaviour_changes import BehaviourChange, behaviour_changes
from lead_provider_conformance.contract.contract import document_name, own_documents
from lead_provider_conformance.contract.diff import Change, Kind, changes, in_order
from lead_provider_conformance.contract.documents import open_document
from lead_provider_conformance.contract.facts import Fact, Facts, OperationFacts, facts_of
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.differences import (
    ERRORS,
    FIELDS,
    HEADERS,
    ORDER,
    RECORDS,
    STATUSES,
    VALUES,
    Difference,
    SideName,
    missing,
    statuses_kind,
)
from lead_provider_conformance.parity.pairs import ReplyPair

_STATUS = re.compile(r"(\d{3}) on the (?:left|right)")
_LIST = re.compile(r"^data\[\]")


@dataclass
class EditionChanges:
    """The changes between the documents of a scope for operations that read. `seen` are those that responses show."""

    changes: tuple[Change, ...]
    seen: set[Change] = field(default_factory=set)
    _facts: dict[str, tuple[str, OperationFacts, OperationFacts]] = field(default_factory=dict)
    """The label on the right and the facts of both documents, by operationId."""
    _behaviour: tuple[BehaviourChange, ...] = ()

    @classmethod
    def of(cls, scope: Scope, editions: tuple[str, str]) -> EditionChanges:
        """Return the changes from the left edition to the right one; none if they are the same."""
        if editions[0] == editions[1]:
            return cls(())
        left, right = (open_document(_name(edition, scope)) for edition in editions)
        before = {facts.id: facts for label, facts in facts_of(left).items() if label.startswith("GET ")}
        facts = {
            str(after.id): (label, before[after.id], after)
            for label, after in facts_of(right).items()
            if label.startswith("GET ") and after.id in before
        }
        behaviour = tuple(behaviour_changes(editions, scope))
        every = in_order([*changes(left, right), *(each.in_diff(right) for each in behaviour)])
        return cls(tuple(_of_reads(every, {label for label, *_ in facts.values()})), set(), facts, behaviour)

    def compared(self, operation: str) -> None:
        """Record that an operation was read at its paths on both servers."""
        if operation in self._facts:
            label = self._facts[operation][0]
            self.seen.update(each for each in self.changes if each.kind is Kind.MOVED and label in each.operations)

    def explains(self, pair: ReplyPair, difference: Difference) -> bool:
        """Return whether the documents explain a difference, and record the changes that it shows."""
        if pair.read.operation not in self._facts:
            return False
        label, left, right = self._facts[pair.read.operation]
        parts = {*_explanations(pair, difference, left, right), *self._behaviours(pair, difference)}
        own = [each for each in self.changes if label in each.operations or each.everywhere]
        self.seen.update(each for each in own if any(part in each.sentence for part in parts))
        return bool(parts)

    def _behaviours(self, pair: ReplyPair, difference: Difference) -> Iterator[str]:
        """Yield the sentence of each change of behaviour that explains a difference."""
        for each in self._behaviour:
            kind = statuses_kind(*each.statuses) if each.statuses else difference.kind
            if each.concerns(pair.read.operation) and (each.place, kind) == (difference.place, difference.kind):
                yield each.sentence


def _name(edition: str, scope: Scope) -> str:
    return document_name(edition, scope) if own_documents(edition) else f"{edition}/{scope}"


def _of_reads(every: Iterable[Change], labels: set[str]) -> Iterator[Change]:
    """Yield the changes of operations that read and both documents have."""
    for each in every:
        own = tuple(label for label in each.operations if label in labels)
        if own and each.kind not in (Kind.REMOVED, Kind.NEW, Kind.DEPRECATED):
            yield Change(each.kind, each.severity, each.sentence, own, each.everywhere)


def _explanations(
    pair: ReplyPair, difference: Difference, left: OperationFacts, right: OperationFacts
) -> Iterator[str]:
    """Yield the part of the sentence of each change that explains a difference."""
    match difference.requirement:
        case each if each in (FIELDS, ERRORS, VALUES):
            status = str(pair.left.status)
            ours, theirs = (_members(facts, status) for facts in (left, right))
            if _explains_member(difference, ours, theirs):
                yield f"in the response {status}, `{_LIST.sub('data', difference.place)}` "
        case each if each == HEADERS and difference.place == "headers.content-type":
            status = str(pair.left.status)
            for media in left.responses.get(status, {}).keys() ^ right.responses.get(status, {}).keys():
                yield f"{status} as {media}"
        case each if each in (STATUSES, RECORDS, ORDER):
            yield from _parameters(difference, left, right)
    if difference.requirement == STATUSES:
        for status in _STATUS.findall(difference.kind):
            if (status in left.responses) != (status in right.responses):
                yield f"returns {status}"


def _members(facts: OperationFacts, status: str) -> Facts:
    return {name: fact for body in facts.responses.get(status, {}).values() for name, fact in body.items()}


def _explains_member(difference: Difference, left: Facts, right: Facts) -> bool:
    ours, theirs = left.get(difference.place), right.get(difference.place)
    if difference.kind == missing(SideName.RIGHT):
        return ours is not None and theirs is None
    if difference.kind == missing(SideName.LEFT):
        return ours is None and theirs is not None
    return ours is not None and theirs is not None and _differ(ours, theirs)


def _differ(left: Fact, right: Fact) -> bool:
    return set(left.types) != set(right.types) or set(map(str, left.enum)) != set(map(str, right.enum))


def _parameters(difference: Difference, left: OperationFacts, right: OperationFacts) -> Iterator[str]:
    kind, _, names = difference.place.partition(":")
    if kind != "query":
        return
    ours, theirs = ({name.removesuffix("[]"): fact for name, fact in each.parameters.items()} for each in (left, right))
    for name in names.split(","):
        one, other = (each.get(f"query:{name.removesuffix('[]')}") for each in (ours, theirs))
        if (one is None) != (other is None) or (one and other and _differ(one, other)):
            yield f"the parameter `{name.removesuffix('[]')}` "
