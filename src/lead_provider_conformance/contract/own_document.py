"""The differences between the OpenAPI document that a server publishes of itself and its responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from lead_provider_conformance.contract.bodies import (
    MAX_COUNTED,
    NotJsonError,
    SchemaCompiler,
    essence,
    is_json,
    parse_json,
)
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.openapi_file import OwnDocumentError
from lead_provider_conformance.contract.operation import METHODS, Operation, resolve
from lead_provider_conformance.contract.source import ContractError
from lead_provider_conformance.text import without_positions

NO_RESPONSE = "the document has this, and no response has it"
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_PATH_OF_API = re.compile(r"/api/(v\d+)/.*")


class Drift(StrEnum):
    """The kinds of differences between a document and the responses, by the requirement that each breaks."""

    INVALID = "own-document/response-schema"
    UNDOCUMENTED = "own-document/undocumented"
    NEVER_SENT = "own-document/never-sent"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of an operation: the status and the place in the body, if any, its kind, and one sentence."""

    drift: Drift
    status: str
    place: str
    kind: str
    sentence: str = field(compare=False)

    @property
    def where(self) -> str:
        """Return status and place, such as `200 /data/*/attributes/cohort`."""
        return f"{self.status} {self.place}".strip() or "operation"


class OwnDocument:
    """The operations of a server's own documents. A document may describe one version, or several."""

    def __init__(self, contents: Mapping[str, Any]) -> None:
        """Take the parsed documents by name. Raise OwnDocumentError for the first that is not valid."""
        self._operations: dict[tuple[str, str], _OwnOperation] = {}
        for name, content in contents.items():
            try:
                operations = dict(_operations(content))
            except ContractError as error:
                raise OwnDocumentError(f"`document` {name}: {error} Correct the document.") from None
            if not operations:
                raise OwnDocumentError(
                    f"`document` {name} has no path such as /api/v3/…; give the document of this API."
                )
            self._operations = {**operations, **self._operations}

    def describes(self, version: str) -> bool:
        """Return whether a document has an operation of that version."""
        return any(path.startswith(f"/api/{version}/") for _, path in self._operations)

    def differences(
        self, operation: Operation, status: int, content_type: str | None, body: bytes
    ) -> Iterator[Difference]:
        """Yield the differences of one response from the documents."""
        own = self._find(operation)
        if own is not None:
            yield from own.differences(status, content_type, body)
        elif 200 <= status < 300:
            yield Difference(Drift.UNDOCUMENTED, "", "", "undocumented", "the document lacks this operation")

    def sent_members(self, operation: Operation, status: int, body: bytes) -> frozenset[str]:
        """Return the places of the documented members in a JSON body, and of the objects that could hold them."""
        shape = self._shape(operation, status)
        try:
            return frozenset(_places(shape, parse_json(body))) if shape else frozenset()
        except NotJsonError:
            return frozenset()

    def never_sent(self, operation: Operation, statuses: Mapping[int, Iterable[str]]) -> Iterator[Difference]:
        """Yield the differences of an operation of which only `statuses` were sent, each with its `sent_members`."""
        own = self._find(operation)
        if own is None:
            return
        if "{" not in operation.path and statuses.keys() <= _NO_SUCH_OPERATION:
            sent = ", ".join(map(str, sorted(statuses)))
            yield Difference(Drift.NEVER_SENT, "", "", "never-sent", f"the server responds with {sent} only")
            return
        for status in own.statuses:
            if status not in statuses:
                yield Difference(Drift.NEVER_SENT, str(status), "", f"never-sent {status}", NO_RESPONSE)
        for status, places in statuses.items():
            if shape := own.shape(status):
                for place in _absent(shape, frozenset(places)):
                    yield Difference(Drift.NEVER_SENT, str(status), place, "never-sent", NO_RESPONSE)

    def _find(self, operation: Operation) -> _OwnOperation | None:
        return self._operations.get((operation.method, _PLACEHOLDER.sub("{}", operation.path)))

    def _shape(self, operation: Operation, status: int) -> Shape | None:
        own = self._find(operation)
        return own.shape(status) if own else None


_NO_SUCH_OPERATION = frozenset({404, 405, 501})
_NEVER_WANTED = frozenset({429, *range(500, 600)})
"""Documented statuses that a good run does not see."""


