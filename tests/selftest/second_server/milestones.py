"""What `openapi/calendar.yaml` says of schedules: which declarations they have, when, and with what evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

EDITION = "2024-12"
STANDARD = "standard"
OPENAPI = Path(__file__).resolve().parents[3] / "openapi"
READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def document(name: str) -> dict[str, Any]:
    """One of the contract's documents."""
    return yaml.load((OPENAPI / name).read_text(encoding="utf-8"), READER)


def words(schema: str) -> list[str]:
    """The words of an enumeration in `values.yaml`."""
    return document("components/values.yaml")["schemas"][schema]["enum"]


def types(schedule: str) -> list[str]:
    """The types of declarations that a schedule has."""
    return document("calendar.yaml")["schedules"][schedule]["declaration_types"]


def within(moment: datetime, schedule: str, cohort: str, declaration_type: str) -> bool:
    """Whether a milestone may be dated so. Milestones are validated on schedules called standard alone (guidance on
    changing schedules); a cohort without windows has no dates to miss.
    """
    windows = document("calendar.yaml")["schedules"][schedule]["windows"].get(int(cohort), {})
    if STANDARD not in schedule or not windows:
        return True
    window = windows if isinstance(windows, str) else windows[declaration_type]
    first, last = window.split("..")
    day = moment.astimezone(UTC).date()
    return date.fromisoformat(first) <= day <= (date.fromisoformat(last) if last else date.max)


def evidence(cohort: str, course: str, declaration_type: str) -> tuple[bool, list[str]]:
    """Whether evidence has to be held, and of which kinds it may be."""
    for entry in document("calendar.yaml")["evidence"]:
        if (
            EDITION in entry.get("editions", [EDITION])
            and int(cohort) in entry["cohorts"]
            and course in entry["courses"]
            and declaration_type in entry["declaration_types"]
        ):
            return entry.get("required", True), entry["values"]
    return False, words("EcfEvidence")
