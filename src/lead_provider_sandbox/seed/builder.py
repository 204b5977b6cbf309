"""Rows for the store, made one record at a time from a random source, so that the same seed gives the same store."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import to_instant
from lead_provider_sandbox.seed.names import FIRST_NAMES, LAST_NAMES

Row = dict[str, Any]

LATEST = datetime(2024, 11, 29, 17, 0, tzinfo=UTC)
"""Nothing in the seed is later, cohort 2025 apart, so that the seed suits every later clock."""

_FIRST_TRN = 1_000_000


class Builder:
    """Collects rows. Every id, name and moment comes from one random source."""

    def __init__(self, calendar: Calendar, seed: int, *, first_trn: int = _FIRST_TRN) -> None:
        self.calendar = calendar
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._next_trn = first_trn

    def id(self) -> str:
        """A new id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def add(self, table: str, **values: Any) -> Row:
        """Add a row, with an id unless one is given."""
        row: Row = {"id": values.pop("id", None) or self.id(), **values}
        self.rows[table].append(row)
        return row

    def name(self) -> str:
        """A person's full name."""
        return f"{self._random.choice(FIRST_NAMES)} {self._random.choice(LAST_NAMES)}"

    def person(
        self,
        trn: str | None,
        created: str,
        *,
        claimed_trn: str | None = None,
        id: str | None = None,  # noqa: A002 - as in the store
        full_name: str | None = None,
    ) -> Row:
        """A person with an address that no one else has, and an invented name unless one is given."""
        invented = self.name()
        name = full_name or invented
        number = len(self.rows["people"])
        return self.add(
            "people",
            id=id,
            full_name=name,
            email=f"{invented.lower().replace(' ', '.')}.{number}@example.com",
            trn=trn,
            claimed_trn=claimed_trn or trn,
            created_at=created,
            updated_at=created,
        )

    def merged_into(self, person: Row) -> None:
        """Another record of the person's has been merged into theirs."""
        self.add("id_changes", from_id=self.id(), to_id=person["id"], changed_at=self.moment(date(2024, 2, 5), 30))

    def one_of(self, choices: Sequence[str]) -> str:
        """One of several words."""
        return self._random.choice(choices)

    def number(self, digits: int) -> str:
        """So many digits, of which the first is not 0."""
        return str(self._random.randrange(10 ** (digits - 1), 10**digits))

    def trn(self) -> str:
        """A teacher reference number that nobody else has."""
        self._next_trn += 1
        return str(self._next_trn)

    def pick(self, choices: list[Row]) -> Row:
        """One of several rows."""
        return self._random.choice(choices)

    def likely(self, probability: float) -> bool:
        """True as often as said."""
        return self._random.random() < probability

    def moment(self, start: date, days: int, latest: datetime = LATEST) -> str:
        """An instant in working hours in the days from `start`, but never after `latest`."""
        seconds = self._random.randrange(8 * 3600, 17 * 3600)
        moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
        moment += timedelta(days=self._random.randrange(max(days, 1)), seconds=seconds)
        microseconds = timedelta(microseconds=self._random.randrange(1_000_000))
        return to_instant(min(moment, latest) + microseconds)

    def registered(self, cohort: int) -> str:
        """When somebody of a cohort was registered: in the summer before its academic year."""
        latest = LATEST if cohort <= 2024 else datetime(2025, 7, 31, tzinfo=UTC)
        return self.moment(date(cohort, 6, 10), 40, latest)

    def declaration_day(self, schedule: str, cohort: int, declaration_type: str) -> date:
        """A day inside the window of a declaration type, soon after it opens."""
        window = self.calendar.window(schedule, cohort, declaration_type)
        if window is None:
            raise ValueError(f"{schedule} has no {declaration_type} in cohort {cohort}")
        return date.fromisoformat(window.start) + timedelta(days=self._random.randrange(2, 20))

    def done(self) -> Mapping[str, list[Row]]:
        """All rows, by table."""
        return self.rows
