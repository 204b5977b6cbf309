"""Answers, and the exceptions that become answers: one place for every error body the contract knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from lead_provider_sandbox.parts import Problem, RefusedError

JSON_API = "application/vnd.api+json"
"""The media type of every JSON answer, without a charset (behaviour HDR-CONTENT-TYPE)."""

WRONG_STRUCTURE = "correct json data structure required. See API docs for reference"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with a body: a JSON document, or text when `media_type` says so, or nothing at all."""

    status: int
    document: Any = None
    text: str | None = None
    media_type: str | None = JSON_API
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The bytes to send."""
        if self.text is not None:
            return self.text.encode()
        if self.document is None:
            return b""
        return orjson.dumps(self.document)


def resource(data: Any) -> Answer:
    """A success: one resource, or a list of them, under `data` and nothing else (behaviour HDR-BODY-TOPLEVEL)."""
    return Answer(200, {"data": data})


class AnswerError(Exception):
    """A request that is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.document!r}")
        self.answer = answer


def listed(status: int, errors: Sequence[tuple[str, str]]) -> Answer:
    """The error body of 400 and 422: titles with details (behaviour ERR-ENVELOPE-422)."""
    return Answer(status, {"errors": [{"title": title, "detail": detail} for title, detail in errors]})


def bad_request(detail: str, *, title: str = "Bad request") -> AnswerError:
    """400: the request cannot be understood."""
    return AnswerError(listed(400, [(title, detail)]))


def invalid_action(detail: str) -> AnswerError:
    """422 about no attribute: what is asked for cannot be done to the record as it is."""
    return AnswerError(listed(422, [("Invalid action", detail)]))


def not_found() -> AnswerError:
    """404, for an unknown id, another provider's record and an unknown path alike (behaviour ERR-404-BODY)."""
    return AnswerError(Answer(404, {"error": "Resource not Found"}))


def access_denied() -> AnswerError:
    """401 (behaviours AUTH-401-BODY-SHAPE, AUTH-401-WWW-AUTHENTICATE)."""
    return AnswerError(
        Answer(401, {"error": "HTTP Token: Access denied"}, headers={"WWW-Authenticate": 'Token realm="Application"'})
    )


def forbidden() -> AnswerError:
    """403: the token is known but not for this operation; the body is empty.

    Behaviour AUTH-NPQ-ONLY-TOKEN-ON-ECF-403.
    """
    return AnswerError(Answer(403, media_type=None))


def refusal(refused: RefusedError) -> Answer:
    """422 with one entry for each attribute, its messages joined (behaviour ERR-ONE-ENTRY-PER-ATTRIBUTE)."""
    return listed(422, joined(refused.problems))


def joined(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Attributes in order of their first problem, each with its different messages joined by a comma."""
    messages: dict[str, dict[str, None]] = {}
    for problem in problems:
        messages.setdefault(problem.attribute, {})[problem.detail] = None
    return [(attribute, ", ".join(details)) for attribute, details in messages.items()]


FAILED = Answer(500, {"error": "Internal server error"})
"""What a client sees of a defect of the sandbox (behaviour ERR-500-BODY)."""
