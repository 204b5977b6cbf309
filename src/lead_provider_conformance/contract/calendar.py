"""The calendar: which milestone windows are open for whom and when, and the words that depend on the date.

Everything is read from `calendar.yaml` of the contract, whose head explains what it holds. A cohort is the year, as
an `int`, in which its academic year starts; the API writes it as a string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import yaml_file


class CalendarError(Exception):
    """The calendar file is broken, or was asked about a cohort or schedule that it does not have."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """What holds for everybody whose training belongs to one academic year."""

    year: int
    registration_start: date
    academic_year_start: date
    automatic_assignment_end: date
    npq_registration_start: date | None = None
    payments_frozen: date | None = None
    """From this day on nothing more is paid for the cohort."""
    detailed_evidence: bool = False
    """Held to the evidence types of the 2025 to 2026 academic year."""
    mentor_funding: bool = False
    """Mentors are declared started and completed only."""


@dataclass(frozen=True, slots=True)
class MilestoneWindow:
    """The days on which a milestone counts as reached, both ends included; `end` is None if it never closes."""

    declaration_type: str
    start: date
    end: date | None

    def contains(self, day: date) -> bool:
        """Whether `day` lies in the window."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as one cohort has it."""

    identifier: str
    cohort: int
    programme: str
    courses: tuple[str, ...]
    windows: tuple[MilestoneWindow, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a provider may hold for a declaration, and whether it must hold any."""

    values: tuple[str, ...] = ()
    required: bool = False


class Calendar:
    """The calendar of the contract. Made by `Calendar.load`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` is a calendar file as JSON, which keeps its schema. Raises `CalendarError` for a day that is none."""
        self.editions: tuple[str, ...] = tuple(data["editions"])
        """The dated states of the contract, oldest first."""
        self.cohorts: Mapping[int, Cohort] = {
            int(year): Cohort(int(year), **{name: _fact(value) for name, value in facts.items()})
            for year, facts in data["cohorts"].items()
        }
        self._schedules = {
            identifier: {
                int(year): Schedule(
                    identifier,
                    int(year),
                    facts["programme"],
                    tuple(facts["courses"]),
                    tuple(_windows(windows, facts["declaration_types"])),
                )
                for year, windows in facts["windows"].items()
            }
            for identifier, facts in data["schedules"].items()
        }
        self._courses = {name: tuple(facts["courses"]) for name, facts in data["schedules"].items()}
        self._evidence: list[dict[str, Any]] = data["evidence"]
        self._reasons: dict[str, list[dict[str, Any]]] = data["reasons"]

    @classmethod
    def load(cls, path: Path | None = None) -> Calendar:
        """The calendar in the file `path`, or the one that came with this package. Raises `CalendarError`."""
        return _load(path or contract_root() / "calendar.yaml")

    @property
    def schedules(self) -> tuple[str, ...]:
        """The identifiers of all schedules."""
        return tuple(self._schedules)

    def courses(self, schedule: str) -> tuple[str, ...]:
        """The courses that a schedule may be used for. Raises `CalendarError`."""
        if schedule not in self._courses:
            raise CalendarError(f"There is no schedule '{schedule}' in the calendar.")
        return self._courses[schedule]

    def schedule(self, identifier: str, cohort: int) -> Schedule | None:
        """The schedule as `cohort` has it, or None if it has none of that name."""
        return self._schedules.get(identifier, {}).get(cohort)

    def windows(self, schedule: str, cohort: int) -> tuple[MilestoneWindow, ...]:
        """The windows of a schedule, in the order of the milestones; none if the cohort has no such schedule."""
        found = self.schedule(schedule, cohort)
        return found.windows if found else ()

    def window(self, schedule: str, cohort: int, declaration_type: str) -> MilestoneWindow | None:
        """The window of one milestone, or None if the schedule does not have it."""
        windows = self.windows(schedule, cohort)
        return next((window for window in windows if window.declaration_type == declaration_type), None)

    def is_open(self, schedule: str, cohort: int, declaration_type: str, day: date) -> bool:
        """Whether a declaration of that type may be dated on `day`."""
        window = self.window(schedule, cohort, declaration_type)
        return window is not None and window.contains(day)

    def declaration_types(self, schedule: str, cohort: int) -> tuple[str, ...]:
        """The types of declaration that a schedule has a milestone for, in their order."""
        return tuple(window.declaration_type for window in self.windows(schedule, cohort))

    def evidence(self, cohort: int, course: str, declaration_type: str, edition: str) -> Evidence:
        """What `evidence_held` may be for such a declaration; nothing, where no evidence is asked for."""
        for rule in self._evidence:
            if (
                cohort in rule["cohorts"]
                and course in rule["courses"]
                and declaration_type in rule["declaration_types"]
                and edition in rule.get("editions", (edition,))
            ):
                return Evidence(tuple(rule["values"]), rule.get("required", True))
        return Evidence()

    def reasons(self, action: str, programme: str, version: str, edition: str) -> tuple[str, ...]:
        """The reasons that a provider may give for `defer` or `withdraw`. Raises `CalendarError` for another action."""
        if action not in self._reasons:
            raise CalendarError(f"The calendar knows no reasons for '{action}', only for {', '.join(self._reasons)}.")
        return tuple(
            reason
            for rule in self._reasons[action]
            if programme in rule["programmes"]
            and version in rule.get("versions", (version,))
            and edition in rule.get("editions", (edition,))
            for reason in rule["values"]
        )


@cache
def _load(path: Path) -> Calendar:
    return Calendar(_read(path))


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a calendar file. Raise CalendarError if it is not valid."""
    try:
        content: dict[str, Any] = yaml_file.read(path, schema="calendar")
    except UsageError as error:
        raise CalendarError(str(error)) from error
    return content


def _fact(value: Any) -> Any:
    """A fact of a cohort, as JSON has it: a day, or whether something holds."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _windows(windows: str | Mapping[str, str], declaration_types: list[str]) -> list[MilestoneWindow]:
    if isinstance(windows, str):
        windows = dict.fromkeys(declaration_types, windows)
    return [MilestoneWindow(name, *_days(windows[name])) for name in declaration_types if name in windows]


def _days(text: str) -> tuple[date, date | None]:
    first, _, last = text.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last) if last else None
    except ValueError as error:
        raise CalendarError(f"The window '{text}' of the calendar has a day that does not exist.") from error
    if end is not None and end < start:
        raise CalendarError(f"The window '{text}' of the calendar ends before it starts.")
    return start, end
