"""Validate a request against its operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, SchemaCompiler, essence, is_json, limited
from lead_provider_conformance.contract.operation import Operation, resolve
from lead_provider_conformance.contract.violation import Violation
from lead_provider_conformance.schemas.sentences import shorten

_RULE = "request-schema"
_MEMBER = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<member>[^\[\]]*)\])?")


class RequestChecker:
    """Validate requests to the operations of one version."""

    def __init__(self, compiler: SchemaCompiler) -> None:
        self._compiler = compiler

    def check(
        self,
        operation: Operation,
        path: str,
        query: Sequence[tuple[str, str]],
        content_type: str | None,
        body: bytes | None,
    ) -> tuple[Violation, ...]:
        """Return the violations of a request. `path` has values for its placeholders and no query.

        Their rule is `undocumented-member` for members of the body that servers ignore, otherwise `request-schema`.
        """
        parts = self._path(operation, path), self._query(operation, query), self._body(operation, content_type, body)
        return limited(chain(*parts), _RULE)

    def _path(self, operation: Operation, path: str) -> Iterator[Violation]:
        match = operation.route.fullmatch(path)
        if match is None:
            yield Violation(_RULE, "", f"'{shorten(path)}' is not a path of {operation.path}")
            return
        for parameter in _parameters(operation, "path"):
            yield from self._against(parameter["schema"], match[parameter["name"]], f"path:{parameter['name']}")

    def _query(self, operation: Operation, query: Sequence[tuple[str, str]]) -> Iterator[Violation]:
        documented = {parameter["name"]: parameter for parameter in _parameters(operation, "query")}
        sent: set[str] = set()
        for key, value in query:
            match = _MEMBER.fullmatch(key)
            parameter = documented.get(match["name"]) if match else None
            if match is None or parameter is None:
                yield Violation(_RULE, f"query:{key}", f"'{shorten(key)}' is not a documented parameter")
                continue
            sent.add(match["name"])
            yield from self._query_value(parameter, match["member"], value, f"query:{key}")
        for name, parameter in documented.items():
            if name in sent:
                yield from self._missing_members(parameter, query)
            elif parameter.get("required"):
                yield Violation(_RULE, f"query:{name}", f"the parameter '{name}' is missing")

    def _query_value(
        self, parameter: Mapping[str, Any], member: str | None, text: str, where: str
    ) -> Iterator[Violation]:
        if (parameter.get("style") == "deepObject") != (member is not None):
            form = f"{parameter['name']}[…]" if member is None else parameter["name"]
            yield Violation(_RULE, where, f"this parameter is sent as '{form}'")
        elif member is None:
            yield from self._against(parameter["schema"], text, where)
        else:
            schema = resolve(self._compiler.document, parameter["schema"])
            if member not in schema["properties"]:
                yield Violation(_RULE, where, f"'{member}' is not a documented member of '{parameter['name']}'")
            else:
                yield from self._against(schema["properties"][member], text, where)

    def _missing_members(self, parameter: Mapping[str, Any], query: Sequence[tuple[str, str]]) -> Iterator[Violation]:
        keys = {key for key, _ in query}
        for member in resolve(self._compiler.document, parameter["schema"]).get("required", ()):
            name = f"{parameter['name']}[{member}]"
            if name not in keys:
                yield Violation(_RULE, f"query:{name}", f"the parameter '{name}' is missing")

    def _against(self, schema: Mapping[str, Any], text: str, where: str) -> Iterator[Violation]:
        value = read_as(resolve(self._compiler.document, schema), text)
        for violation in self._compiler.compile(schema).violations(value, _RULE):
            yield Violation(_RULE, where, violation.message)

    def _body(self, operation: Operation, content_type: str | None, body: bytes | None) -> Iterator[Violation]:
        documented = operation.definition.get("requestBody")
        if documented is None:
            if body:
                yield Violation(_RULE, "", "this operation takes no body")
            return
        definition = resolve(self._compiler.document, documented)
        if not body:
            if definition.get("required"):
                yield Violation(_RULE, "", "the body is missing")
            return
        media_type = essence(content_type or "")
        media = definition["content"].get(media_type)
        if media is None:
            offered = ", ".join(definition["content"])
            yield Violation(_RULE, "", f"the content type '{media_type}' is not documented; documented: {offered}")
        elif is_json(media_type):
            yield from self._json_body(media, body)

    def _json_body(self, media: Mapping[str, Any], body: bytes) -> Iterator[Violation]:
        try:
            yield from self._compiler.compile(media["schema"]).body_violations(body, _RULE)
        except NotJsonError as error:
            yield Violation(_RULE, "", f"the body is not JSON: {error}")


def read_as(schema: Mapping[str, Any], text: str) -> Any:
    """Return the value of a parameter's text, converted to the type of its schema if possible."""
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if "integer" in kinds and re.fullmatch(r"-?[0-9]{1,400}", text):
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "array" in kinds:
        return text.split(",") if text else []
    return text


def _parameters(operation: Operation, place: str) -> Iterator[Mapping[str, Any]]:
    return (parameter for parameter in operation.parameters if parameter["in"] == place)
