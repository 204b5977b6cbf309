"""Write schemas of the contract in the OpenAPI 3.0 that client generators read alike.

| in the contract | for clients |
|---|---|
| `type: [string, "null"]`, or `anyOf` with `type: "null"` | `nullable: true` |
| `const` in a request | `enum` with one value, which is also the default |
| `enum` or `const` in a response | `type: string`; the description has the values, because a server may add values |
| alternatives that are objects | one object with the properties of all; descriptions say when one is required |
| alternatives that are strings | one string |
| `$ref` with a description beside it | `allOf` with the `$ref` |
| `title`, `x-…` | left out: generators name classes after titles |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lead_provider_conformance.contract.source import ContractError

Schema = Mapping[str, Any]

REFERENCE = "#/components/schemas/"
_NULL = {"type": "null"}
_COPIED = (
    "format", "pattern", "required", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "example", "additionalProperties",
)  # fmt: skip
_REWRITTEN = ("type", "anyOf", "allOf", "const", "enum", "examples", "properties", "items", "description")


class ClientSchemas:
    """The schemas of one document, simplified when a request or a response uses them."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._requests = _Simplifier(schemas, is_response=False)
        self._responses = _Simplifier(schemas, is_response=True)

    def for_request(self, schema: Schema) -> dict[str, Any]:
        """Return a schema of a request, which keeps its enumerations."""
        return self._requests.simple(schema)

    def for_response(self, schema: Schema) -> dict[str, Any]:
        """Return a schema of a response, which accepts new values of enumerations."""
        return self._responses.simple(schema)

    def components(self) -> dict[str, dict[str, Any]]:
        """Return the schemas that others refer to.

        Raise ContractError for an object with an enumeration that requests and responses share.
        """
        requests, responses = self._requests.components, self._responses.components
        for name in requests.keys() & responses.keys():
            if requests[name] != responses[name]:
                raise ContractError(f"Requests and responses share '{name}', which has an enumeration; split it.")
        return requests | responses


