"""The forms of errors, by which the services differ: media type, documents and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.http.responses import (
    JSON_API,
    WRONG_STRUCTURE,
    NotFoundError,
    Response,
    ResponseError,
    errors_response,
    not_found,
    refused,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorForms:
    """The media type of JSON responses, headers of every response, and the errors of one service."""

    media_type: str = JSON_API
    headers: Mapping[str, str] = field(default_factory=dict)
    not_found: Response = not_found().response
    refused: Callable[[RefusedError], Response] = refused
    wrong_structure: str = WRONG_STRUCTURE
    bad_page: str = (
        "The '#/page[page]' and '#/page[per_page]' parameter values must be a valid number (equal and more than 1)"
    )
    bad_instant: str = "The filter '#/{name}' must be a valid RCF3339 date"

    def response_to(self, error: ResponseError) -> Response:
        """Return the response to an error."""
        return self.not_found if isinstance(error, NotFoundError) else error.response

    def finish(self, response: Response) -> Response:
        """Return a response with the media type and the headers of the service."""
        if response.media_type == JSON_API != self.media_type:
            response = replace(response, media_type=self.media_type)
        return replace(response, headers={**self.headers, **response.headers}) if self.headers else response


def refused_one_by_one(error: RefusedError) -> Response:
    """Return a 422 with one error per message, each with the name of its attribute as title."""
    return errors_response(422, [(problem.attribute, problem.detail) for problem in error.problems])


ORIGINAL_FORMS = ErrorForms()
"""The forms of editions 2024-12 and 2025-04."""

SUCCESSOR_FORMS = ErrorForms(
    media_type="application/json; charset=utf-8",
    not_found=errors_response(404, [("Resource not found", "Nothing could be found for the provided details")]),
    refused=refused_one_by_one,
    wrong_structure="Correct json data structure required. See API docs for reference.",
    bad_page="The '#/page[page]' and '#/page[per_page]' parameter values must be a valid positive number",
    bad_instant="The filter '#/{name}' must be a valid ISO 8601 date",
)
"""The forms of the ECT service. Every error but a 401 has a list of errors."""


def refused_once(error: RefusedError) -> Response:
    """Return a 422 with one error per message, equal ones once, each with the name of its attribute as title."""
    return errors_response(422, list(dict.fromkeys((problem.attribute, problem.detail) for problem in error.problems)))


NPQ_FORMS = ErrorForms(
    media_type="application/json",
    headers={"Cache-Control": "no-store"},
    not_found=Response(404, {"error": "Resource not found"}),
    refused=refused_once,
    bad_page=SUCCESSOR_FORMS.bad_page,
    bad_instant=SUCCESSOR_FORMS.bad_instant,
)
"""The forms of the NPQ service. A 401 and a 404 have one error, and every other refusal a list."""
