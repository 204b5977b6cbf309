"""The calendar: milestone windows by schedule and cohort, and the values that depend on cohort or edition.

The heads of `openapi/calendar.yaml` and `openapi/2026-08/calendar.yaml` explain the data. A cohort is an `int`, the
year in which its academic year starts. The API has it as a string. An NPQ cohort has a letter too: a year can have
several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import yaml_file


class CalendarError(UsageError):
    """The calendar file is not valid, or has no such schedule or action."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The dates and rules for training that belongs to one academic year."""

    year: int
    registration_start: date
    academic_year_start: date
    automatic_assignment_end: date | None = None
    npq_registration_start: date | None = None
    payments_frozen: date | None = None
    """The day from which declarations of the cohort are no longer paid."""
    detailed_evidence: bool = False
    """Whether the evidence types of the 2025 to 2026 academic year apply."""
    mentor_funding: bool = False
    """Whether mentors have `started` and `completed` declarations only."""
    closed: bool = False
    """Whether the ECT service accepts no declaration, void or new partnership of the cohort."""
    suffixes: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The NPQ cohorts of the year by their letter, with their funding: `full`, `capped` or `zero`."""


@dataclass(frozen=True, slots=True)
class MilestoneWindow:
    """The first and the last day of a milestone; `end` is None if the window never closes.

    If the sources disagree about the first day, `start` is the latest and `disputed_from` the earliest one. Between the
    two days nothing is expected.
    """

    declaration_type: str
    start: date
    end: date | None
    disputed_from: date | None = None

    @property
    def earliest_start(self) -> date:
        """The first day by any source: an earlier declaration is refused."""
        return self.disputed_from or self.start

    def contains(self, day: date) -> bool:
        """Return whether `day` is in the window."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of one cohort."""

    identifier: str
    cohort: int
    programme: str
    courses: tuple[str, ...]
    windows: tuple[MilestoneWindow, ...]
    suffix: str | None = None
    """The letter of the cohort; None if every cohort of the year has the schedule."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The allowed values of `evidence_held` for a declaration, and whether one is required."""

    values: tuple[str, ...] = ()
    required: bool = False


