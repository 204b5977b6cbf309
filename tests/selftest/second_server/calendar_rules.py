"""Rules from `openapi/calendar.yaml`: declaration types, milestone windows and evidence of schedules."""

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
    """Return a document of the contract."""
    return yaml.load((OPENAPI / name).read_text(encoding="utf-8"), READER)


def enum_values(schema: str) -> list[str]:
    """Return the values of an enumeration in `values.yaml`."""
    return document("components/values.yaml")["schemas"][schema]["enum"]


def declaration_types(schedule: str) -> list[str]:
    """Return the declaration types of a schedule."""
    return document("calendar.yaml")["schedules"][schedule]["declaration_types"]


def in_window(moment: datetime, schedule: str, cohort: str, declaration_type: str) -> bool:
    """Return whether a declaration date is inside its milestone window.

    Only standard schedules have windows (guidance on changing schedules), and not for every cohort.
    """
    windows = document("calendar.yaml")["schedules"][schedule]["windows"].get(int(cohort), {})
    if STANDARD not in schedule or not windows:
        return True
    window = windows if isinstance(windows, str) else windows[declaration_type]
    first, last = window.split("..")
    day = moment.astimezone(UTC).date()
    return date.fromisoformat(first) <= day <= (date.fromisoformat(last) if last else date.max)


def evidence_rule(cohort: str, course: str, declaration_type: str) -> tuple[bool, list[str]]:
    """Return whether a declaration requires evidence, and the accepted kinds."""
    for entry in document("calendar.yaml")["evidence"]:
        if (
            EDITION in entry.get("editions", [EDITION])
            and int(cohort) in entry["cohorts"]
            and course in entry["courses"]
            and declaration_type in entry["declaration_types"]
        ):
            return entry.get("required", True), entry["values"]
    return False, enum_values("EcfEvidence")
