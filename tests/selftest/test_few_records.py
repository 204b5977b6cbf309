"""A target with few records: tests share them, and nothing is reported that the server did not do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.catalogue import SHARED_RECORDS

from .processes import V3_ECF, RunResult, run, write_target

SEED_FILE = Path(__file__).with_name("few_records.yaml")
DOCUMENT = Path(__file__).parents[2] / "docs" / "states.md"
# A participant of this seed is at the school that has no partnership in cohort 2022.
SEED = "4"
OWN_RECORDS = {
    "ect.not-registered", "ect.payable", "ect.ineligible", "ect.paid", "ect.withdrawn-before-a-window",
}  # fmt: skip
"""The states whose records cannot be put back, so that each version needs its own."""
TWO_TEACHERS = """
ecf:
  - {name: nothing declared, count: 2, cohort: 2023}
  - {name: in no state, cohort: 2022, declared: [[started, clawed-back]]}
"""


def run_against(seed_file: Path, folder: Path, *options: str) -> RunResult:
    command = ["{python}", "-m", "lead_provider_sandbox", "--quiet", "--port", "{port}"]
    command += ["--provisioning-port", "{provisioning_port}", "--seed", SEED, "--seed-file", str(seed_file)]
    target = {
        "name": "few records",
        "start": {"command": command, "ready": "/healthcheck"},
        "provisioning": {"url": "http://127.0.0.1:{provisioning_port}", "states": []},
        "tokens": ["ambition-sandbox-token-1", "teach-well-sandbox-token-2"],
        "other_kind_token": "engage-and-learn-sandbox-token-4",
        "versions": ["v1", "v2", "v3"],
        "programmes": ["ecf", "npq"],
        "safety": "sandbox",
    }
    path = write_target(folder / "target.yaml", target)
    return run(folder / "report", "--target", path, *options)


def test_few_records_are_enough_for_version_3(tmp_path: Path) -> None:
    ended = run_against(SEED_FILE, tmp_path, "--api-version", "v3")

    assert ended.status == 0, ended.output
    assert set(ended.outcomes.values()) == {"passed"}
    assert "restoration" in {line["supplier"] for line in ended.results if line["kind"] == "claim"}


def test_plan_of_these_records_misses_none(tmp_path: Path) -> None:
    ended = run_against(SEED_FILE, tmp_path, *V3_ECF, "--plan")

    assert ended.status == 0, ended.output
    rows = [line.split() for line in ended.stdout.splitlines() if line.startswith(("  ect.", "  mentor."))]
    assert len(rows) > 10
    missing = [row for row in rows if int(row[1]) > int(row[2]) and "derived" not in row]
    assert missing == []
    assert {row[0] for row in rows} - SHARED_RECORDS.keys() == OWN_RECORDS


def test_newest_version_is_tested_whole_and_the_others_share_its_records(tmp_path: Path) -> None:
    ended = run_against(SEED_FILE, tmp_path, "--programme", "ecf")

    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.output
    incomplete = {name for name, outcome in ended.outcomes.items() if outcome == "could-not-run"}
    assert {name.partition(" ")[0] for name in incomplete} == {"v1-ecf", "v2-ecf"}
    reasons = {
        each["reason"] for name in incomplete for each in ended.findings(name.partition(" ")[2], "could-not-run")
    }
    states = {state for state in CATALOGUE for reason in reasons if f" {state} " in reason}
    assert states == {*OWN_RECORDS, "ect.undecided"}  # those in ect.undecided are also in ect.not-registered


def test_few_records_are_as_few_as_the_documentation_says() -> None:
    seed = yaml.safe_load(SEED_FILE.read_text(encoding="utf-8"))
    entries = seed["ecf"]
    # A participant who moves to the other provider stays in the list, and one of the other provider joins it.
    teachers = [
        each.get("count", 1) * (2 if each.get("moves_to_other_provider") else 1)
        for each in entries
        if each.get("participant_type") != "mentor"
    ]
    mentors = [each for each in entries if each.get("participant_type") == "mentor" or each.get("also_mentor")]

    pending = [each.get("count", 1) for each in seed["npq"] if each.get("status") == "pending"]
    accepted = [
        each.get("count", 1) for each in seed["npq"] if each.get("status") is None or each.get("accepted_before")
    ]

    assert (sum(teachers), len(mentors), sum(accepted), sum(pending)) == (13, 3, 11, 14)
    words = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
    assert (
        "Thirteen early career teachers, three mentors, eleven NPQ participants and fourteen pending NPQ applications"
        in words
    )


@pytest.mark.parametrize("processes", ["1", "2"])
def test_two_teachers_serve_all_tests_about_teachers_without_declarations(tmp_path: Path, processes: str) -> None:
    seed_file = tmp_path / "seed.yaml"
    seed_file.write_text(TWO_TEACHERS, encoding="utf-8")

    ended = run_against(seed_file, tmp_path, *V3_ECF, "-n", processes)

    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.output
    assert {"declarations/started", "void/persists", "withdrawal/once", "deferral/once"} <= ended.with_outcome("passed")
    assert len(ended.with_outcome("passed")) > 190
