"""Find the members of a body that its schema does not document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from lead_provider_conformance.contract.operation import resolve


@dataclass
class Shape:
    """The members that a schema documents at any depth, including those of `$ref`, `allOf`, `anyOf` and `oneOf`."""

    members: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    open: bool = False
    """Whether the schema allows members that it does not name."""
    types: frozenset[str] = frozenset()
    """The allowed types of JSON; empty if the schema does not limit them."""

    @cached_property
    def objects(self) -> tuple[tuple[str, Shape], ...]:
        """The members that document members or items themselves."""
        return tuple((name, each) for name, each in self.members.items() if each.members or each.items is not None)


def shape_of(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Shape:
    """Return the shape of a schema of the bundled `document`."""
    return _merged(document, [schema], {})


def undocumented(shape: Shape, body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of the members of `body` that the shape does not document."""
    if isinstance(body, dict) and shape.members:
        if not shape.open and not body.keys() <= shape.members.keys():
            yield from ((*path, name) for name in body if name not in shape.members)
        for name, member in shape.objects:
            if name in body:
                yield from undocumented(member, body[name], (*path, name))
    elif isinstance(body, list) and shape.items is not None:
        for index, value in enumerate(body):
            yield from undocumented(shape.items, value, (*path, index))


def _merged(
    document: Mapping[str, Any], schemas: list[Mapping[str, Any]], known: dict[tuple[int, ...], Shape]
) -> Shape:
    """Return one shape for schemas of the same value. `known` has the shapes of schemas that refer to themselves."""
    flat = [piece for schema in schemas for piece in _flattened(document, schema)]
    key = tuple(id(piece) for piece in flat)
    if key in known:
        return known[key]
    shape = known[key] = Shape()
    properties: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for piece in flat:
        for name, schema in piece.get("properties", {}).items():
            properties[name].append(schema)
    shape.types = frozenset(chain.from_iterable(map(_types, flat)))
    shape.open = any(piece.get("additionalProperties", False) is not False for piece in flat)
    shape.members = {name: _merged(document, each, known) for name, each in properties.items()}
    if items := [piece["items"] for piece in flat if "items" in piece]:
        shape.items = _merged(document, items, known)
    return shape


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the types that a schema names: its own, or those of its values."""
    named = schema.get("type", ())
    if named:
        yield from (named,) if isinstance(named, str) else named
    else:
        yield from map(type_of, (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())))


_TYPES = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


def type_of(value: Any) -> str:
    """Return the type of a JSON value, as schemas name it; `integer` for a whole number."""
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return _TYPES.get(type(value), "object")


def _flattened(document: Mapping[str, Any], schema: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(schema, Mapping):
        return
    schema = resolve(document, schema)
    yield schema
    lists = (schema.get(keyword, ()) for keyword in ("allOf", "anyOf", "oneOf"))
    for part in chain(*lists, (schema.get("then"), schema.get("else"))):
        yield from _flattened(document, part)
