"""One generated request as plain data: the request, its defect, the expected response and its coverage.

Ids, dates and courses are placeholders such as `{participant}`, which a replay fills in. So a case is compiled once,
stored, and sent to any server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lead_provider_conformance.fuzzing.coverage_labels import MISTAKE

PLACEHOLDER = re.compile(
    r"\{(subject|participant|other|unknown|course|cohort|school|partner|unrelated|date:[\w-]+|"
    r"(?:one|other|half|quoted):\w+)\}"
)


class Sender(StrEnum):
    """The credential of a request."""

    OWN = "own"
    NONE = "none"
    UNKNOWN = "unknown"
    WRONG_SCHEME = "wrong-scheme"


class Expected(StrEnum):
    """The class of responses that a case allows."""

    ACCEPTED = "accepted"
    """The request is valid, and no rule of the programme refuses it."""
    RULED = "ruled"
    """The request is valid; a rule of the programme may refuse it."""
    REFUSED = "refused"
    """The request is invalid in exactly one way, which a server must notice."""
    LENIENT = "lenient"
    """The request is invalid in several ways, or where servers may be lenient: anything but a server error."""
    UNAUTHENTICATED = "unauthenticated"
    """The credential is missing or unknown."""
    UNAUTHENTICATED_AND_WRONG = "unauthenticated-and-wrong"
    """The credential is unknown, and the request has another defect."""
    FOREIGN = "foreign"
    """The record belongs to another provider."""
    UNKNOWN_RECORD = "unknown-record"
    """The record does not exist."""
    NO_SUCH_METHOD = "no-such-method"
    """The path has no operation of that method."""


VALID = (Expected.ACCEPTED, Expected.RULED)


@dataclass(frozen=True, slots=True)
class Case:
    """One request, with placeholders.

    `content` is UTF-8 text; other bytes are surrogate escapes. `defect` describes the breach of the contract, and is
    empty for a valid request. `field` is the field that a refusal must name, if any. `labels` are the coverage.
    """

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: str | None
    content_type: str
    expected: Expected
    sender: Sender = Sender.OWN
    defect: str = ""
    field: str = ""
    labels: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the method may change data."""
        return self.method not in ("GET", "HEAD")

    @property
    def is_always_sent(self) -> bool:
        """Whether every run sends the case, whatever its budget."""
        return any(f" {MISTAKE}" in label for label in self.labels)

    @property
    def size(self) -> int:
        """The number of characters; the smaller of two cases is the better reproduction."""
        return len(self.path) + sum(len(name) + len(value) for name, value in self.query) + len(self.content or "")

    @property
    def raw(self) -> bytes | None:
        """The content as bytes."""
        return None if self.content is None else self.content.encode("utf-8", "surrogateescape")

    def placeholders(self) -> frozenset[str]:
        """Return the names of all placeholders."""
        texts = (self.path, self.content or "", *(value for _, value in self.query))
        return frozenset(name for text in texts for name in PLACEHOLDER.findall(text))

    def fill(self, values: Mapping[str, str]) -> Case:
        """Return the case with every placeholder replaced. Raise KeyError if `values` lacks one."""

        def replaced(text: str) -> str:
            return PLACEHOLDER.sub(lambda match: values[match[1]], text)

        return replace(
            self,
            path=replaced(self.path),
            query=tuple((name, replaced(value)) for name, value in self.query),
            content=None if self.content is None else replaced(self.content),
        )

    def to_list(self) -> list[Any]:
        """Return the fields in their order, as JSON values."""
        return [
            self.operation, self.method, self.path, self.query, self.content, self.content_type, self.expected,
            self.sender, self.defect, self.field, self.labels,
        ]  # fmt: skip

    @classmethod
    def from_list(cls, values: list[Any]) -> Case:
        """Return the case of a `to_list` result."""
        operation, method, path, query, content, content_type, expected, sender, defect, field, labels = values
        query, expected, sender = tuple(map(tuple, query)), Expected(expected), Sender(sender)
        return cls(
            operation, method, path, query, content, content_type, expected, sender, defect, field, tuple(labels)
        )
