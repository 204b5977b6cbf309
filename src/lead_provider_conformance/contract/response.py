"""Checks a response against what the contract documents for its operation and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, SchemaCompiler, capped, essence, is_json, parse_json
from lead_provider_conformance.contract.csv_body import check_csv
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.operation import Operation, resolve
from lead_provider_conformance.contract.violation import Violation
from lead_provider_conformance.schemas.sentences import shorten


class ResponseChecker:
    """Checks the responses of one version's operations."""

    def __init__(self, document: Mapping[str, Any], compiler: SchemaCompiler) -> None:
        """`document` is bundled, and the one that `compiler` was made for."""
        self._document = document
        self._compiler = compiler

    def check(self, operation: Operation, status: int, content_type: str | None, body: bytes) -> tuple[Violation, ...]:
        """What the response does that the contract does not allow."""
        documented = operation.definition["responses"].get(str(status))
        if documented is None:
            known = ", ".join(map(str, operation.statuses))
            text = (
                f"status {status} is not documented for {operation.method} {operation.path}, which may answer {known}"
            )
            return (Violation("documented-status", "", text),)
        content: Mapping[str, Any] = resolve(self._document, documented).get("content", {})
        if operation.method == "HEAD" or not content or (not body and status == 400):
            # A 400 may be empty: a body that is not JSON at all is refused before the API sees it (OQ-MALFORMED-JSON).
            return ()
        media_type = essence(content_type or "")
        if media_type not in content:
            sent = f"'{shorten(content_type)}'" if content_type else "missing"
            text = f"the content type of status {status} is {sent}; documented: {', '.join(content)}"
            return (Violation("media-type", "", text),)
        if is_json(media_type):
            return self._check_json(content[media_type], body)
        if media_type == "text/csv":
            return check_csv(content[media_type], body, self._compiler, self._document)
        return ()

    def shape(self, operation: Operation, status: int) -> Shape | None:
        """The members of the JSON that a status comes with; None if the contract has no JSON for it."""
        documented = operation.definition["responses"].get(str(status), {})
        content: Mapping[str, Any] = resolve(self._document, documented).get("content", {})
        schemas = (media["schema"] for media_type, media in content.items() if is_json(media_type))
        return next((self._compiler.compile(schema).shape for schema in schemas), None)

    def _check_json(self, media: Mapping[str, Any], body: bytes) -> tuple[Violation, ...]:
        try:
            value = parse_json(body)
        except NotJsonError as error:
            return (Violation("body-is-json", "", f"the body is not JSON: {error}"),)
        schema = self._compiler.compile(media["schema"])

        def found() -> Iterator[Violation]:
            yield from schema.violations(value, "response-schema")
            yield from schema.undocumented(value)

        return capped(found(), "response-schema")
