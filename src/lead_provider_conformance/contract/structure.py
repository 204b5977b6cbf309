"""What may stand where in an OpenAPI document of ours: the tables, and the check that uses them.

The tables follow the OpenAPI 3.1.1 specification, less what this contract has no use for. A key that is in none
of them is nearly always a slip of the pen that every other tool would ignore in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lead_provider_conformance.contract.source import Source

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
COMPONENT_KINDS = (
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
)

# What an object of each kind may hold: key -> kind of its value. "" is anything; "[x]" a list of x; "{x}" a map to x.
KINDS: Mapping[str, Mapping[str, str]] = {
    "document": {
        "openapi": "", "info": "info", "servers": "[server]", "paths": "{pathItem}", "components": "components",
        "security": "", "tags": "[tag]", "externalDocs": "", "jsonSchemaDialect": "",
    },
    "info": {"title": "", "version": "", "summary": "", "description": "", "contact": "", "license": ""},
    "server": {"url": "", "description": "", "variables": ""},
    "tag": {"name": "", "description": "", "externalDocs": ""},
    "pathItem": {
        "$ref": "", "summary": "", "description": "", "servers": "", "parameters": "[parameter]",
        **dict.fromkeys(METHODS, "operation"),
    },
    "operation": {
        "tags": "", "summary": "", "description": "", "externalDocs": "", "operationId": "",
        "parameters": "[parameter]", "requestBody": "requestBody", "responses": "{response}", "deprecated": "",
        "security": "", "servers": "",
    },
    "parameter": {
        "$ref": "", "name": "", "in": "", "description": "", "required": "", "deprecated": "", "allowEmptyValue": "",
        "style": "", "explode": "", "allowReserved": "", "schema": "schema", "example": "", "examples": "{example}",
    },
    "requestBody": {"$ref": "", "description": "", "content": "{media}", "required": ""},
    "media": {"schema": "schema", "example": "", "examples": "{example}", "encoding": ""},
    "response": {"$ref": "", "description": "", "headers": "{header}", "content": "{media}", "links": "{link}"},
    "header": {
        "$ref": "", "description": "", "required": "", "deprecated": "", "schema": "schema", "example": "",
        "examples": "{example}",
    },
    "example": {"$ref": "", "summary": "", "description": "", "value": ""},
    "link": {"$ref": "", "operationId": "", "parameters": "", "requestBody": "", "description": ""},
    "securityScheme": {"$ref": "", "type": "", "description": "", "scheme": "", "bearerFormat": ""},
    "components": {
        "schemas": "{schema}", "responses": "{response}", "parameters": "{parameter}", "examples": "{example}",
        "requestBodies": "{requestBody}", "headers": "{header}", "links": "{link}",
        "securitySchemes": "{securityScheme}",
    },
    "schema": {
        "$ref": "", "title": "", "description": "", "type": "", "enum": "", "const": "", "default": "", "format": "",
        "examples": "", "deprecated": "", "readOnly": "", "writeOnly": "", "$comment": "",
        "properties": "{schema}", "required": "", "additionalProperties": "schema", "patternProperties": "{schema}",
        "propertyNames": "schema", "minProperties": "", "maxProperties": "", "dependentRequired": "",
        "items": "schema", "prefixItems": "[schema]", "minItems": "", "maxItems": "", "uniqueItems": "",
        "contains": "schema",
        "allOf": "[schema]", "anyOf": "[schema]", "oneOf": "[schema]", "not": "schema",
        "if": "schema", "then": "schema", "else": "schema",
        "minLength": "", "maxLength": "", "pattern": "", "contentMediaType": "",
        "minimum": "", "maximum": "", "exclusiveMinimum": "", "exclusiveMaximum": "", "multipleOf": "",
    },
}  # fmt: skip

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "document": ("openapi", "info", "paths"),
    "info": ("title", "version", "x-edition"),
    "operation": ("operationId", "summary", "tags", "responses"),
    "parameter": ("name", "in", "schema"),
    "requestBody": ("content",),
    "response": ("description",),
}

Where = tuple[str | int, ...]


def check_entry(source: Source) -> None:
    """Raise `ContractError` for the first thing in an entry document that OpenAPI does not know or that clashes."""
    _check(source, source.data, "document", ())
    _check_operation_ids(source)


def check_components(source: Source) -> None:
    """Raise `ContractError` for the first thing in a file of components that OpenAPI does not know."""
    _check(source, source.data, "components", ())


def _check(source: Source, node: Any, kind: str, where: Where) -> None:
    if kind == "" or (kind == "schema" and isinstance(node, bool)):
        return
    if kind.startswith("["):
        if not isinstance(node, list):
            raise source.fail(where, f"'{where[-1]}' must be a list.")
        for index, item in enumerate(node):
            _check(source, item, kind[1:-1], (*where, index))
    elif not isinstance(node, dict):
        raise source.fail(where, f"'{where[-1] if where else 'the document'}' must be a mapping.")
    elif kind.startswith("{"):
        for key, item in node.items():
            _check(source, item, kind[1:-1], (*where, key))
    else:
        _check_object(source, node, kind, where)


def _check_object(source: Source, node: dict[str, Any], kind: str, where: Where) -> None:
    allowed = KINDS[kind]
    for key, value in node.items():
        if str(key).startswith("x-"):
            continue
        if key not in allowed:
            raise source.fail((*where, key), f"an OpenAPI {kind} has no key '{key}'.", key=True)
        _check(source, value, allowed[key], (*where, key))
    if "$ref" in node:
        return
    for key in _REQUIRED.get(kind, ()):
        if key not in node:
            raise source.fail(where, f"this {kind} lacks '{key}'.")


def _check_operation_ids(source: Source) -> None:
    seen: dict[str, str] = {}
    for path, item in source.data["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation_id, label = item[method]["operationId"], f"{method.upper()} {path}"
            if operation_id in seen:
                raise source.fail(
                    ("paths", path, method, "operationId"),
                    f"the operationId '{operation_id}' already belongs to {seen[operation_id]}.",
                )
            seen[operation_id] = label


def check_links(document: Mapping[str, Any], origins: Mapping[tuple[str, str], Source]) -> None:
    """Raise `ContractError` for the first link of a bundled document to an operation that it does not have.

    `origins` names the file that each component came from.
    """
    known = {item[method]["operationId"] for item in document["paths"].values() for method in METHODS if method in item}
    for name, response in document["components"].get("responses", {}).items():
        for link, definition in response.get("links", {}).items():
            if definition["operationId"] not in known:
                where = ("responses", name, "links", link, "operationId")
                raise origins["responses", name].fail(
                    where, f"the link '{link}' leads to '{definition['operationId']}', which is no operation here."
                )
