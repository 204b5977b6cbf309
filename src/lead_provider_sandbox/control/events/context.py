"""The context of an event: the world's sandbox, its two lead providers and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lead_provider_sandbox.control.reading import ApiReader
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant, just_after
from lead_provider_sandbox.domain.models import Enrolment, Provider
from lead_provider_sandbox.sandbox import Sandbox
from lead_provider_sandbox.store.store import Store

Facts = dict[str, Any]
"""The facts of an event that happened, for a journal."""


class EventError(Exception):
    """The event is unknown or impossible; the message says why."""


@dataclass(frozen=True, slots=True)
class EventContext:
    """`provider` has the world's token. `reader` reads the API with it. `rival` is the other lead provider."""

    sandbox: Sandbox
    provider: Provider
    rival: Provider
    reader: ApiReader
    now: Instant

    @property
    def store(self) -> Store:
        """The store of the world."""
        return self.sandbox.store

    @property
    def calendar(self) -> Calendar:
        """The calendar of the world's edition."""
        return self.sandbox.calendar

    @property
    def today(self) -> str:
        """The date of `now`."""
        return self.now[:10]

    def change_time(self, *previous: Instant) -> Instant:
        """Return now, or the instant after the latest of the previous changes, if that is later."""
        return max(self.now, *(just_after(each) for each in previous))

    def enrolments(self, participant_id: str) -> Sequence[Enrolment]:
        """Return a participant's training with the lead provider. Raise `EventError` if there is none."""
        found = self.store.people.enrolments(participant_id, self.provider.id)
        if not found:
            raise EventError(f"the lead provider has no participant {participant_id}")
        return found

    def person_change_time(self, participant_id: str) -> Instant:
        """Return the time of a change that moves the `updated_at` of a person. Raise `EventError` for an unknown id."""
        person = self.store.people.get(participant_id)
        if person is None:
            raise EventError(f"there is no person {participant_id}")
        return self.change_time(person.updated_at)