class _Simplifier:
    def __init__(self, schemas: Mapping[str, Schema], *, is_response: bool) -> None:
        self._schemas = schemas
        self._is_response = is_response
        self.components: dict[str, dict[str, Any]] = {}

    def simple(self, schema: Schema) -> dict[str, Any]:
        alternatives = [each for each in schema.get("anyOf", ()) if each != _NULL]
        around = _without(schema, "anyOf")
        if "$ref" in schema:
            simple = self._reference(schema)
        elif len(alternatives) == 1:
            simple = self.simple({**alternatives[0], **around})
        elif alternatives:
            simple = self._union(around, alternatives)
        else:
            simple = self._keywords(schema)
        if "null" in types(schema) or _NULL in schema.get("anyOf", ()):
            # Strictly, `allOf` still forbids null. Generators read it as a class or null, and as nothing else.
            simple = {"allOf": [simple]} if "$ref" in simple else simple
            simple["nullable"] = True
        return simple

    def _reference(self, schema: Schema) -> dict[str, Any]:
        """Return the reference, or the referenced schema itself if it is a response's enumeration."""
        name = schema["$ref"].removeprefix(REFERENCE)
        described = {"description": schema["description"]} if "description" in schema else {}
        if self._is_response and "enum" in self._schemas[name]:
            return self.simple({**self._schemas[name], **described})
        self._add(name)
        reference = {"$ref": schema["$ref"]}
        return {"allOf": [reference], **described} if described else reference

    def _add(self, name: str) -> None:
        if name not in self.components:
            self.components[name] = {}  # reserves the name, because a schema may refer to itself
            self.components[name] = self.simple(self._schemas[name])

    def _keywords(self, schema: Schema) -> dict[str, Any]:
        simple: dict[str, Any] = {}
        if types(schema):
            simple["type"] = next((each for each in types(schema) if each != "null"), "string")
        if "description" in schema:
            simple["description"] = schema["description"]
        for key, value in schema.items():
            if key in _COPIED:
                simple[key] = value
            elif key not in (*_REWRITTEN, "title") and not key.startswith("x-"):
                raise ContractError(f"The document for clients cannot express '{key}'; see client_schemas.py.")
        simple |= self._values(schema)
        if "examples" in schema:
            simple["example"] = schema["examples"][0]
        if "allOf" in schema:
            simple["allOf"] = [self.simple(each) for each in schema["allOf"]]
        if "properties" in schema:
            simple["properties"] = {name: self.simple(each) for name, each in schema["properties"].items()}
        if "items" in schema:
            simple["items"] = self.simple(schema["items"])
        return simple

    def _values(self, schema: Schema) -> dict[str, Any]:
        """Return the enumeration of a request, or a description of the values of a response."""
        if "const" in schema:
            value = schema["const"]
            if not self._is_response:
                return {"enum": [value], "default": value}
            return {"description": sentences(schema.get("description"), f"Always `{value}`.")}
        if "enum" not in schema:
            return {}
        if not self._is_response:
            return {"enum": list(schema["enum"])}
        known = ", ".join(f"`{each}`" for each in schema["enum"] if each is not None)
        return {"description": sentences(schema.get("description"), f"Values: {known}; others may be added.")}

    def _union(self, around: Schema, alternatives: Sequence[Schema]) -> dict[str, Any]:
        """Return the plainest schema that accepts the values of all alternatives."""
        resolved = [self._resolved({**_typed(around), **each}) for each in alternatives]
        if all(types(each) == ["object"] for each in resolved):
            return self._keywords({**self._merged_objects(resolved), **around})
        if all(types(each) == ["string"] for each in resolved):
            return self._keywords({"type": "string", **around})
        simple = {**self._keywords(around), "anyOf": [self.simple(each) for each in alternatives]}
        if any("null" in types(each) for each in resolved):
            # A generated class for the alternatives accepts null only if they are nullable as a whole.
            simple |= {"anyOf": [_without(each, "nullable") for each in simple["anyOf"]], "nullable": True}
        return simple

    def _merged_objects(self, alternatives: Sequence[Schema]) -> Schema:
        names = dict.fromkeys(name for each in alternatives for name in each["properties"])
        return {
            "type": "object",
            "required": [name for name in names if all(name in each.get("required", ()) for each in alternatives)],
            "properties": {name: self._merged_property(name, alternatives) for name in names},
        }

    def _merged_property(self, name: str, alternatives: Sequence[Schema]) -> Schema:
        requiring = [each for each in alternatives if name in each.get("required", ())]
        others = [each for each in alternatives if each not in requiring and name in each["properties"]]
        schemas = [each["properties"][name] for each in (*requiring, *others)]
        described = [schemas[0]["description"]] if "description" in schemas[0] else []
        if 0 < len(requiring) < len(alternatives):
            described.append(f"Required for: {'; '.join(_quoted(each) for each in requiring)}.")
        merged = self._merged_values(schemas)
        return {**merged, "description": " ".join(described)} if described else merged

    def _merged_values(self, schemas: Sequence[Schema]) -> Schema:
        """Return a schema that accepts the values of all, which have one type except null."""
        plain = [_without(each, "description") for each in schemas]
        if all(each == plain[0] for each in plain):
            return plain[0]
        resolved = [self._resolved(each) for each in plain]
        enumerations = [each.get("enum", [each["const"]] if "const" in each else None) for each in resolved]
        merged: dict[str, Any] = {"type": _in_order(name for each in resolved for name in types(each))}
        if all(each is not None for each in enumerations):
            merged["enum"] = _in_order(value for each in enumerations for value in each or ())
        return merged

    def _resolved(self, schema: Schema) -> Schema:
        return self._schemas[schema["$ref"].removeprefix(REFERENCE)] if "$ref" in schema else schema


def types(schema: Schema) -> list[str]:
    """Return the types of a schema as a list."""
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def sentences(*parts: str | None) -> str:
    """Join the parts of a description."""
    return " ".join(each for each in parts if each)


def _without(schema: Schema, keyword: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != keyword}


def _quoted(alternative: Schema) -> str:
    return f'"{alternative["title"]}"'


def _typed(around: Schema) -> Schema:
    return {"type": around["type"]} if "type" in around else {}


def _in_order(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
