"""Resources of responses, in which reading an unusable field raises IncompleteResponse.

A field is unusable if it is missing, if its type is not one of the contract's, or if it is text with a lone surrogate.
The other fields stay readable. A null is readable: the contract decides whether it is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.members import Shape, type_of
from lead_provider_conformance.http.errors import IncompleteResponse
from lead_provider_conformance.model import Cause
from lead_provider_conformance.schemas.sentences import TYPE_NAMES, quote_value

Resource = Mapping[str, Any]

SURROGATE = "with half of a character (a lone surrogate)"
UNKNOWN_SHAPE = Shape(open=True)
"""The shape of a value that the contract does not describe: anything is usable."""


@dataclass(frozen=True, slots=True)
class Source:
    """The place of a resource: the `operation` whose response has it, and the pointer to it, with `*` for positions.

    `exchange` is the id of the exchange, if known.
    """

    operation: str = ""
    pointer: str = "/data"
    exchange: str = ""

    def at(self, name: str) -> Source:
        """Return the place of a value in the resource."""
        return Source(self.operation, f"{self.pointer}/{name}", self.exchange)


class Fields(dict[str, Any]):
    """An object of the resource `record`. Subscripting a missing field raises IncompleteResponse."""

    __slots__ = ("exchange", "record")

    def __init__(self, content: Mapping[str, Any], record: str, exchange: str) -> None:
        super().__init__(content)
        self.record = record
        self.exchange = exchange

    def __missing__(self, name: str) -> Any:
        raise IncompleteResponse(f"The record {self.record} has no `{name}`.", exchange=self.exchange or None)


class _UnusableFields(Fields):
    """An object of a resource with `problems`: the errors of its unusable fields."""

    __slots__ = ("_problems",)

    def __init__(
        self, content: Mapping[str, Any], record: str, exchange: str, problems: Mapping[str, tuple[str, Cause | None]]
    ) -> None:
        super().__init__(content, record, exchange)
        self._problems = problems

    def __getitem__(self, name: str) -> Any:
        if name in self._problems:
            raise IncompleteResponse(*self._problems[name], exchange=self.exchange or None)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - this is `get` itself


def read_resource(value: Mapping[str, Any], shape: Shape, source: Source = Source()) -> Resource:
    """Validate the fields of a resource against the contract's `shape`, and return it."""
    resource: Resource = _read(value, shape, value["id"], source)
    return resource


def valid_resource(value: Mapping[str, Any], exchange: str) -> Resource:
    """Return a resource of a response that the contract allows; its fields need no second check."""
    return _with_fields(value, value["id"], exchange)


def exchange_of(value: object) -> str | None:
    """Return the id of the exchange whose response showed an object of a resource, if it is one and the id is known."""
    return (value.exchange or None) if isinstance(value, Fields) else None


def _with_fields(value: Mapping[str, Any], record: str, exchange: str) -> Fields:
    fields = Fields(value, record, exchange)
    for name, each in value.items():
        kind = type(each)  # a parser makes no subclasses
        if kind is dict:
            fields[name] = _with_fields(each, record, exchange)
        elif kind is list:
            fields[name] = [_with_fields(item, record, exchange) if type(item) is dict else item for item in each]
    return fields


def read_resources(
    contract: Contract, path: str, values: Iterable[tuple[Mapping[str, Any], str]]
) -> tuple[Resource, ...]:
    """Validate the resources of the list at `path`, each given with the id of the exchange that showed it."""
    operation = contract.find("GET", path)
    body = (contract.shape(operation, 200) if operation else None) or UNKNOWN_SHAPE
    shape = body.members.get("data", UNKNOWN_SHAPE).items or UNKNOWN_SHAPE
    name = operation.id if operation else ""
    return tuple(read_resource(value, shape, Source(name, "/data/*", exchange)) for value, exchange in values)


def _read(value: Any, shape: Shape, record: str, source: Source) -> Any:
    if isinstance(value, list) and shape.items:
        items = source.at("*")
        return [_read(item, shape.items, record, items) for item in value]
    if not isinstance(value, dict):
        return value
    problems = {}
    content = dict(value)
    for name, field in value.items():
        field_shape = shape.members.get(name, UNKNOWN_SHAPE)
        if problem := _problem(field, field_shape):
            text, place = problem
            # The contract's own rule reports wrong types, and not lone surrogates.
            cause = None if text == SURROGATE else Cause(source.operation, f"{source.pointer}/{name}{place}", "type")
            problems[name] = f"The record {record} shows `{name}` {text}.", cause
        elif isinstance(field, dict | list):
            content[name] = _read(field, field_shape, record, source.at(name))
    if problems:
        return _UnusableFields(content, record, source.exchange, problems)
    return Fields(content, record, source.exchange)


def _problem(value: Any, shape: Shape) -> tuple[str, str] | None:
    """Return the problem of a value and its place in the value; None if it is usable."""
    if value is None:
        return None
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return SURROGATE, ""
    actual = type_of(value)
    if shape.types and actual not in shape.types and not (actual == "integer" and "number" in shape.types):
        expected = " or ".join(TYPE_NAMES[name] for name in sorted(shape.types - {"null"}))
        return f"as {quote_value(value)}, where the contract has {expected or 'null'}", ""
    if isinstance(value, list) and shape.items:
        problem = next(filter(None, (_problem(item, shape.items) for item in value)), None)
        return problem and (problem[0], f"/*{problem[1]}")
    return None
