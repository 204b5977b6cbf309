"""The context of an event: the world's sandbox, its two lead providers and the time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lead_provider_sandbox.control.reading import ApiReader, Attributes, ReadError
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Instant, just_after, parse_instant, to_instant
from lead_provider_sandbox.domain.models import Enrolment, Provider
from lead_provider_sandbox.sandbox import Sandbox
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import enrolments, schools

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

    def shown(self, kind: str, record_id: str) -> Attributes:
        """Return a record as the API shows it to the token. Raise `EventError` if it does not."""
        try:
            return self.reader.record(kind, record_id)
        except ReadError as error:
            raise EventError(str(error)) from error

    def instant(self, moment: str | datetime) -> Instant:
        """Return an instant as it is stored. Raise `EventError` if it is none, or is still to come."""
        instant = to_instant(moment) if isinstance(moment, datetime) else parse_instant(moment)
        if instant is None or instant > self.now:
            raise EventError(f"{moment!r} is not a date-time of the past")
        return instant

    def past_day(self, on: str | None) -> str:
        """Return a day, by default today. Raise `EventError` if it is still to come."""
        day = on or self.today
        if day > self.today:
            raise EventError(f"the day {day} is still to come; today is {self.today}")
        return day

    def note_registration(self, urn: str, cohort: int, moment: Instant) -> None:
        """Move the time that a school shows in a cohort if this is its first registration, which the API shows.

        Call it inside `writing`, before the participant is added.
        """
        if not self._is_registered(urn, cohort):
            self.store.partnerships.choose_programme(
                str(uuid.uuid4()), self._school(urn)["id"], cohort, "provider_led", moment
            )

    def keep_programme(self, urn: str, cohort: int) -> None:
        """Keep the programme that a school shows in a cohort when a participant is taken from it."""
        school = self._school(urn)
        if self.store.partnerships.programme_choice(school["id"], cohort) is None:
            self.store.partnerships.choose_programme(
                str(uuid.uuid4()), school["id"], cohort, "provider_led", school["updated_at"]
            )

    def _school(self, urn: str) -> dict[str, Any]:
        return stored_rows(self.store.connection, schools, schools.c.urn == urn)[0]

    def _is_registered(self, urn: str, cohort: int) -> bool:
        of_school = (enrolments.c.school_urn == urn, enrolments.c.cohort == cohort)
        return bool(stored_rows(self.store.connection, enrolments, *of_school))
