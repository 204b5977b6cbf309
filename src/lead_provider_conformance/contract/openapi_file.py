"""Read the OpenAPI document that a server publishes of itself: 3.0 or 3.1, in YAML or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import yaml

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.schemas import problems, yaml_file

MAX_BYTES = 5_000_000
MAX_NODES = 500_000
"""The largest number of values in a document. YAML can write millions of them in a few lines."""
MAX_DEPTH = 200
_EXAMPLES = frozenset({"example", "examples", "default", "enum", "const"})
_MAPS = frozenset({"properties", "schemas", "responses", "parameters", "headers", "content", "paths"})


class OwnDocumentError(UsageError):
    """The `document` of a target cannot be used. The message has its name, the problem and the remedy."""


def parse_document(name: str, content: bytes) -> Any:
    """Return the content of a document in YAML or JSON. Raise OwnDocumentError if it is not OpenAPI 3.0 or 3.1."""
    if len(content) > MAX_BYTES:
        raise OwnDocumentError(f"`document` {name} has more than {MAX_BYTES:,} bytes; give a smaller one.")
    if content.lstrip().startswith(b"<"):
        raise OwnDocumentError(f"`document` {name} is a web page or XML; give the OpenAPI document itself.")
    try:
        document = orjson.loads(content) if content.lstrip().startswith(b"{") else _load_yaml(content)
        _check(name, document)
        return _in_json_schema(document) if document["openapi"].startswith("3.0") else document
    except RecursionError:
        raise OwnDocumentError(f"`document` {name} is nested too deeply; give a simpler one.") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise OwnDocumentError(f"`document` {name} is neither YAML nor JSON: {reason}; correct it.") from None


def _load_yaml(content: bytes) -> Any:
    """Return the content of a YAML text. Raise RecursionError before libyaml would crash on it."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml_file.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RecursionError
    return yaml_file.load(content)


def _check(name: str, document: Any) -> None:
    if not isinstance(document, dict) or not re.match(r"3\.[01]\b", str(document.get("openapi", ""))):
        raise OwnDocumentError(
            f"`document` {name} is not an OpenAPI 3.0 or 3.1 document: "
            "it needs `openapi: 3.…` at the top level; give such a document."
        )
    for count, node in enumerate(_nodes(document)):
        if count > MAX_NODES:
            raise OwnDocumentError(f"`document` {name} has more than {MAX_NODES:,} values; give a smaller one.")
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str) and not reference.startswith("#/"):
            raise OwnDocumentError(
                f"`document` {name} refers to another file: `$ref: {reference}`; bundle it into one document."
            )
    for problem in problems("own-document", document):
        raise OwnDocumentError(f"`document` {name}: {problem}")


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _in_json_schema(node: Any, *, is_map: bool = False) -> Any:
    """Return a node of an OpenAPI 3.0 document with the keywords of JSON Schema 2020-12, which OpenAPI 3.1 uses.

    A map has names of the author's choice, such as `properties`, so a name there is no keyword.
    """
    if isinstance(node, list):
        return [_in_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    converted = {
        key: value if key in _EXAMPLES and not is_map else _in_json_schema(value, is_map=key in _MAPS and not is_map)
        for key, value in node.items()
    }
    if is_map:
        return converted
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(converted.get(exclusive), bool) and converted.pop(exclusive) and limit in converted:
            converted[exclusive] = converted.pop(limit)
    if converted.pop("nullable", False) is not True:
        return converted
    if isinstance(converted.get("type"), str):
        values = {"enum": [*converted["enum"], None]} if isinstance(converted.get("enum"), list) else {}
        return {**converted, "type": [converted["type"], "null"], **values}
    return {"anyOf": [converted, {"type": "null"}]}
