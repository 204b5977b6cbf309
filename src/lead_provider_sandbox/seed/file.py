"""A plan that a user writes: a YAML file of situations, instead of the plan that the sandbox comes with.

ecf:
  - {name: one that I know, id: 3f2b8f0e-6f0c-4b8e-9d58-0d2a34c1c0de, full_name: Ada Young, cohort: 2024}
  - {name: started, count: 5, cohort: 2023, declared: [[started, eligible]]}
npq:
  - {name: pending, count: 3, cohort: 2024, course: npq-headship, status: pending}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.lifecycles import APPLICATION, DECLARATION, TRAINING
from lead_provider_sandbox.seed.npq_plan import NPQ_PLAN, NpqSituation
from lead_provider_sandbox.seed.plan import PLAN, Situation

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SeedFileError(Exception):
    """The seed file cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a store is seeded with for each lead provider."""

    ecf: tuple[Situation, ...] = PLAN
    npq: tuple[NpqSituation, ...] = NPQ_PLAN


def read_plan(path: Path, calendar: Calendar) -> Plan:
    """Read a seed file. Raises `SeedFileError`."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedFileError(f"cannot read the seed file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeedFileError(f"the seed file {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not set(document) <= {"ecf", "npq"}:
        raise SeedFileError(f"{path}: the file must hold lists under `ecf` and `npq`, and nothing else")
    ecf = tuple(
        _situation(Situation, entry, f"{path}: ecf, entry {number}", calendar)
        for number, entry in enumerate(_list(path, document, "ecf"), 1)
    )
    npq = tuple(
        _situation(NpqSituation, entry, f"{path}: npq, entry {number}", calendar)
        for number, entry in enumerate(_list(path, document, "npq"), 1)
    )
    return Plan(ecf, npq)


S = TypeVar("S", Situation, NpqSituation)


def _list(path: Path, document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name) or []
    if not isinstance(found, list):
        raise SeedFileError(f"{path}: `{name}` must be a list of situations")
    return found


def _situation(kind: type[S], entry: Any, where: str, calendar: Calendar) -> S:
    if not isinstance(entry, dict):
        raise SeedFileError(f"{where}: a situation is a mapping such as {{name: …, count: 3, cohort: 2024}}")
    known: dict[str, Field[Any]] = {field.name: field for field in fields(kind)}
    if unknown := [name for name in entry if name not in known]:
        raise SeedFileError(f"{where}: there is no `{unknown[0]}`; there are {', '.join(known)}")
    required = [name for name, field in known.items() if field.default is MISSING and name != "count"]
    if missing := [name for name in required if name not in entry]:
        raise SeedFileError(f"{where}: `{missing[0]}` is missing")
    values = {"count": 1, **entry}
    if "declared" in values:
        values["declared"] = _declared(values["declared"], where)
    made = kind(**values)
    _check(made, where, calendar)
    return made


def _declared(written: Any, where: str) -> tuple[tuple[str, str], ...]:
    pairs = written if isinstance(written, list) else [None]
    declared = [tuple(map(str, pair)) for pair in pairs if isinstance(pair, list)]
    if len(declared) != len(pairs) or not all(len(pair) == 2 and pair[1] in DECLARATION.states for pair in declared):
        raise SeedFileError(f"{where}: `declared` must be pairs such as [started, eligible]")
    return tuple((pair[0], pair[1]) for pair in declared)


def _check(made: Situation | NpqSituation, where: str, calendar: Calendar) -> None:
    if not isinstance(made.count, int) or made.count < 0:
        raise SeedFileError(f"{where}: `count` must be a number from 0")
    if made.cohort not in calendar.cohorts:
        raise SeedFileError(f"{where}: there is no cohort {made.cohort}")
    if made.training_status not in TRAINING.states:
        raise SeedFileError(f"{where}: `training_status` must be one of {', '.join(TRAINING.states)}")
    if isinstance(made, NpqSituation) and made.status not in APPLICATION.states:
        raise SeedFileError(f"{where}: `status` must be one of {', '.join(APPLICATION.states)}")
    if made.id is not None and (made.count != 1 or not _UUID.fullmatch(str(made.id))):
        raise SeedFileError(f"{where}: `id` must be a lower-case UUID, and `count` 1")
    schedule = made.schedule
    if schedule is not None and not calendar.windows(schedule, made.cohort):
        raise SeedFileError(f"{where}: there is no schedule {schedule} in cohort {made.cohort}")
    for declaration_type, _ in made.declared:
        if calendar.window(schedule, made.cohort, declaration_type) is None:
            raise SeedFileError(f"{where}: the schedule has no {declaration_type}")
