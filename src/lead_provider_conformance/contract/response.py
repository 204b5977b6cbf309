"""Validate a response against its operation and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, SchemaCompiler, essence, is_json, limited
from lead_provider_conformance.contract.csv_body import check_csv
from lead_provider_conformance.contract.internals import internals
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.operation import Operation, resolve
from lead_provider_conformance.contract.violation import Violation
from lead_provider_conformance.model import FIRST_SERVER_ERROR
from lead_provider_conformance.schemas.sentences import shorten

# A web server may reject a request with one of these before the API sees it.
BEFORE_THE_API = frozenset({400, 403})


class ResponseChecker:
    """Validate responses of the operations of one version."""

    def __init__(self, compiler: SchemaCompiler) -> None:
        self._compiler = compiler

    def check(self, operation: Operation, status: int, content_type: str | None, body: bytes) -> tuple[Violation, ...]:
        """Return the violations of a response."""
        return (*internals(status, body), *self._check(operation, status, content_type, body))

    def _check(self, operation: Operation, status: int, content_type: str | None, body: bytes) -> tuple[Violation, ...]:
        documented = operation.definition["responses"].get(str(status))
        if documented is None:
            known = ", ".join(map(str, operation.statuses))
            text = f"status {status} is not documented for {operation.method} {operation.path}; documented: {known}"
            return (Violation("documented-status", "", text),)
        content: Mapping[str, Any] = resolve(self._compiler.document, documented).get("content", {})
        if operation.method == "HEAD" or not content:
            return ()
        media_type = essence(content_type or "")
        documented_text = media_type in content and not is_json(media_type)
        if not body and status in BEFORE_THE_API and not documented_text:
            return (Violation("error-body", "", f"status {status} has no body; documented: {', '.join(content)}"),)
        if media_type not in content:
            sent = f"'{shorten(content_type)}'" if content_type else "missing"
            text = f"the content type of status {status} is {sent}; documented: {', '.join(content)}"
            return (Violation("error-body" if status in BEFORE_THE_API else "media-type", "", text),)
        if is_json(media_type):
            return self._check_json(content[media_type], body)
        if media_type == "text/csv":
            return check_csv(content[media_type], body, self._compiler)
        return ()

    def shape(self, operation: Operation, status: int) -> Shape | None:
        """Return the documented members of a JSON response; None if the status has no JSON."""
        documented = operation.definition["responses"].get(str(status), {})
        content: Mapping[str, Any] = resolve(self._compiler.document, documented).get("content", {})
        schemas = (media["schema"] for media_type, media in content.items() if is_json(media_type))
        return next((self._compiler.compile(schema).shape for schema in schemas), None)

    def _check_json(self, media: Mapping[str, Any], body: bytes) -> tuple[Violation, ...]:
        schema = self._compiler.compile(media["schema"])
        try:
            return limited(schema.response_violations(body, "response-schema"), "response-schema")
        except NotJsonError as error:
            return (Violation("body-is-json", "", f"the body is not JSON: {error}"),)


def check_unknown_path(status: int, body: bytes) -> Iterator[Violation]:
    """Yield the violations of a response to a request that is no operation."""
    if status >= FIRST_SERVER_ERROR:
        yield Violation("documented-status", "", f"status {status} is documented for no path")
    yield from internals(status, body)
