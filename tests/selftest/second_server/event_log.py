"""All that this server remembers: what happened, one event after the other. Nothing is ever changed or taken out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NAMESPACE = uuid.UUID("6f6f3c1e-51c4-4c0e-9d6f-3c6f2f0a7d55")


def named(*parts: object) -> str:
    """The identifier of what has that name: the same every time the server starts."""
    return str(uuid.uuid5(NAMESPACE, " ".join(map(str, parts))))


@dataclass(frozen=True, slots=True)
class Event:
    """What happened when: `kind` to the training on one course, or to the declaration with the id `subject`."""

    at: datetime
    kind: str
    subject: str
    course: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class EventLog:
    """The events so far, oldest first by the order in which they were told."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def tell(self, at: datetime, kind: str, subject: str, course: str = "", **details: Any) -> None:
        """Add what happened at that moment, to the second."""
        self._events.append(Event(at.replace(microsecond=0), kind, subject, course, details))
