"""The seed data and seed files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.seed.file import SeedFileError, SeedPlan, read_plan
from lead_provider_sandbox.seed.seed import seed_rows

NAMES = ("First", "Second", "Third")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar.load()


def test_same_seed_gives_same_rows(calendar: Calendar) -> None:
    assert seed_rows(calendar, NAMES, seed=7) == seed_rows(calendar, NAMES, seed=7)


def test_other_seed_gives_other_people(calendar: Calendar) -> None:
    first, second = (seed_rows(calendar, NAMES, seed=number) for number in (7, 8))

    assert not {row["id"] for row in first["people"]} & {row["id"] for row in second["people"]}


@pytest.mark.parametrize("number", range(20))
def test_every_seed_gives_unique_ids_and_emails(calendar: Calendar, number: int) -> None:
    rows = seed_rows(calendar, NAMES, seed=number)

    ids = [row["id"] for table in rows.values() for row in table]
    emails = [row["email"] for row in rows["people"]]
    assert len(set(ids)) == len(ids)
    assert len(set(emails)) == len(emails)


def test_no_instant_is_after_august_2025(calendar: Calendar) -> None:
    rows = seed_rows(calendar, NAMES)

    for table, found in rows.items():
        for row in found:
            for name, value in row.items():
                if name.endswith("_at") and value is not None:
                    assert value < "2025-08-01", f"{table}.{name}"


def test_default_seed_has_enough_of_every_state(api: Any) -> None:
    declared = Counter(each["attributes"]["participant_id"] for each in api.declarations())
    free = Counter(
        (each["attributes"]["ecf_enrolments"][0]["cohort"], each["attributes"]["ecf_enrolments"][0]["participant_type"])
        for each in api.participants(
            schedule_identifier="ecf-standard-september", training_status="active", eligible_for_funding=True
        )
        if each["id"] not in declared
    )

    for cohort in ("2022", "2023", "2024"):
        assert free[cohort, "ect"] >= 25
        assert free[cohort, "mentor"] >= 12
    assert {each["attributes"]["state"] for each in api.declarations()} == set(DECLARATION.states)
    statuses = {each["attributes"]["ecf_enrolments"][0]["participant_status"] for each in api.participants()}
    assert statuses == {"active", "joining", "leaving", "left", "withdrawn"}


def test_participants_option_adds_participants(calendar: Calendar) -> None:
    rows = seed_rows(calendar, NAMES, participants=400)

    assert Counter(row["provider_id"] for row in rows["enrolments"]).most_common(1)[0][1] >= 400


def test_seed_file_replaces_situations(tmp_path: Path, sandboxes: Any) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(
        """
        ecf:
          - {name: known, id: 3f2b8f0e-6f0c-4b8e-9d58-0d2a34c1c0de, full_name: Ada Young, cohort: 2024}
          - {name: started, count: 2, cohort: 2023, declared: [[started, paid]]}
        npq:
          - {name: pending, count: 3, cohort: 2024, course: npq-headship, status: pending}
        """
    )

    api = sandboxes(seed_file=file)

    known = api.get("participants/ecf/3f2b8f0e-6f0c-4b8e-9d58-0d2a34c1c0de").data
    assert known["attributes"]["full_name"] == "Ada Young"
    assert len(api.participants()) == 3
    assert len(api.as_other().participants()) == 2
    assert len(api.applications(status="pending")) == 3
    assert len(api.declarations(state="paid")) == 2


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("ecf: [", "is not YAML"),
        ("[]", "lists under `ecf` and `npq`"),
        ("people: []", "lists under `ecf` and `npq`"),
        ("ecf: 1", "`ecf` must be a list"),
        ("ecf: [1]", "ecf, entry 1: a situation is a mapping"),
        ("ecf: [{name: x, cohort: 2024, colour: red}]", "ecf, entry 1: unknown field `colour`"),
        ("ecf: [{name: x}]", "`cohort` is missing"),
        ("npq: [{name: x, cohort: 2024}]", "npq, entry 1: `course` is missing"),
        ("ecf: [{name: x, cohort: 1999}]", "unknown cohort 1999"),
        ("ecf: [{name: x, cohort: 2024, count: -1}]", "`count` must be 0 or more"),
        ("ecf: [{name: x, cohort: 2024, count: many}]", "`count` must be 0 or more"),
        ("ecf: [{name: x, cohort: 2024, id: abc}]", "`id` must be a lower-case UUID"),
        ("ecf: [{name: x, cohort: 2024, schedule: ecf-standard-may}]", "cohort 2024 has no schedule ecf-standard-may"),
        ("ecf: [{name: x, cohort: 2024, declared: started}]", "`declared` must be pairs"),
        ("ecf: [{name: x, cohort: 2024, declared: [[started, lost]]}]", "`declared` must be pairs"),
        ("ecf: [{name: x, cohort: 2024, declared: [[extended-1, paid]]}]", "the schedule has no milestone extended-1"),
        ("ecf: [{name: x, cohort: 2024, training_status: away}]", "`training_status` must be one of"),
        ("npq: [{name: x, cohort: 2024, course: npq-headship, status: odd}]", "`status` must be one of"),
    ],
)
def test_invalid_seed_file_names_entry_and_error(
    tmp_path: Path, calendar: Calendar, written: str, sentence: str
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(written)

    with pytest.raises(SeedFileError, match=sentence.replace("[", r"\[")):
        read_plan(file, calendar)


def test_missing_seed_file_is_an_error(tmp_path: Path, calendar: Calendar) -> None:
    with pytest.raises(SeedFileError, match="cannot read the seed file"):
        read_plan(tmp_path / "none.yaml", calendar)


def test_empty_seed_file_has_no_participants(calendar: Calendar) -> None:
    assert "people" not in seed_rows(calendar, NAMES, plan=SeedPlan((), ()))
