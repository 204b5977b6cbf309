"""One generated request as plain data: what is sent, what is wrong with it, what is expected, and what it covers.

What belongs to a target is not in it: ids, dates and courses are placeholders such as `{participant}`, which a replay
fills in. So a case can be made once, stored, and sent to any server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

PLACEHOLDER = re.compile(
    r"\{(subject|participant|other|nobody|course|cohort|school|partner|date:[\w-]+|stranger|(?:one|other|half|quoted):\w+)\}"
)


class Sender(StrEnum):
    """Whose credential a request carries."""

    OWN = "own"
    NONE = "none"
    UNKNOWN = "unknown"
    WRONG_SCHEME = "wrong-scheme"


class Expected(StrEnum):
    """The class of answers that a case allows."""

    ACCEPTED = "accepted"
    """It is valid, and no rule of the programme stands against it."""
    RULED = "ruled"
    """It is valid; a rule of the programme may still refuse it."""
    REFUSED = "refused"
    """It is invalid in exactly one way, which a server is bound to notice."""
    LENIENT = "lenient"
    """It is invalid where servers may take no offence, or in several ways: it may be answered either way, but not by
    a failure of the server."""
    UNAUTHENTICATED = "unauthenticated"
    """It lacks a credential, or carries one that nobody has."""
    UNAUTHENTICATED_AND_WRONG = "unauthenticated-and-wrong"
    """It carries a credential that nobody has, and something else is wrong with it, too."""
    FOREIGN = "foreign"
    """It is about another provider's record."""
    UNKNOWN_RECORD = "unknown-record"
    """It is about a record that nobody has."""
    NO_SUCH_METHOD = "no-such-method"
    """The path has no operation of that method."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, with placeholders. `content` is UTF-8 text in which other bytes are surrogate escapes.

    `wrong` says what the contract does not allow about it, and is empty for a valid one. `member` is the member that
    a refusal has to name, if there is one. `labels` are what it covers.
    """

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: str | None
    content_type: str
    expected: Expected
    sender: Sender = Sender.OWN
    wrong: str = ""
    member: str = ""
    labels: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method not in ("GET", "HEAD")

    @property
    def size(self) -> int:
        """How much of it there is to read: the smaller of two cases is the better reproduction."""
        return len(self.path) + sum(len(name) + len(value) for name, value in self.query) + len(self.content or "")

    @property
    def raw(self) -> bytes | None:
        """The content as it goes over the wire."""
        return None if self.content is None else self.content.encode("utf-8", "surrogateescape")

    def placeholders(self) -> frozenset[str]:
        """The names of those that have to be filled in."""
        texts = (self.path, self.content or "", *(value for _, value in self.query))
        return frozenset(name for text in texts for name in PLACEHOLDER.findall(text))

    def filled(self, values: Mapping[str, str]) -> Case:
        """The case with every placeholder filled in. Raises KeyError for one that `values` lacks."""

        def fill(text: str) -> str:
            return PLACEHOLDER.sub(lambda found: values[found[1]], text)

        return replace(
            self,
            path=fill(self.path),
            query=tuple((name, fill(value)) for name, value in self.query),
            content=None if self.content is None else fill(self.content),
        )

    def to_list(self) -> list[Any]:
        """What `from_list` reads: the members in their order, as JSON knows them."""
        return [
            self.operation, self.method, self.path, self.query, self.content, self.content_type, self.expected,
            self.sender, self.wrong, self.member, self.labels,
        ]  # fmt: skip

    @classmethod
    def from_list(cls, members: list[Any]) -> Case:
        """The case that `to_list` gave."""
        operation, method, path, query, content, content_type, expected, sender, wrong, member, labels = members
        return cls(
            operation=operation,
            method=method,
            path=path,
            query=tuple((name, value) for name, value in query),
            content=content,
            content_type=content_type,
            expected=Expected(expected),
            sender=Sender(sender),
            wrong=wrong,
            member=member,
            labels=tuple(labels),
        )
