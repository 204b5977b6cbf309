"""Seed files: a user's YAML file of situations, which replaces the default ones.

ecf:
  - {name: one that I know, id: 3f2b8f0e-6f0c-4b8e-9d58-0d2a34c1c0de, full_name: Ada Young, cohort: 2024}
  - {name: started, count: 5, cohort: 2023, declared: [[started, eligible]]}
npq:
  - {name: pending, count: 3, cohort: 2024, course: npq-headship, status: pending}
"""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.lifecycles import APPLICATION, DECLARATION, TRAINING
from lead_provider_sandbox.seed.situations import Declared, EcfSituation, NpqSituation
from lead_provider_sandbox.yaml_text import parse_yaml

DEFAULT_FILE = Path(__file__).with_name("default.yaml")

_KEYS = {"ecf", "npq", "schools", "delivery_partners", "latest"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SeedFileError(Exception):
    """The seed file is invalid; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """The situations to seed for each lead provider.

    `schools` is the number of schools in the list of an open cohort; only the ECT service uses it. Only the NPQ service
    uses the others: `delivery_partners` is the number of the first provider's, `latest` the end of the seed's time.
    """

    ecf: tuple[EcfSituation, ...]
    npq: tuple[NpqSituation, ...]
    schools: int | None = None
    delivery_partners: int | None = None
    latest: datetime | None = None


def read_plan(path: Path, calendar: Calendar) -> SeedPlan:
    """Read a seed file. Raise `SeedFileError` if it is invalid."""
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedFileError(f"cannot read the seed file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeedFileError(f"the seed file {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not set(document) <= _KEYS:
        raise SeedFileError(
            f"{path}: the file must hold lists under `ecf` and `npq`, numbers under `schools` and `delivery_partners`, "
            "a day under `latest`, and nothing else"
        )
    return SeedPlan(
        _situations(EcfSituation, document.get("ecf"), path, "ecf", calendar),
        _situations(NpqSituation, document.get("npq"), path, "npq", calendar),
        _number(document, "schools", path),
        _number(document, "delivery_partners", path),
        _latest(document, path),
    )


def _number(document: dict[str, Any], name: str, path: Path) -> int | None:
    value = document.get(name)
    if value is not None and (not isinstance(value, int) or value < 0):
        raise SeedFileError(f"{path}: `{name}` must be a number of 0 or more")
    return value


def _latest(document: dict[str, Any], path: Path) -> datetime | None:
    """Return the end of office hours on the day `latest`."""
    day = document.get("latest")
    if day is not None and type(day) is not date:
        raise SeedFileError(f"{path}: `latest` must be a day such as 2026-08-01")
    return datetime.combine(day, time(17), UTC) if day else None


S = TypeVar("S", EcfSituation, NpqSituation)


def _situations(kind: type[S], entries: Any, path: Path, name: str, calendar: Calendar) -> tuple[S, ...]:
    if entries and not isinstance(entries, list):
        raise SeedFileError(f"{path}: `{name}` must be a list of situations")
    return tuple(
        _situation(kind, entry, f"{path}: {name}, entry {number}", calendar)
        for number, entry in enumerate(entries or (), 1)
    )


def _situation(kind: type[S], entry: Any, where: str, calendar: Calendar) -> S:
    if not isinstance(entry, dict):
        raise SeedFileError(f"{where}: a situation is a mapping such as {{name: …, count: 3, cohort: 2024}}")
    known: dict[str, Field[Any]] = {field.name: field for field in fields(kind)}
    if unknown := [name for name in entry if name not in known]:
        raise SeedFileError(f"{where}: unknown field `{unknown[0]}`; known fields: {', '.join(known)}")
    required = [name for name, field in known.items() if field.default is MISSING]
    if missing := [name for name in required if name not in entry]:
        raise SeedFileError(f"{where}: `{missing[0]}` is missing")
    values = dict(entry)
    if "declared" in values:
        values["declared"] = _parse_declared(values["declared"], where)
    situation = kind(**values)
    check_situation(situation, where, calendar)
    return situation


def _parse_declared(pairs: Any, where: str) -> Declared:
    pairs = pairs if isinstance(pairs, list) else [None]
    declared = [tuple(map(str, pair)) for pair in pairs if isinstance(pair, list)]
    if len(declared) != len(pairs) or not all(len(pair) == 2 and pair[1] in DECLARATION.states for pair in declared):
        raise SeedFileError(f"{where}: `declared` must be pairs such as [started, eligible]")
    return tuple((pair[0], pair[1]) for pair in declared)


def check_situation(situation: EcfSituation | NpqSituation, where: str, calendar: Calendar) -> None:
    """Check the values of a situation. Raise `SeedFileError` if one is invalid."""
    if not isinstance(situation.count, int) or situation.count < 0:
        raise SeedFileError(f"{where}: `count` must be 0 or more")
    if situation.cohort not in calendar.cohorts:
        raise SeedFileError(f"{where}: unknown cohort {situation.cohort}")
    if situation.training_status not in TRAINING.states:
        raise SeedFileError(f"{where}: `training_status` must be one of {', '.join(TRAINING.states)}")
    if isinstance(situation, NpqSituation) and situation.status not in APPLICATION.states:
        raise SeedFileError(f"{where}: `status` must be one of {', '.join(APPLICATION.states)}")
    if situation.id is not None and (situation.count != 1 or not _UUID.fullmatch(str(situation.id))):
        raise SeedFileError(f"{where}: `id` must be a lower-case UUID, and `count` 1")
    schedule, suffix = situation.schedule, getattr(situation, "suffix", None)
    # Cohort 2020 (NQT+1) has no schedules in the calendar.
    if schedule is not None and situation.cohort > 2020 and not calendar.windows(schedule, situation.cohort, suffix):
        raise SeedFileError(f"{where}: cohort {situation.cohort} has no schedule {schedule}")
    for declaration_type, _ in situation.declared:
        if calendar.window(schedule, situation.cohort, declaration_type, suffix) is None:
            raise SeedFileError(f"{where}: the schedule has no milestone {declaration_type}")
