"""Values that replace a target's ids, dates and courses during generation, and their conversion to placeholders.

Generators only make values that a schema allows, and `{participant}` is no UUID. So schemas get one of these values
instead, and a generated request that contains it is stored with the placeholder.
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

_PLACEHOLDERS = {
    SUBJECT: "{subject}",
    PARTICIPANT: "{participant}",
    SCHOOL: "{school}",
    PARTNER: "{partner}",
    COHORT: COHORT_PLACEHOLDER,
}


def in_path(path: str) -> str:
    """Return a path with placeholders."""
    return path.replace(SUBJECT, "{subject}")


def in_query(query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return a query with placeholders."""
    return tuple((name, _PLACEHOLDERS.get(value, value)) for name, value in query)


def in_body(body: Any, programme: str) -> Any:
    """Return a parsed body with placeholders. The placeholder of a date names the declaration type."""
    if isinstance(body, dict):
        kind = body.get("declaration_type")
        return {
            name: f"{{date:{kind}}}" if value == DATE and isinstance(kind, str) else in_body(value, programme)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [in_body(each, programme) for each in body]
    if isinstance(body, str):
        return "{course}" if body == COURSES[programme] else _PLACEHOLDERS.get(body, body)
    return body


def in_content(content: bytes, programme: str) -> str:
    """Return content as text with placeholders. JSON is serialised again; other content stays as it is."""
    try:
        return json.dumps(in_body(json.loads(content), programme))
    except (ValueError, RecursionError):
        return content.decode("utf-8", "surrogateescape")
