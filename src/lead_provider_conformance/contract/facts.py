"""The structural facts of an OpenAPI document, without its prose.

A fact describes one member: `data[].attributes.cohort` is a required string. `anyOf` and `oneOf` are merged: a type or
value is allowed if any alternative allows it, and a member is required if every alternative requires it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Any

from lead_provider_conformance.contract.operation import METHODS, resolve


@dataclass(frozen=True, slots=True)
class Fact:
    """The types, allowed values and formats of a member, a parameter or a body."""

    types: tuple[str, ...] = ()
    required: bool = True
    enum: tuple[Any, ...] = ()
    formats: tuple[str, ...] = ()


Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """The facts of an operation's parameters, request and responses."""

    parameters: Facts = field(default_factory=dict)
    request: Facts = field(default_factory=dict)
    responses: Mapping[str, Mapping[str, Facts]] = field(default_factory=dict)
    """By status, then by media type."""
    deprecated: bool = False
    id: str | None = None
    """The operationId, if the document has one."""


def facts_of(document: Mapping[str, Any]) -> dict[str, OperationFacts]:
    """Return the facts of a bundled document, by operation: `GET /api/v3/statements`.

    Raise ContractError for a broken reference.
    """
    return {
        f"{method.upper()} {path}": _operation(document, item, item[method])
        for path, raw in document["paths"].items()
        if path.startswith("/")
        for item in (resolve(document, raw),)
        for method in METHODS
        if method in item
    }


def _operation(document: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]) -> OperationFacts:
    parameters: Facts = {}
    for raw in (*item.get("parameters", ()), *operation.get("parameters", ())):
        parameters.update(_parameter(document, resolve(document, raw)))
    bodies = _content(document, operation.get("requestBody", {})).values()
    request = {name: fact for body in bodies for name, fact in body.items()}
    responses = {str(status): _content(document, raw) for status, raw in operation.get("responses", {}).items()}
    return OperationFacts(
        parameters, request, responses, bool(operation.get("deprecated")), operation.get("operationId")
    )


def _content(document: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Facts]:
    """Return the facts of a request body or a response, by media type."""
    content = resolve(document, body).get("content", {})
    return {kind: _flatten(document, media.get("schema", {})) for kind, media in content.items()}


def _parameter(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Facts:
    """Return the facts of a parameter; of an object or a list only those of its members."""
    facts: Facts = {}
    for name, fact in _flatten(document, parameter.get("schema", {})).items():
        if name == ".":
            full, fact = parameter["name"], replace(fact, required=bool(parameter.get("required")))
        else:
            full = parameter["name"] + (name if name.startswith("[]") else f"[{name}]")
        facts[f"{parameter['in']}:{full}"] = fact
    members = {name: fact for name, fact in facts.items() if "[" in name}
    return members or facts


def _flatten(
    document: Mapping[str, Any],
    schema: Any,
    where: str = "",
    required: bool = True,
    within: frozenset[str] = frozenset(),
) -> Facts:
    """Return the facts of a schema, by member. `within` has the references on the way, which are not followed again."""
    if not isinstance(schema, Mapping):
        return {}
    if schema.get("$ref") in within:
        return {where or ".": _fact(resolve(document, schema), required)}
    if "$ref" in schema:
        within |= {schema["$ref"]}
    schema = resolve(document, schema)
    out: Facts = {where or ".": _fact(schema, required)}
    for name, member in schema.get("properties", {}).items():
        place = f"{where}.{name}" if where else name
        out.update(_flatten(document, member, place, name in schema.get("required", ()), within))
    if "items" in schema:
        out.update(_flatten(document, schema["items"], f"{where}[]", True, within))
    for part in schema.get("allOf", ()):
        out = _merge(out, _flatten(document, part, where, required, within))
    for keyword in ("anyOf", "oneOf"):
        branches = [_flatten(document, part, where, required, within) for part in schema.get(keyword, ())]
        if branches:
            out = _merge(out, reduce(partial(_merge, alternatives=True), branches))
    return out


def _fact(schema: Mapping[str, Any], required: bool) -> Fact:
    kinds = schema.get("type", ())
    types = {kinds} if isinstance(kinds, str) else set(kinds)
    if schema.get("nullable"):
        types.add("null")
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    enum = tuple(sorted((v for v in values if v is not None), key=str))
    return Fact(tuple(sorted(types)), required, enum, (schema["format"],) if "format" in schema else ())


def _merge(a: Facts, b: Facts, *, alternatives: bool = False) -> Facts:
    """Merge the facts of two schemas, which both apply to a value unless they are `alternatives`."""
    out = {name: replace(fact, required=False) if alternatives else fact for name, fact in (a | b).items()}
    for name in a.keys() & b.keys():
        x, y = a[name], b[name]
        enum = {json.dumps(value): value for value in (*x.enum, *y.enum)}
        required = x.required and y.required if alternatives else x.required or y.required
        types, formats = sorted({*x.types, *y.types}), sorted({*x.formats, *y.formats})
        out[name] = Fact(tuple(types), required, tuple(enum[key] for key in sorted(enum)), tuple(formats))
    return out