@dataclass(frozen=True, slots=True)
class _OwnOperation:
    responses: Mapping[str, Mapping[str, Any]]
    """By status, which may be `4XX` or `default`."""
    compiler: SchemaCompiler

    @property
    def statuses(self) -> list[int]:
        """The statuses that a run is expected to see."""
        return sorted({int(status) for status in self.responses if status.isdecimal()} - _NEVER_WANTED)

    def shape(self, status: int) -> Shape | None:
        content = (self._response(status) or {}).get("content", {})
        schemas = (media.get("schema") for media_type, media in content.items() if is_json(essence(media_type)))
        return next((self.compiler.compile(each).shape for each in schemas if isinstance(each, Mapping)), None)

    def differences(self, status: int, content_type: str | None, body: bytes) -> Iterator[Difference]:
        response = self._response(status)
        if response is None:
            known = ", ".join(self.responses)
            yield Difference(Drift.UNDOCUMENTED, str(status), "", str(status), f"the document has only {known}")
            return
        content: Mapping[str, Any] = response.get("content", {})
        sent = essence(content_type or "")
        media = next((content[each] for each in content if _matches(essence(each), sent)), None)
        if not body:
            if any(is_json(essence(each)) for each in content) and 200 <= status < 300:  # a CSV without rows is empty
                yield Difference(Drift.INVALID, str(status), "", "empty", "the body is empty")
        elif media is None:
            known = f"the document has only {', '.join(content)}" if content else "the document has no body"
            sent = sent or "no content type"
            yield Difference(Drift.UNDOCUMENTED, f"{status} {sent}", "", sent, known)
        elif is_json(sent) and isinstance(media.get("schema"), Mapping):
            yield from self._json_differences(status, media["schema"], body)

    def _json_differences(self, status: int, schema: Mapping[str, Any], body: bytes) -> Iterator[Difference]:
        try:
            for each in islice(self.compiler.compile(schema).body_violations(body, Drift.INVALID), MAX_COUNTED):
                place = without_positions(each.where)
                if each.rule == Drift.INVALID:
                    yield Difference(Drift.INVALID, str(status), place, each.kind or "response-schema", each.message)
                else:
                    yield Difference(Drift.UNDOCUMENTED, str(status), place, each.rule, "the document lacks this field")
        except NotJsonError as error:
            yield Difference(Drift.INVALID, str(status), "", "body-is-json", f"the body is not JSON: {error}")

    def _response(self, status: int) -> Mapping[str, Any] | None:
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((self.responses[name] for name in names if name in self.responses), None)


def _matches(documented: str, sent: str) -> bool:
    return documented in (sent, "*/*", f"{sent.partition('/')[0]}/*")


def _places(shape: Shape, value: Any, place: str = "") -> Iterator[str]:
    """Yield the place of each documented member of `value`, and `PLACE/` for each object that could have some."""
    if isinstance(value, dict) and shape.members:
        yield f"{place}/"
        for name in shape.members.keys() & value.keys():
            yield f"{place}/{name}"
            yield from _places(shape.members[name], value[name], f"{place}/{name}")
    elif isinstance(value, list) and shape.items is not None:
        for item in value:
            yield from _places(shape.items, item, f"{place}/*")


def _absent(shape: Shape, places: frozenset[str], place: str = "") -> Iterator[str]:
    """Yield the places of documented members that are not among `places`, although an object could hold them."""
    if f"{place}/" in places:
        for name, member in shape.members.items():
            if f"{place}/{name}" in places:
                yield from _absent(member, places, f"{place}/{name}")
            else:
                yield f"{place}/{name}"
    if shape.items is not None and any(each.startswith(f"{place}/*/") for each in places):
        yield from _absent(shape.items, places, f"{place}/*")


def _operations(document: Any) -> Iterator[tuple[tuple[str, str], _OwnOperation]]:
    """Yield the operations by method and path, in which each placeholder is `{}`. Raise ContractError."""
    compiler = SchemaCompiler({"components": {}, **document})
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        _compile(compiler, schema, f"components.schemas.{name}")
    servers = document.get("servers") or [{}]
    prefix = re.sub(r"^[^/]*//[^/]*", "", servers[0].get("url", "")).rstrip("/")
    for path, reference in document["paths"].items():
        match = _PATH_OF_API.search(path if path.startswith("/api/") else prefix + path)
        if match is None:
            continue
        item = _resolved(document, reference, path)
        for method in METHODS:
            if method in item:
                label = f"{method.upper()} {path}"
                responses = {
                    str(status): _resolved(document, each, f"{label} {status}")
                    for status, each in item[method].get("responses", {}).items()
                }
                for status, response in responses.items():
                    for media_type, media in response.get("content", {}).items():
                        if is_json(essence(media_type)):
                            _compile(compiler, media.get("schema"), f"{label} {status}")
                yield (method.upper(), _PLACEHOLDER.sub("{}", match[0])), _OwnOperation(responses, compiler)


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    resolved = resolve(document, node)
    if not isinstance(resolved, Mapping):
        raise ContractError(f"{place} is not an object.")
    return resolved


def _compile(compiler: SchemaCompiler, schema: Any, place: str) -> None:
    """Compile a schema for later use. Raise ContractError if it is not valid."""
    try:
        if isinstance(schema, Mapping):
            compiler.compile(schema)
    except ValueError as error:
        problem = str(error).partition("\n")[0]
        where = ".".join(map(str, getattr(error, "instance_path", ()))) or "its top level"
        raise ContractError(f"{place} has a schema that is not valid at {where}: {problem}.") from None
