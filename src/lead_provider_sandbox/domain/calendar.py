"""The calendar as the sandbox needs it: read from `openapi/calendar.yaml`, whose first lines document its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEFAULT_EDITION = "2024-12"

_PACKAGED = Path(__file__).parents[1] / "_data" / "calendar.yaml"
_IN_REPOSITORY = Path(__file__).parents[3] / "openapi" / "calendar.yaml"


class CalendarError(Exception):
    """The calendar cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a declaration of one type may be dated: from `start`, to the end of the day `end` if there is one."""

    declaration_type: str
    start: str
    end: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: its programme, the courses it is for, and its windows by cohort and declaration type."""

    identifier: str
    programme: str
    courses: tuple[str, ...]
    windows: Mapping[int, Mapping[str, Window]]


@dataclass(frozen=True, slots=True)
class Cohort:
    """What is particular to a cohort. `payments_frozen` is the day its payments stopped, if they have."""

    year: int
    payments_frozen: str | None
    detailed_evidence: bool
    mentor_funding: bool


@dataclass(frozen=True, slots=True)
class _Evidence:
    cohorts: frozenset[int]
    courses: frozenset[str]
    declaration_types: frozenset[str]
    values: tuple[str, ...]


class Calendar:
    """Cohorts, schedules, evidence types and reasons, as one edition of the contract has them."""

    def __init__(self, document: Mapping[str, Any], edition: str = DEFAULT_EDITION) -> None:
        self.editions: tuple[str, ...] = tuple(str(each) for each in document["editions"])
        if edition not in self.editions:
            raise CalendarError(f"there is no edition {edition}; there are {', '.join(self.editions)}")
        self.edition = edition
        self.cohorts: dict[int, Cohort] = {year: _cohort(year, facts) for year, facts in document["cohorts"].items()}
        self.schedules: dict[str, Schedule] = {
            name: _schedule(name, facts) for name, facts in document["schedules"].items()
        }
        self._evidence = [
            _Evidence(
                frozenset(entry["cohorts"]),
                frozenset(entry["courses"]),
                frozenset(entry["declaration_types"]),
                tuple(entry["values"]),
            )
            for entry in document["evidence"]
            if self._holds(entry)
        ]
        self._reasons = {
            action: [entry for entry in entries if self._holds(entry)]
            for action, entries in document["reasons"].items()
        }

    @classmethod
    def load(cls, edition: str = DEFAULT_EDITION, path: Path | None = None) -> Calendar:
        """Read the calendar of a checkout or of the installed package. Raises `CalendarError`."""
        file = path or (_IN_REPOSITORY if _IN_REPOSITORY.is_file() else _PACKAGED)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return cls(yaml.load(file.read_bytes(), Loader=loader), edition)  # noqa: S506 - a safe loader either way
        except OSError as error:
            raise CalendarError(f"cannot read the calendar {file}: {error.strerror}") from error
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise CalendarError(f"{file} is not a calendar: {error!r}") from error

    def window(self, schedule: str | None, cohort: int, declaration_type: str | None) -> Window | None:
        """The window for a declaration type; None when the schedule has no such milestone in that cohort."""
        return self.windows(schedule, cohort).get(declaration_type or "")

    def windows(self, schedule: str | None, cohort: int) -> Mapping[str, Window]:
        """Every window of a schedule in a cohort, in order; none when there is no such schedule."""
        found = self.schedules.get(schedule or "")
        return found.windows.get(cohort, {}) if found else {}

    def allows(self, schedule: str | None, course: str | None) -> bool:
        """Whether a schedule may be used for a course."""
        found = self.schedules.get(schedule or "")
        return found is not None and course in found.courses

    def evidence(self, cohort: int, course: str, declaration_type: str) -> Sequence[str]:
        """The kinds of evidence there are for a declaration; none when none need be held."""
        for entry in self._evidence:
            if cohort in entry.cohorts and course in entry.courses and declaration_type in entry.declaration_types:
                return entry.values
        return ()

    def reasons(self, action: str, programme: str) -> Sequence[str]:
        """Why training of a programme may be deferred or withdrawn."""
        return [
            value
            for entry in self._reasons[action]
            if programme in entry.get("programmes", (programme,))
            for value in entry["values"]
        ]

    def detailed_evidence(self, cohort: int) -> bool:
        """Whether the cohort is held to the evidence types of 2025."""
        return self.edition != DEFAULT_EDITION and cohort in self.cohorts and self.cohorts[cohort].detailed_evidence

    def mentor_funding(self, cohort: int) -> bool:
        """Whether the cohort's mentors are funded for starting and completing only."""
        return self.edition != DEFAULT_EDITION and cohort in self.cohorts and self.cohorts[cohort].mentor_funding

    def frozen(self, cohort: int, today: str) -> bool:
        """Whether payments for a cohort have stopped by a day."""
        since = self.cohorts[cohort].payments_frozen if cohort in self.cohorts else None
        return since is not None and since <= today

    def _holds(self, entry: Mapping[str, Any]) -> bool:
        return self.edition in [str(each) for each in entry.get("editions", self.editions)]


def _cohort(year: int, facts: Mapping[str, Any]) -> Cohort:
    frozen = facts.get("payments_frozen")
    return Cohort(
        year,
        None if frozen is None else str(frozen),
        bool(facts.get("detailed_evidence")),
        bool(facts.get("mentor_funding")),
    )


def _schedule(identifier: str, facts: Mapping[str, Any]) -> Schedule:
    types = facts["declaration_types"]
    windows = {
        cohort: {
            each: _window(each, span if isinstance(span, str) else span[each])
            for each in types
            if isinstance(span, str) or each in span
        }
        for cohort, span in facts["windows"].items()
    }
    return Schedule(identifier, facts["programme"], tuple(facts["courses"]), windows)


def _window(declaration_type: str, span: str) -> Window:
    start, _, end = span.partition("..")
    return Window(declaration_type, start, end or None)
