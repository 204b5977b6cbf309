"""Check that the documents of `openapi/` are OpenAPI 3.1 as this contract uses it.

The tables follow the OpenAPI 3.1.1 specification, without the parts that this contract does not use. They catch typing
errors in keys, which most tools ignore.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.contract.operation import METHODS
from lead_provider_conformance.contract.source import Source

# The keys of each kind of object, with the kind of their values: "" is any value, "[x]" a list of x, "{x}" a map to x.
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


def lint(root: Path) -> None:
    """Check the entry documents in `root` and in its folders of editions, and their component files.

    Raise `ContractError`, with file and line, for the first unknown or missing key, repeated operationId, broken `$ref`
    or link to an unknown operation.
    """
    for folder in (root, *sorted(path.parent for path in root.glob("*/components"))):
        _lint_folder(folder, root)


def _lint_folder(folder: Path, root: Path) -> None:
    entries = sorted(folder.glob("v*.yaml"))
    components = [_source(path, root) for path in sorted((folder / "components").glob("*.yaml"))]
    for source in components:
        _check(source, source.data, "components", ())
    for path in entries:
        entry = _source(path, root)
        _check(entry, entry.data, "document", ())
        _check_operation_ids(entry)
        _check_links(bundle(path), components)


def _source(path: Path, root: Path) -> Source:
    return Source(path, str(Path(root.name) / path.relative_to(root)))


def _check(source: Source, node: Any, kind: str, where: Where) -> None:
    if kind == "" or (kind == "schema" and isinstance(node, bool)):
        return
    if kind.startswith("["):
        if not isinstance(node, list):
            raise source.error(where, f"'{where[-1]}' must be a list.")
        for index, item in enumerate(node):
            _check(source, item, kind[1:-1], (*where, index))
    elif not isinstance(node, dict):
        raise source.error(where, f"'{where[-1] if where else 'the document'}' must be a mapping.")
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
            raise source.error((*where, key), f"an OpenAPI {kind} has no key '{key}'.", key=True)
        _check(source, value, allowed[key], (*where, key))
    if "$ref" in node:
        return
    for key in _REQUIRED.get(kind, ()):
        if key not in node:
            raise source.error(where, f"this {kind} lacks '{key}'.")


def _check_operation_ids(source: Source) -> None:
    seen: dict[str, str] = {}
    for path, item in source.data["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation_id, label = item[method]["operationId"], f"{method.upper()} {path}"
            if operation_id in seen:
                raise source.error(
                    ("paths", path, method, "operationId"),
                    f"the operationId '{operation_id}' is already used by {seen[operation_id]}.",
                )
            seen[operation_id] = label


def _check_links(document: Mapping[str, Any], components: Iterable[Source]) -> None:
    known = {item[method]["operationId"] for item in document["paths"].values() for method in METHODS if method in item}
    used = document["components"].get("responses", {})
    for source in components:
        for name, response in source.data.get("responses", {}).items():
            for link, definition in response.get("links", {}).items():
                operation_id = definition["operationId"]
                if name in used and operation_id not in known:
                    where = ("responses", name, "links", link, "operationId")
                    raise source.error(where, f"the link '{link}' leads to an unknown operation, '{operation_id}'.")
