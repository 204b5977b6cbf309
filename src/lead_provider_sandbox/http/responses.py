"""Responses, and the errors that become responses: every error body of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from lead_provider_sandbox.domain.rules import RefusedError

JSON_API = "application/vnd.api+json"
"""The media type of every JSON response, without a charset (behaviour HDR-CONTENT-TYPE)."""

WRONG_STRUCTURE = "correct json data structure required. See API docs for reference"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Response:
    """A status with a JSON document, a text, or no body."""

    status: int
    document: Any = None
    text: str | None = None
    media_type: str | None = JSON_API
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the bytes to send."""
        if self.text is not None:
            return self.text.encode()
        if self.document is None:
            return b""
        return orjson.dumps(self.document)


class ResponseError(Exception):
    """Ends a request with an error response."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.document!r}")
        self.response = response


class NotFoundError(ResponseError):
    """Ends a request with a 404, whose form depends on the service."""


def data_response(data: Any) -> Response:
    """Return a 200 with a resource or a list of them under `data` alone (behaviour HDR-BODY-TOPLEVEL)."""
    return Response(200, {"data": data})


def csv_response(text: str) -> Response:
    """Return a 200 with a CSV file (behaviour HDR-CSV-CONTENT-TYPE)."""
    return Response(200, text=text, media_type="text/csv")


def bad_request(detail: str, *, title: str = "Bad request") -> ResponseError:
    """Return a 400: the request is malformed."""
    return ResponseError(errors_response(400, [(title, detail)]))


def not_found() -> ResponseError:
    """Return a 404, for an unknown id, another provider's record and an unknown path (behaviour ERR-404-BODY)."""
    return NotFoundError(Response(404, {"error": "Resource not Found"}))


def first_record(records: Sequence[T]) -> T:
    """Return the first record. Raise a 404 if there is none."""
    if not records:
        raise not_found()
    return records[0]


def access_denied() -> ResponseError:
    """Return a 401 (behaviours AUTH-401-BODY-SHAPE, AUTH-401-WWW-AUTHENTICATE)."""
    return ResponseError(
        Response(401, {"error": "HTTP Token: Access denied"}, headers={"WWW-Authenticate": 'Token realm="Application"'})
    )


def forbidden() -> ResponseError:
    """Return a 403: the token is known but not allowed (behaviour AUTH-NPQ-ONLY-TOKEN-ON-ECF-403)."""
    return ResponseError(Response(403, {"error": "Forbidden"}))


def refused(error: RefusedError) -> Response:
    """Return a 422 with one error per attribute, in order of their first problem.

    Different messages about one attribute are joined by a comma (behaviour ERR-ONE-ENTRY-PER-ATTRIBUTE).
    """
    details: dict[str, dict[str, None]] = {}
    for problem in error.problems:
        details.setdefault(problem.attribute, {})[problem.detail] = None
    return errors_response(422, [(attribute, ", ".join(each)) for attribute, each in details.items()])


def errors_response(status: int, errors: Sequence[tuple[str, str]]) -> Response:
    """Return the error body of 400 and 422: titles with details (behaviour ERR-ENVELOPE-422)."""
    return Response(status, {"errors": [{"title": title, "detail": detail} for title, detail in errors]})


SERVER_ERROR = Response(500, {"error": "Internal server error"})
"""The response to a defect of the sandbox (behaviour ERR-500-BODY)."""
