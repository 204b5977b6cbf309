"""Resources of responses, in which reading an unusable field raises IncompleteResponse.

A field is unusable if a test could not compare it, look it up or send it back: an object or a list in place of a single
value, a single value in place of an object or a list, or text with a lone surrogate. The other fields stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.http.errors import IncompleteResponse
from lead_provider_conformance.schemas.sentences import quote_value

Resource = Mapping[str, Any]

UNKNOWN_SHAPE = Shape(open=True)
"""The shape of a value that the contract does not describe: anything is usable."""


class _UnusableFields(dict[str, Any]):
    """An object of a resource with `problems`: the messages of its unusable fields."""

    def __init__(self, content: Mapping[str, Any], problems: Mapping[str, str]) -> None:
        super().__init__(content)
        self._problems = problems

    def __getitem__(self, name: str) -> Any:
        if name in self._problems:
            raise IncompleteResponse(self._problems[name])
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - this is `get` itself


def read_resource(value: Mapping[str, Any], shape: Shape) -> Resource:
    """Validate the fields of a resource against the contract's `shape`, and return it."""
    resource: Resource = _read(value, shape, value["id"])
    return resource


def read_resources(contract: Contract, path: str, values: Iterable[Mapping[str, Any]]) -> tuple[Resource, ...]:
    """Validate the resources of the list at `path`."""
    operation = contract.find("GET", path)
    body = (contract.shape(operation, 200) if operation else None) or UNKNOWN_SHAPE
    shape = body.members.get("data", UNKNOWN_SHAPE).items or UNKNOWN_SHAPE
    return tuple(read_resource(value, shape) for value in values)


def _read(value: Any, shape: Shape, record: str) -> Any:
    if isinstance(value, list) and shape.items:
        return [_read(item, shape.items, record) for item in value]
    if not isinstance(value, dict):
        return value
    problems = {}
    content = dict(value)
    for name, field in value.items():
        field_shape = shape.members.get(name, UNKNOWN_SHAPE)
        problem = _problem(field, field_shape)
        if problem:
            problems[name] = f"The record {record} shows `{name}` {problem}."
        elif isinstance(field, dict | list):
            content[name] = _read(field, field_shape, record)
    return _UnusableFields(content, problems) if problems else content


def _problem(value: Any, shape: Shape) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return "with half of a character (a lone surrogate)"
    if shape is UNKNOWN_SHAPE:
        return None
    expected = "an object" if shape.members else "a list" if shape.items else "a single value"
    actual = "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a single value"
    if actual != expected and not (actual == "an object" and shape.open):
        return f"as {quote_value(value)}, where the contract has {expected}"
    if isinstance(value, list) and shape.items:
        return next(filter(None, (_problem(item, shape.items) for item in value)), None)
    return None
