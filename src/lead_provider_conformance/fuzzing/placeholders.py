"""Values that stand for what belongs to a target while requests are made, and their way back to placeholders.

Generators only make values that a schema allows, and `{participant}` is no UUID. So a schema is given one of these
values instead, and wherever it turns up in a generated request it is written down as its placeholder.
"""

from __future__ import annotations

import json
from typing import Any

SUBJECT = "00000000-0000-4000-8000-5ab1ec700001"
PARTICIPANT = "00000000-0000-4000-8000-5ab1ec700002"
SCHOOL = "00000000-0000-4000-8000-5ab1ec700003"
PARTNER = "00000000-0000-4000-8000-5ab1ec700004"
COHORT, COHORT_PLACEHOLDER = "2098", "{cohort}"
DATE = "2001-02-03T04:05:06Z"
COURSES = {"ecf": "ecf-induction", "npq": "npq-leading-teaching"}

_STAND_FOR = {
    SUBJECT: "{subject}",
    PARTICIPANT: "{participant}",
    SCHOOL: "{school}",
    PARTNER: "{partner}",
    COHORT: COHORT_PLACEHOLDER,
}


def in_path(path: str) -> str:
    """A path with placeholders."""
    return path.replace(SUBJECT, "{subject}")


def in_query(query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """A query with placeholders."""
    return tuple((name, _STAND_FOR.get(value, value)) for name, value in query)


def in_body(body: Any, programme: str) -> Any:
    """A parsed body with placeholders. A date's placeholder names the type of declaration it is for."""
    if isinstance(body, dict):
        kind = body.get("declaration_type")
        return {
            name: f"{{date:{kind}}}" if value == DATE and isinstance(kind, str) else in_body(value, programme)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [in_body(each, programme) for each in body]
    if isinstance(body, str):
        return "{course}" if body == COURSES[programme] else _STAND_FOR.get(body, body)
    return body


def in_content(content: bytes, programme: str) -> str:
    """Content with placeholders, as text: JSON is written again, anything else stays as it is."""
    try:
        return json.dumps(in_body(json.loads(content), programme))
    except (ValueError, RecursionError):
        return content.decode("utf-8", "surrogateescape")
