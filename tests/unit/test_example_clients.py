"""The example client's faulty variants are those of the catalogue, and its calendar is that of the contract."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.resources import suites_root

FOLDER = Path(__file__).parents[2] / "examples" / "client"
CALENDAR = Calendar.load("2026-08")
OPEN_COHORTS = [year for year, cohort in CALENDAR.cohorts.items() if not cohort.closed]


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules of the example client by name."""
    names = [path.stem for path in FOLDER.glob("*.py")]
    sys.path.insert(0, str(FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(FOLDER))
        for name in names:
            del sys.modules[name]


@pytest.fixture(scope="module")
def sync(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["sync"]


def test_every_bad_client_of_the_catalogue_has_a_variant(modules: dict[str, ModuleType]) -> None:
    flags = [each["flag"] for each in yaml.safe_load((suites_root() / "client" / "faults.yaml").read_bytes())]
    registry = modules["variants"]

    assert {*registry.API_TYPES, *registry.CLIENT_TYPES} == set(flags)
    assert len(flags) == 50


@pytest.mark.parametrize("schedule", [each for each in CALENDAR.schedules if each.startswith("ecf-")])
def test_milestones_of_teachers_are_those_of_the_calendar(sync: ModuleType, schedule: str) -> None:
    for cohort in OPEN_COHORTS:
        for each in CALENDAR.windows(schedule, cohort):
            days = each.start.isoformat(), each.end.isoformat() if each.end else "9999-12-31"
            assert sync.window(schedule, str(cohort), each.declaration_type) == days


@pytest.mark.parametrize("schedule", [each for each in CALENDAR.schedules if each.startswith("npq-")])
def test_milestones_of_npqs_allow_every_day_of_the_calendar(sync: ModuleType, schedule: str) -> None:
    for cohort in CALENDAR.cohorts:
        for each in CALENDAR.windows(schedule, cohort):
            first, last = sync.window(schedule, str(cohort), each.declaration_type)
            assert first <= each.start.isoformat()
            assert last == "9999-12-31"
            assert each.declaration_type in sync.milestones(schedule, str(cohort), CALENDAR.courses(schedule)[0])
    assert all(sync.fits_course(schedule, course) for course in CALENDAR.courses(schedule))


@pytest.mark.parametrize("course", ["ecf-induction", "ecf-mentor"])
@pytest.mark.parametrize("cohort", OPEN_COHORTS)
def test_evidence_is_that_of_the_calendar(sync: ModuleType, course: str, cohort: int) -> None:
    schedule = "ecf-extended-september"
    for milestone in sync.milestones(schedule, str(cohort), course):
        expected = CALENDAR.evidence(cohort, course, milestone).values
        assert set(sync.evidence_words(str(cohort), course, milestone)) == set(expected)
