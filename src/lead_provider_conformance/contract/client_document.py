"""Write a document of the contract for client generators: the same operations, in plain OpenAPI 3.0.

| in the contract | for clients | because generators |
|---|---|---|
| `filter` and `page` of the style `deepObject` | `filter[cohort]`, `page[page]` and so on | send `cohort=…` |
| `sort`, an array | `sort`, a string with commas | send `sort=…&sort=…` |
| several media types of one schema | one, JSON | generate one method or type for each |
| `links`, `x-…` | left out | have no use for them |
| JSON Schema 2020-12 | `client_schemas.py` | read OpenAPI 3.1 differently, or not at all |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_conformance.contract.client_schemas import ClientSchemas, sentences
from lead_provider_conformance.contract.operation import METHODS, resolve

Node = Mapping[str, Any]
Write = Callable[[Node], dict[str, Any]]

JSON = "application/json"
TEXT = "text/plain"


def client_document(document: Node) -> dict[str, Any]:
    """Return the document for client generators of a bundled document of the contract."""
    return _ClientDocument(document).write()


class _ClientDocument:
    def __init__(self, document: Node) -> None:
        self._document = document
        components = document.get("components", {})
        self._schemas = ClientSchemas(components.get("schemas", {}))
        self._components: dict[str, dict[str, Any]] = {"responses": {}, "parameters": {}, "requestBodies": {}}

    def write(self) -> dict[str, Any]:
        paths = {path: self._path_item(item) for path, item in self._document["paths"].items()}
        components = self._document.get("components", {})
        written = {
            "schemas": self._schemas.components(),
            **self._components,
            "securitySchemes": components.get("securitySchemes", {}),
        }
        return {
            "openapi": "3.0.3",
            "info": _info(self._document["info"]),
            **{key: self._document[key] for key in ("servers", "security", "tags") if key in self._document},
            "paths": paths,
            "components": {kind: dict(sorted(members.items())) for kind, members in written.items() if members},
        }

    def _path_item(self, item: Node) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if "parameters" in item:
            written["parameters"] = [each for one in item["parameters"] for each in self._parameters(one)]
        return written | {name: self._operation(each) for name, each in item.items() if name in METHODS}

    def _operation(self, operation: Node) -> dict[str, Any]:
        written = _without_extensions(operation)
        if "parameters" in operation:
            written["parameters"] = [each for one in operation["parameters"] for each in self._parameters(one)]
        if "requestBody" in operation:
            written["requestBody"] = self._component(operation["requestBody"], self._request_body)
        written["responses"] = {
            status: self._component(each, self._response) for status, each in operation["responses"].items()
        }
        return written

    def _component(self, node: Node, write: Write) -> dict[str, Any]:
        """Return the node as `write` writes it. A reference stays, and its component is written once."""
        if "$ref" not in node:
            return write(node)
        kind, name = node["$ref"].split("/")[-2:]
        members = self._components[kind]
        if name not in members:
            members[name] = write(resolve(self._document, node))
        return {"$ref": node["$ref"]}

    def _request_body(self, body: Node) -> dict[str, Any]:
        content = self._content(body["content"], (JSON,), self._schemas.for_request)
        return _without_extensions(body) | {"content": content}

    def _response(self, response: Node) -> dict[str, Any]:
        written = {"description": response["description"]}
        if "headers" in response:
            written["headers"] = {name: self._header(each) for name, each in response["headers"].items()}
        if "content" in response:
            # A plain text may also be JSON. A generated client parses a body that is announced as JSON.
            written["content"] = self._content(response["content"], (TEXT, JSON), self._schemas.for_response)
        return written

    def _header(self, header: Node) -> dict[str, Any]:
        header = resolve(self._document, header)
        return _without_extensions(header) | {"schema": self._schemas.for_response(header["schema"])}

    def _content(self, content: Node, preferred: tuple[str, ...], simple: Write) -> dict[str, Any]:
        """Return the content with one media type, and the examples of any."""
        media_type = next((each for each in preferred if each in content), next(iter(content)))
        written: dict[str, Any] = {"schema": simple(content[media_type]["schema"])}
        examples = {name: each for media in content.values() for name, each in media.get("examples", {}).items()}
        if examples and media_type != TEXT:
            written["examples"] = {name: resolve(self._document, each) for name, each in examples.items()}
        return {media_type: written}

    def _parameters(self, node: Node) -> list[dict[str, Any]]:
        """Return the plain parameters of a parameter: one for each property of an object."""
        parameter = resolve(self._document, node)
        if parameter.get("style") != "deepObject":
            return [self._component(node, self._plain_parameter)]
        required = parameter["schema"].get("required", ()) if parameter.get("required") else ()
        return [
            {"name": f"{parameter['name']}[{name}]", "in": parameter["in"], "required": name in required}
            | self._described(schema)
            for name, schema in parameter["schema"]["properties"].items()
        ]

    def _described(self, schema: Node) -> dict[str, Any]:
        """Return a schema with its description and example beside it, where a parameter has them."""
        simple = self._schemas.for_request(schema)
        beside: dict[str, Any] = {key: simple.pop(key) for key in ("description", "example") if key in simple}
        return {**beside, "schema": simple}

    def _plain_parameter(self, parameter: Node) -> dict[str, Any]:
        written = _without_extensions(parameter)
        schema = parameter["schema"]
        if schema.get("type") != "array":
            return written | {"schema": self._schemas.for_request(schema)}
        names = ", ".join(f"`{each}`" for each in schema["items"]["enum"])
        del written["style"], written["explode"]
        return written | {
            "description": sentences(parameter.get("description"), f"Names: {names}."),
            "schema": {"type": "string"},
            "example": ",".join(parameter["example"]),
        }


def _info(info: Node) -> dict[str, Any]:
    edition = f"Edition {info['x-edition']}, for client generators." if "x-edition" in info else None
    return {
        "title": info["title"],
        "version": info["version"],
        "description": sentences(info.get("summary"), info.get("description"), edition),
        "license": {"name": info["license"]["name"]},
    }


def _without_extensions(node: Node) -> dict[str, Any]:
    return {key: value for key, value in node.items() if not key.startswith("x-")}
