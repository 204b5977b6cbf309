"""The reads of a version and programme on both servers: operations by operationId, and the path of each on both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.http.client import Query
from lead_provider_conformance.model import Scope
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.parity.pairs import ReadPair
from lead_provider_conformance.parity.side import Read


@dataclass(frozen=True, slots=True)
class OperationPair:
    """An operation that both contracts have. Its path may differ."""

    scope: Scope
    left: Operation
    right: Operation
    required: tuple[str, ...] = ()
    """The names of the filters that every request must have."""

    @property
    def id(self) -> str:
        """The operationId."""
        return self.left.id

    @property
    def is_of_one_record(self) -> bool:
        """Whether the path has an id."""
        return "{" in self.left.path

    @property
    def list_path(self) -> str:
        """The path of the list, on the left, that has the records whose ids the path needs."""
        return self.left.path.partition("/{")[0]

    def read(self, query: Query = (), *, ids: tuple[str, str] = ("", ""), position: int = 0) -> ReadPair:
        """Return the read of the list, or of the record with these ids, with the token at a position."""
        left = Read(filled(self.left.path, ids[0]), query, position=position)
        right = Read(filled(self.right.path, ids[1]), query, position=position)
        return self.pair(left, right)

    def pair(self, left: Read, right: Read, label: str = "", deliberate: str | None = None) -> ReadPair:
        """Return two reads as a pair."""
        required = frozenset(f"filter[{name}]" for name in self.required)
        return ReadPair(self.scope, self.id, left, right, label, deliberate, required)

    def path_on_right(self, path: str) -> str | None:
        """Return the path on the right for a path on the left; None if it is not one of the operation."""
        match = self.left.route.fullmatch(path)
        if match is None:
            return None
        values = iter(match.groups())
        return "/".join(next(values) if part.startswith("{") else part for part in self.right.path.split("/"))


def filled(path: str, record: str) -> str:
    """Return a path with an id."""
    return "/".join(record if part.startswith("{") else part for part in path.split("/"))


def operation_pairs(
    scope: Scope, left: Contract, right: Contract, methods: Collection[str] = ("GET",)
) -> Iterator[OperationPair]:
    """Yield the operations of a programme that both contracts have, by default those that read."""
    for each in left.operations:
        if each.method in methods and scope.programme in each.programmes and right.has(each.id):
            yield OperationPair(scope, each, right.operation(each.id), _required_filters(left, each))


def lists_of(contract: Contract) -> Mapping[str, ListOperation]:
    """Return the lists of a contract by operationId."""
    return {each.operation.id: each for each in ListOperation.of(contract)}


def _required_filters(contract: Contract, operation: Operation) -> tuple[str, ...]:
    for each in operation.parameters:
        if each["in"] == "query" and each["name"] == "filter":
            return tuple(resolve(contract.document, each["schema"]).get("required", ()))
    return ()
