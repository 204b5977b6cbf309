"""The append-only log of events, which is the whole state of the server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NAMESPACE = uuid.UUID("6f6f3c1e-51c4-4c0e-9d6f-3c6f2f0a7d55")


def stable_id(*parts: object) -> str:
    """Return an id that depends only on these parts, and so stays the same after a restart."""
    return str(uuid.uuid5(NAMESPACE, " ".join(map(str, parts))))


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a `kind` at a time: about a participant's course, or about the declaration with the id `subject`."""

    at: datetime
    kind: str
    subject: str
    course: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class EventLog:
    """The events, in the order in which they were appended."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def append(self, at: datetime, kind: str, subject: str, course: str = "", **details: Any) -> None:
        """Append an event, with its time in whole seconds."""
        self._events.append(Event(at.replace(microsecond=0), kind, subject, course, details))
