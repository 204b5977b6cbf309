"""A target with few records: tests share them, and nothing is reported that the server did not do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .processes import V3_ECF, RunResult, run, write_target

SEED_FILE = Path(__file__).with_name("few_records.yaml")
# A participant of this seed is at the school that has no partnership in cohort 2022.
SEED = "4"
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


def test_twelve_teachers_and_two_mentors_are_enough_for_version_3(tmp_path: Path) -> None:
    ended = run_against(SEED_FILE, tmp_path, *V3_ECF)

    assert ended.status == 0, ended.output
    assert set(ended.outcomes.values()) == {"passed"}
    assert "restoration" in {line["supplier"] for line in ended.results if line["kind"] == "claim"}


def test_few_records_number_twelve_teachers_and_two_mentors() -> None:
    entries = yaml.safe_load(SEED_FILE.read_text(encoding="utf-8"))["ecf"]
    # A participant who moves to the other provider stays in the list, and one of the other provider joins it.
    teachers = [
        each.get("count", 1) * (2 if each.get("moves_to_other_provider") else 1)
        for each in entries
        if each.get("participant_type") != "mentor"
    ]
    mentors = [each for each in entries if each.get("participant_type") == "mentor" or each.get("also_mentor")]

    assert (sum(teachers), len(mentors)) == (12, 2)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_two_teachers_serve_all_tests_about_teachers_without_declarations(tmp_path: Path, processes: str) -> None:
    seed_file = tmp_path / "seed.yaml"
    seed_file.write_text(TWO_TEACHERS, encoding="utf-8")

    ended = run_against(seed_file, tmp_path, *V3_ECF, "-n", processes)

    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.output
    assert {"declarations/started", "void/persists", "withdrawal/once", "deferral/once"} <= ended.with_outcome("passed")
    assert len(ended.with_outcome("passed")) > 190