class Calendar:
    """The calendar of an edition. Use `Calendar.load` to create one."""

    def __init__(self, data: Mapping[str, Any], edition: str | None = None) -> None:
        """Take the content of a valid calendar file, by default for its first edition.

        Raise CalendarError for a date that does not exist.
        """
        self.editions: tuple[str, ...] = tuple(data["editions"])
        """The editions of the file, oldest first."""
        self.edition = edition or self.editions[0]
        """The edition that evidence and reasons are of."""
        self.cohorts: Mapping[int, Cohort] = {
            int(year): Cohort(int(year), **{name: _parsed(value) for name, value in facts.items()})
            for year, facts in data["cohorts"].items()
        }
        self.schedules: tuple[str, ...] = tuple(data["schedules"])
        """The identifiers of all schedules."""
        self._schedules = {name: _schedules(name, facts) for name, facts in data["schedules"].items()}
        self._courses = {name: tuple(facts["courses"]) for name, facts in data["schedules"].items()}
        self._evidence: list[dict[str, Any]] = data["evidence"]
        self._reasons: dict[str, list[dict[str, Any]]] = data["reasons"]

    @classmethod
    @cache
    def load(cls, edition: str | None = None, path: Path | None = None) -> Calendar:
        """Return the calendar of an edition, by default the first, in `path` or the package's own files.

        Raise UsageError if the file is not valid.
        """
        own = contract_root() / (edition or "") / "calendar.yaml"
        file = path or (own if own.is_file() else contract_root() / "calendar.yaml")
        return cls(yaml_file.read_own(file, schema="calendar"), edition)

    @cached_property
    def has_npq_funding(self) -> bool:
        """Whether the calendar has how DfE funds the places of the NPQ cohorts."""
        return any(each.suffixes for each in self.cohorts.values())

    def npq_funding(self, cohort: int | None, suffix: str | None) -> str | None:
        """Return how DfE funds an NPQ cohort: `full`, `capped` or `zero`; None if the calendar does not have it."""
        known = self.cohorts.get(cohort or 0)
        return known.suffixes.get(suffix or "") if known else None

    def courses(self, schedule: str) -> tuple[str, ...]:
        """Return the courses of a schedule. Raise CalendarError if there is no such schedule."""
        if schedule not in self._courses:
            raise CalendarError(f"There is no schedule '{schedule}' in the calendar.")
        return self._courses[schedule]

    def schedule(self, identifier: str, cohort: int, suffix: str | None = None) -> Schedule | None:
        """Return the schedule of a cohort, or None if the cohort does not have it.

        Without a suffix, the cohort is the last one of its year that has the schedule.
        """
        cohorts = self._schedules.get(identifier, {})
        named = cohorts.get(f"{cohort}{suffix or ''}") or cohorts.get(str(cohort))
        if named is not None or suffix is not None:
            return named
        return next((each for key, each in reversed(cohorts.items()) if key[:-1] == str(cohort)), None)

    def windows(self, schedule: str, cohort: int, suffix: str | None = None) -> tuple[MilestoneWindow, ...]:
        """Return the windows of a schedule, in the order of the milestones; none if the cohort does not have it."""
        of_cohort = self.schedule(schedule, cohort, suffix)
        return of_cohort.windows if of_cohort else ()

    def window(
        self, schedule: str, cohort: int, declaration_type: str, suffix: str | None = None
    ) -> MilestoneWindow | None:
        """Return the window of a milestone, or None if the schedule does not have it."""
        windows = self.windows(schedule, cohort, suffix)
        return next((window for window in windows if window.declaration_type == declaration_type), None)

    def declaration_types(self, schedule: str, cohort: int) -> tuple[str, ...]:
        """Return the declaration types of a schedule, in the order of the milestones."""
        return tuple(window.declaration_type for window in self.windows(schedule, cohort))

    def evidence(self, cohort: int, course: str, declaration_type: str) -> Evidence:
        """Return the allowed evidence for a declaration; no values if it needs none."""
        for rule in self._evidence:
            if (
                cohort in rule["cohorts"]
                and course in rule["courses"]
                and declaration_type in rule["declaration_types"]
                and self.edition in rule.get("editions", (self.edition,))
            ):
                return Evidence(tuple(rule["values"]), rule.get("required", True))
        return Evidence()

    def reasons(self, action: str, programme: str, version: str, course: str | None = None) -> tuple[str, ...]:
        """Return the allowed reasons to `defer` or `withdraw`. Raise CalendarError for another action.

        Without a course, they include the reasons for one course only.
        """
        if action not in self._reasons:
            raise CalendarError(f"The calendar has no reasons for '{action}', only for {', '.join(self._reasons)}.")
        return tuple(
            reason
            for rule in self._reasons[action]
            if programme in rule["programmes"]
            and version in rule.get("versions", (version,))
            and self.edition in rule.get("editions", (self.edition,))
            and (course is None or course in rule.get("courses", (course,)))
            for reason in rule["values"]
        )


def _parsed(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _schedules(name: str, facts: Mapping[str, Any]) -> dict[str, Schedule]:
    """Return the schedules by their cohort with its suffix, if it has one, in the order of the cohorts."""
    programme, courses, types = facts["programme"], tuple(facts["courses"]), facts["declaration_types"]
    return {
        cohort: Schedule(
            name, int(cohort[:4]), programme, courses, tuple(_windows(windows, types)), suffix=cohort[4:] or None
        )
        for cohort, windows in sorted(facts["windows"].items())
    }


def _windows(windows: str | Mapping[str, str], declaration_types: list[str]) -> list[MilestoneWindow]:
    if isinstance(windows, str):
        windows = dict.fromkeys(declaration_types, windows)
    return [MilestoneWindow(name, *_days(windows[name])) for name in declaration_types if name in windows]


def _days(text: str) -> tuple[date, date | None, date | None]:
    """Return the first day, the last day, and the earliest first day if the sources disagree about it."""
    first, _, last = text.partition("..")
    early, _, late = first.rpartition("/")
    try:
        earliest, start, end = (date.fromisoformat(day) if day else None for day in (early, late, last))
    except ValueError as error:
        raise CalendarError(f"The window '{text}' of the calendar has a day that does not exist.") from error
    assert start is not None  # by the schema
    if end is not None and end < start:
        raise CalendarError(f"The window '{text}' of the calendar ends before it starts.")
    if earliest is not None and start <= earliest:
        raise CalendarError(f"The window '{text}' of the calendar has its two first days in the wrong order.")
    return start, end, earliest
