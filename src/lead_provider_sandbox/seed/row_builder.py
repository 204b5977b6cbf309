"""Build rows from one random source, so that the same seed number gives the same store."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import to_instant
from lead_provider_sandbox.seed.names import FIRST_NAMES, LAST_NAMES

Row = dict[str, Any]
T = TypeVar("T")

LATEST = datetime(2024, 11, 29, 17, 0, tzinfo=UTC)
"""The latest instant in the seed, except for cohort 2025. Every later clock can use the seed."""

_FIRST_TRN = 1_372_400
_EVERY = 3
"""Every third teacher reference number begins with 0."""


class RowBuilder:
    """Collects rows; ids, names and instants come from one random source."""

    def __init__(
        self, calendar: Calendar, seed: int, *, first_trn: int = _FIRST_TRN, latest: datetime = LATEST
    ) -> None:
        self.calendar = calendar
        self.latest = latest
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._next_trn = first_trn

    def id(self) -> str:
        """Return a new id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def add(self, table: str, **values: Any) -> Row:
        """Add and return a row, with a new id unless one is given."""
        row: Row = {"id": values.pop("id", None) or self.id(), **values}
        self.rows[table].append(row)
        return row

    def name(self) -> str:
        """Return a full name."""
        return f"{self.pick(FIRST_NAMES)} {self.pick(LAST_NAMES)}"

    def person(
        self,
        trn: str | None,
        created: str,
        *,
        claimed_trn: str | None = None,
        id: str | None = None,  # noqa: A002 - as in the store
        full_name: str | None = None,
    ) -> Row:
        """Add and return a person with a unique email, and an invented name unless one is given."""
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

    def add_id_change(self, person: Row) -> None:
        """Add the merge of another record into the person's."""
        self.add("id_changes", from_id=self.id(), to_id=person["id"], changed_at=self.moment(date(2024, 2, 5), 30))

    def days(self, most: int) -> timedelta:
        """Return a random number of days, at most `most`."""
        return timedelta(days=self._random.randrange(most + 1))

    def number(self, digits: int) -> str:
        """Return a random number of some digits."""
        return str(self._random.randrange(10 ** (digits - 1), 10**digits))

    def trn(self) -> str:
        """Return a unique teacher reference number."""
        self._next_trn += 1
        number = str(self._next_trn)
        return number if self._next_trn % _EVERY else f"0{number[1:]}"

    def pick(self, choices: Sequence[T]) -> T:
        """Return a random choice."""
        return self._random.choice(choices)

    def likely(self, probability: float) -> bool:
        """Return True with a probability."""
        return self._random.random() < probability

    def moment(self, start: date, days: int, latest: datetime | None = None) -> str:
        """Return an instant in working hours within some days from `start`, at most `latest` or the builder's."""
        seconds = self._random.randrange(8 * 3600, 17 * 3600)
        moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
        moment += timedelta(days=self._random.randrange(max(days, 1)), seconds=seconds)
        microseconds = timedelta(microseconds=self._random.randrange(1_000_000))
        return to_instant(min(moment, latest or self.latest) + microseconds)

    def registered(self, cohort: int) -> str:
        """Return an instant of registration for a cohort: the summer before its academic year."""
        latest = LATEST if cohort <= 2024 else datetime(2025, 7, 31, tzinfo=UTC)
        return self.moment(date(cohort, 6, 10), 40, latest)

    def declaration_day(self, schedule: str, cohort: int, declaration_type: str) -> date:
        """Return a day soon after the window of a declaration type opens."""
        window = self.calendar.window(schedule, cohort, declaration_type)
        if window is None:
            raise ValueError(f"{schedule} has no {declaration_type} in cohort {cohort}")
        return date.fromisoformat(window.start) + timedelta(days=self._random.randrange(2, 20))
