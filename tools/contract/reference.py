"""Render the reference page of a document, in Markdown. The page names the contract's hash."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.contract.operation import Operation, resolve

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=False,  # Markdown, from trusted documents
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
)
_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a parameter, or a member of a schema."""

    name: str
    kind: str
    required: bool
    meaning: str


def render(contract: Contract, source: str) -> str:
    """Return the reference page of a contract, whose entry document is `source`."""
    page = _Page(contract.document)
    text: str = _TEMPLATES.get_template("reference.md.jinja").render(
        contract=contract, source=source, page=page, schemas=contract.document["components"]["schemas"]
    )
    return text


class _Page:
    """Values for the template."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def anchor(self, operation: Operation) -> str:
        return operation.id.replace("_", "-")

    def parameters(self, operation: Operation) -> Iterator[Row]:
        for parameter in operation.parameters:
            schema = resolve(self._document, parameter["schema"])
            required = bool(parameter.get("required"))
            if parameter.get("style") == "deepObject":
                for name, member in schema["properties"].items():
                    needed = name in schema.get("required", ())
                    yield self._row(f"{parameter['name']}[{name}]", member, needed, member.get("description", ""))
            else:
                yield self._row(parameter["name"], parameter["schema"], required, parameter.get("description", ""))

    def request(self, operation: Operation) -> Mapping[str, Any] | None:
        """Return the JSON media type of the request, with `required` and `description` of the body."""
        if "requestBody" not in operation.definition:
            return None
        body = resolve(self._document, operation.definition["requestBody"])
        media = body["content"]["application/json"]
        return {
            "kind": self.kind(media["schema"]),
            "required": body.get("required", False),
            "description": body.get("description", ""),
            "examples": [
                (example["summary"], json.dumps(example["value"], indent=2, ensure_ascii=False))
                for example in media.get("examples", {}).values()
            ],
        }

    def response(self, operation: Operation) -> tuple[str, str, str | None]:
        """Return the kinds of body, the description and an example of the 200 response."""
        response = resolve(self._document, operation.definition["responses"]["200"])
        examples = [
            json.dumps(resolve(self._document, raw)["value"], indent=2, ensure_ascii=False)
            for media in response["content"].values()
            for raw in media.get("examples", {}).values()
        ]
        return self._bodies(response), response["description"], next(iter(examples), None)

    def errors(self, operation: Operation) -> Iterator[tuple[str, str]]:
        """Yield the error statuses of an operation, and the names under which `all_errors` lists them."""
        for status, raw in operation.definition["responses"].items():
            if status != "200":
                yield status, raw["$ref"].rpartition("/")[2].lower()

    def all_errors(self, operations: Iterable[Operation]) -> Iterator[tuple[str, str, str, str]]:
        """Yield status, name, kinds of body and description of each error response."""
        known = {error for operation in operations for error in self.errors(operation)}
        responses = {name.lower(): each for name, each in self._document["components"]["responses"].items()}
        for status, name in sorted(known):
            yield status, name, self._bodies(responses[name]), responses[name]["description"]

    def _bodies(self, response: Mapping[str, Any]) -> str:
        kinds: dict[str, list[str]] = {}
        for media_type, media in response.get("content", {}).items():
            kinds.setdefault(self.kind(media["schema"]), []).append(f"`{media_type}`")
        return "; ".join(f"{kind} as {' or '.join(types)}" for kind, types in kinds.items()) or "no body"

    def members(self, schema: Mapping[str, Any], prefix: str = "") -> Iterator[Row]:
        """Yield the members of an object, of nested objects and of `allOf`."""
        for part in schema.get("allOf", ()):
            yield from self.members(resolve(self._document, part), prefix)
        for name, member in schema.get("properties", {}).items():
            place = f"{prefix}{name}"
            yield self._row(place, member, name in schema.get("required", ()), member.get("description", ""))
            if "$ref" not in member:
                yield from self.members(member, f"{place}.")

    def kind(self, schema: Mapping[str, Any]) -> str:
        """Describe the values of a schema in a few words, with links."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_SCHEMAS)
            return f"[{name}](#{name.lower()})"
        if "anyOf" in schema:
            rest = {key: value for key, value in schema.items() if key != "anyOf"}
            return " or ".join(dict.fromkeys(self.kind({**rest, **part}) for part in schema["anyOf"]))
        return self._plain(schema)

    def _plain(self, schema: Mapping[str, Any]) -> str:
        if "const" in schema:
            return _word(schema["const"])
        if "enum" in schema:
            return ", ".join(map(_word, schema["enum"]))
        types = schema.get("type", "anything")
        types = [types] if isinstance(types, str) else types
        words = [schema.get("format", kind) if kind == "string" else kind for kind in types]
        if "items" in schema:
            words = [f"list of {self.kind(schema['items'])}" if word == "array" else word for word in words]
        limits = [f"from {schema['minimum']}"] if "minimum" in schema else []
        limits += [f"`{schema['pattern']}`"] if "pattern" in schema else []
        return " ".join([" or ".join(words), *limits])

    def editions(self, schema: Mapping[str, Any]) -> Iterator[str]:
        """Yield a sentence for each value of an enumeration, or for the member, that only some editions have."""
        for word, span in schema.get("x-editions", {}).items():
            if isinstance(span, str):
                yield f"{word.capitalize()} edition {span}."
            else:
                yield " ".join([f"`{word}`", *(f"{when} edition {edition}" for when, edition in span.items())]) + "."

    def _row(self, name: str, schema: Mapping[str, Any], required: bool, meaning: str) -> Row:
        words = " ".join([*meaning.split(), *self.editions(schema)])
        return Row(name, self.kind(schema).replace("|", "\\|"), required, words)


def _word(value: Any) -> str:
    """Return an allowed value as code: strings without quotation marks."""
    return f"`{value}`" if isinstance(value, str) and value else f"`{json.dumps(value)}`"
