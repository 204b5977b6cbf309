"""The structural facts of an OpenAPI document, free of its prose, and how two sets of facts differ.

A fact says what one member is: `data[].attributes.cohort` is a required string. Alternatives (`anyOf`, `oneOf`) are
merged: what any of them allows is allowed, what all of them require is required. Facts are what published documents,
however they are written, can be compared by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.contract.structure import METHODS

ABSENT, PRESENT = "absent", "present"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one member, parameter or body is."""

    types: tuple[str, ...] = ()
    required: bool = True
    enum: tuple[Any, ...] = ()

    def either(self, other: Fact) -> Fact:
        """What holds where one of the two applies."""
        return self._with(other, self.required and other.required)

    def both(self, other: Fact) -> Fact:
        """What holds where both apply."""
        return self._with(other, self.required or other.required)

    def _with(self, other: Fact, required: bool) -> Fact:
        enum = {json.dumps(value): value for value in (*self.enum, *other.enum)}
        return Fact(tuple(sorted({*self.types, *other.types})), required, tuple(enum[key] for key in sorted(enum)))


Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """What one operation takes and gives."""

    parameters: Facts = field(default_factory=dict)
    request: Facts = field(default_factory=dict)
    responses: Mapping[str, Mapping[str, Facts]] = field(default_factory=dict)
    """By status, then by media type."""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two sets of facts do not agree on; `what` names the place and the aspect."""

    operation: str
    """Method and path: `GET /api/v3/statements`."""
    what: str
    """`operation`, `403 response`, `200 media type text/csv`, `200 data[].id type`, `request data.type enum` …"""
    published: str
    """In the first: `absent`, `present`, or the value; of an enumeration, what the second lacks."""
    here: str
    """In the second: `absent`, `present`, or the value; of an enumeration, what the second adds."""

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.operation} {self.what}: {self.published or 'nothing'} → {self.here or 'nothing'}"


def facts_of(document: Mapping[str, Any]) -> dict[str, OperationFacts]:
    """The facts of an OpenAPI document of one file, by operation (`GET /api/v3/statements`).

    Raises `ContractError` for a reference that leads nowhere.
    """
    items = {path: resolve(document, item) for path, item in document["paths"].items() if path.startswith("/")}
    return {
        f"{method.upper()} {path}": _operation(document, item, item[method])
        for path, item in items.items()
        for method in METHODS
        if method in item
    }


def facts_from_json(data: Mapping[str, Any]) -> dict[str, OperationFacts]:
    """Facts that were kept as JSON: operations with `parameters`, `request` and `responses` of plain facts."""

    def facts(raw: Mapping[str, Any]) -> Facts:
        return {
            name: Fact(tuple(fact["type"]), fact["required"], tuple(fact.get("enum", ()))) for name, fact in raw.items()
        }

    return {
        name: OperationFacts(
            facts(raw["parameters"]),
            facts(raw["request"]),
            {
                status: {media: facts(body) for media, body in content.items()}
                for status, content in raw["responses"].items()
            },
            raw["deprecated"],
        )
        for name, raw in data["operations"].items()
    }


def differences(published: Mapping[str, OperationFacts], here: Mapping[str, OperationFacts]) -> Iterator[Difference]:
    """What is not the same, operation by operation."""
    for name in sorted({*published, *here}):
        if name not in here or name not in published:
            yield Difference(name, "operation", *_presence(published, here, name))
            continue
        for what, before, after in _operation_differences(published[name], here[name]):
            yield Difference(name, what, before, after)


def _operation_differences(a: OperationFacts, b: OperationFacts) -> Iterator[tuple[str, str, str]]:
    yield from _fact_differences("parameter", a.parameters, b.parameters)
    yield from _fact_differences("request", a.request, b.request)
    for status in sorted({*a.responses, *b.responses}):
        if status not in a.responses or status not in b.responses:
            yield f"{status} response", *_presence(a.responses, b.responses, status)
            continue
        x, y = a.responses[status], b.responses[status]
        for media in sorted({*x, *y}):
            if media not in x or media not in y:
                yield f"{status} media type {media}", *_presence(x, y, media)
            else:
                yield from _fact_differences(status, x[media], y[media])


def _fact_differences(place: str, a: Facts, b: Facts) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*a, *b}):
        what = f"{place} {name}"
        if name not in a or name not in b:
            yield what, *_presence(a, b, name)
            continue
        x, y = a[name], b[name]
        if x.types != y.types:
            yield f"{what} type", " or ".join(x.types), " or ".join(y.types)
        if x.required != y.required:
            words = {True: "required", False: "optional"}
            yield f"{what} required", words[x.required], words[y.required]
        lost, new = (
            sorted(set(map(str, one)) - set(map(str, other))) for one, other in ((x.enum, y.enum), (y.enum, x.enum))
        )
        if lost or new:
            yield f"{what} enum", ", ".join(lost), ", ".join(new)


def _presence(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> tuple[str, str]:
    return (PRESENT if name in a else ABSENT, PRESENT if name in b else ABSENT)


def _operation(document: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]) -> OperationFacts:
    parameters: Facts = {}
    for raw in (*item.get("parameters", ()), *operation.get("parameters", ())):
        parameters.update(_parameter(document, resolve(document, raw)))
    request: Facts = {}
    body = resolve(document, operation.get("requestBody", {}))
    for media in body.get("content", {}).values():
        request.update(_flatten(document, media.get("schema", {})))
    responses = {}
    for status, raw in operation.get("responses", {}).items():
        content = resolve(document, raw).get("content", {})
        responses[str(status)] = {kind: _flatten(document, media.get("schema", {})) for kind, media in content.items()}
    return OperationFacts(parameters, request, responses, bool(operation.get("deprecated")))


def _parameter(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Facts:
    """The facts of a parameter; an object or list that is a parameter is told by its members alone."""
    found: Facts = {}
    for name, fact in _flatten(document, parameter.get("schema", {})).items():
        if name == ".":
            full, fact = parameter["name"], replace(fact, required=bool(parameter.get("required")))
        else:
            full = parameter["name"] + (name if name.startswith("[]") else f"[{name}]")
        found[f"{parameter['in']}:{full}"] = fact
    members = {name: fact for name, fact in found.items() if "[" in name}
    return members or found


def _flatten(
    document: Mapping[str, Any],
    schema: Any,
    where: str = "",
    required: bool = True,
    within: frozenset[str] = frozenset(),
) -> Facts:
    """The facts of a schema, by member; `within` are the references that led here, which are not followed again."""
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
        out = _merge(out, _flatten(document, part, where, required, within), Fact.both, alone=None)
    for keyword in ("anyOf", "oneOf"):
        branches: Facts | None = None
        for part in schema.get(keyword, ()):
            flat = _flatten(document, part, where, required, within)
            branches = flat if branches is None else _merge(branches, flat, Fact.either, alone=False)
        if branches:
            out = _merge(out, branches, Fact.both, alone=None)
    return out


def _fact(schema: Mapping[str, Any], required: bool) -> Fact:
    kinds = schema.get("type", ())
    types = {kinds} if isinstance(kinds, str) else set(kinds)
    if schema.get("nullable"):
        types.add("null")
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return Fact(tuple(sorted(types)), required, tuple(sorted((v for v in values if v is not None), key=str)))


def _merge(a: Facts, b: Facts, join: Callable[[Fact, Fact], Fact], *, alone: bool | None) -> Facts:
    """Both sets of facts; `alone`, unless None, is whether a fact that only one of them has is required."""
    out: Facts = {}
    for name in (*a, *(name for name in b if name not in a)):
        if name in a and name in b:
            out[name] = join(a[name], b[name])
        else:
            only = a.get(name) or b[name]
            out[name] = only if alone is None else replace(only, required=alone)
    return out
