"""The calendar, read from `openapi/calendar.yaml`, which documents its own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lead_provider_sandbox.yaml_text import parse_yaml

DEFAULT_EDITION = "2024-12"

_PACKAGED = Path(__file__).parents[1] / "_data"
_IN_REPOSITORY = Path(__file__).parents[3] / "openapi"


class CalendarError(Exception):
    """The calendar cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class MilestoneWindow:
    """Dates allowed for one declaration type: from `start` to the end of the day `end`, or without end."""

    start: str
    end: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: its programme, its courses, and its windows by declaration type."""

    programme: str
    courses: tuple[str, ...]
    windows: dict[str, Mapping[str, MilestoneWindow]]
    """By cohort, such as `2025` or, for one of several cohorts of a year, `2026a`; oldest first."""

    def of(self, cohort: int, suffix: str | None = None) -> Mapping[str, MilestoneWindow]:
        """Return the windows of a cohort; without a suffix, of the last one of its year that has the schedule."""
        named = self.windows.get(f"{cohort}{suffix or ''}") or self.windows.get(str(cohort))
        if named or suffix:
            return named or {}
        return next((each for key, each in reversed(self.windows.items()) if key[:-1] == str(cohort)), {})


class Calendar:
    """Cohorts, schedules, evidence types and reasons of one edition of the contract."""

    def __init__(self, document: Mapping[str, Any], edition: str = DEFAULT_EDITION) -> None:
        self.editions: tuple[str, ...] = tuple(str(each) for each in document["editions"])
        if edition not in self.editions:
            known = dict.fromkeys(
                [*self.editions, *sorted(each.parent.name for each in _folder().glob("*/calendar.yaml"))]
            )
            raise CalendarError(f"there is no edition {edition}; there are {', '.join(known)}")
        self.edition = edition
        self.cohorts: dict[int, Mapping[str, Any]] = dict(document["cohorts"])
        self.schedules: dict[str, Schedule] = {name: _schedule(facts) for name, facts in document["schedules"].items()}
        self._evidence = [entry for entry in document["evidence"] if self._applies(entry)]
        self._reasons = {
            action: [entry for entry in entries if self._applies(entry)]
            for action, entries in document["reasons"].items()
        }

    @classmethod
    def load(cls, edition: str = DEFAULT_EDITION, path: Path | None = None) -> Calendar:
        """Read the calendar of the checkout or the installed package. Raise `CalendarError` if it is unreadable."""
        file = path or _file(edition)
        try:
            return cls(parse_yaml(file.read_bytes()), edition)
        except OSError as error:
            raise CalendarError(f"cannot read the calendar {file}: {error.strerror}") from error
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise CalendarError(f"{file} is not a calendar: {error!r}") from error

    def window(
        self, schedule: str | None, cohort: int, declaration_type: str | None, suffix: str | None = None
    ) -> MilestoneWindow | None:
        """Return the window of a declaration type; None if the schedule has no such milestone in the cohort."""
        return self.windows(schedule, cohort, suffix).get(declaration_type or "")

    def windows(self, schedule: str | None, cohort: int, suffix: str | None = None) -> Mapping[str, MilestoneWindow]:
        """Return every window of a schedule in a cohort; empty for an unknown schedule."""
        known = self.schedules.get(schedule or "")
        return known.of(cohort, suffix) if known else {}

    def funding(self, cohort: int, suffix: str) -> str | None:
        """Return how the places of an NPQ cohort are funded: `full`, `capped` or `zero`; None for an unknown cohort."""
        suffixes: Mapping[str, str] = self.cohorts.get(cohort, {}).get("suffixes", {})
        return suffixes.get(suffix)

    def allows(self, schedule: str | None, course: str | None) -> bool:
        """Return whether a course may use a schedule."""
        known = self.schedules.get(schedule or "")
        return known is not None and course in known.courses

    def evidence(self, cohort: int, course: str, declaration_type: str) -> Sequence[str]:
        """Return the evidence types for a declaration; empty if it needs no evidence."""
        wanted = {"cohorts": cohort, "courses": course, "declaration_types": declaration_type}
        for entry in self._evidence:
            if all(value in entry[name] for name, value in wanted.items()):
                values: Sequence[str] = entry["values"]
                return values
        return ()

    def reasons(self, action: str, programme: str, course: str | None = None) -> Sequence[str]:
        """Return the reasons for deferring or withdrawing from a programme, or from one of its courses."""
        return [
            value
            for entry in self._reasons[action]
            if programme in entry.get("programmes", (programme,))
            and (course is None or course in entry.get("courses", (course,)))
            for value in entry["values"]
        ]

    def since_2025(self, cohort: int, fact: str) -> bool:
        """Return whether `detailed_evidence` or `mentor_funding` holds for a cohort, from the edition of 2025 on."""
        return self.edition != DEFAULT_EDITION and bool(self.cohorts.get(cohort, {}).get(fact))

    def frozen(self, cohort: int, today: str) -> bool:
        """Return whether payments for a cohort have stopped by a day."""
        since = self.cohorts.get(cohort, {}).get("payments_frozen")
        return since is not None and str(since) <= today

    def _applies(self, entry: Mapping[str, Any]) -> bool:
        return self.edition in [str(each) for each in entry.get("editions", self.editions)]


def _schedule(facts: Mapping[str, Any]) -> Schedule:
    """Read a schedule; a span that is text holds for every declaration type of its cohort."""
    types = facts["declaration_types"]
    windows: dict[str, Mapping[str, MilestoneWindow]] = {}
    for cohort, spans in sorted(facts["windows"].items(), key=lambda each: str(each[0])):
        by_type = dict.fromkeys(types, spans) if isinstance(spans, str) else spans
        windows[str(cohort)] = {each: _window(by_type[each]) for each in types if each in by_type}
    return Schedule(facts["programme"], tuple(facts["courses"]), windows)


def _window(span: str) -> MilestoneWindow:
    """Read a window. Of two first days that the sources give, the later one counts."""
    start, _, end = span.partition("..")
    return MilestoneWindow(start.rpartition("/")[2], end or None)


def _file(edition: str) -> Path:
    """Return the calendar of an edition: its own, or the one that the first editions share."""
    own = _folder() / edition / "calendar.yaml"
    return own if own.is_file() else _folder() / "calendar.yaml"


def _folder() -> Path:
    """Return the folder of the calendars, in a checkout or in the installed package."""
    return _IN_REPOSITORY if (_IN_REPOSITORY / "calendar.yaml").is_file() else _PACKAGED
