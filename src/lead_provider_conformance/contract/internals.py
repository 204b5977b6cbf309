"""Find internals of a server in the body of an error: SQL, stack traces, and errors of its libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lead_provider_conformance.contract.violation import Violation
from lead_provider_conformance.model import FIRST_ERROR
from lead_provider_conformance.schemas.sentences import shorten

_INTERNALS = re.compile(
    rb"PG::[A-Z]\w+|SQLSTATE\W|ORA-\d{5}|sqlite3?\W\w*Error|syntax error at or near|\bSELECT\s[^<]{1,200}?\sFROM\s|"
    rb"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+|[\w/.-]+\.rb:\d+:in\b|"
    rb"\bat [\w.$]+\([\w.]+:\d+\)|"
    rb"\b(?:ActiveRecord|ActionController|ActionDispatch)::\w+|\bNoMethodError\b|undefined method\b"
)


def internals(status: int, body: bytes) -> Iterator[Violation]:
    """Yield a violation if the body of an error shows internals of the server."""
    if status >= FIRST_ERROR and (match := _INTERNALS.search(body)):
        shown = shorten(match[0].decode("utf-8", "replace"))
        yield Violation("no-internals", "", f"the body of status {status} shows internals of the server: {shown!r}")
