"""`make conformance` runs every edition, and ends with the worst status."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.conformance import RUNS, SandboxRun, main, run_all, summary, worst

from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import ExitStatus

FIRST, SECOND = RUNS[:2]


def test_every_edition_has_a_run_with_a_report_folder_of_its_own() -> None:
    assert {run.edition for run in RUNS} == set(editions())
    assert len({run.folder for run in RUNS}) == len(RUNS)


def test_every_target_file_exists() -> None:
    folder = Path(__file__).parents[3] / "targets"

    assert [run.target for run in RUNS if not (folder / run.target).is_file()] == []


def test_npq_has_the_same_requirements_in_2025_04_as_in_2024_12() -> None:
    old, new = (
        {each.id for each in load_edition(edition).of(Registry.load()) if "npq" in each.programmes}
        for edition in ("2024-12", "2025-04")
    )

    assert old == new


def test_run_passes_edition_and_folder_to_the_suite() -> None:
    run = SandboxRun("2025-04", "original service, ECF", "sandbox.yaml", "2025-04", ("--programme", "ecf"))

    assert " ".join(run.arguments) == (
        "run --target targets/sandbox.yaml --edition 2025-04 --programme ecf -n 2 --report-dir reports/2025-04"
    )


def test_every_run_starts_although_one_is_not_conformant() -> None:
    statuses = run_all(RUNS, lambda run: int(run == FIRST))

    assert [*statuses.values()] == [ExitStatus.NOT_CONFORMANT, *[ExitStatus.CONFORMANT] * (len(RUNS) - 1)]


def test_no_run_starts_after_an_interrupted_one() -> None:
    assert run_all(RUNS, lambda _: ExitStatus.INTERRUPTED) == {FIRST: ExitStatus.INTERRUPTED}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [([0, 0], 0), ([0, 6], 6), ([6, 1, 0], 1), ([1, 3], 3), ([1, 4], 4), ([3, 2], 2), ([0, -9, 1], -9)],
)
def test_worst_status_is_returned(statuses: list[int], expected: int) -> None:
    assert worst(statuses) == expected


def test_summary_names_verdict_and_report_of_each_run() -> None:
    assert summary({FIRST: 0, SECOND: 6}) == (
        "2024-12  original service       conformant  reports/latest/report.html\n"
        "2025-04  original service, ECF  incomplete  reports/2025-04/report.html"
    )


def test_unknown_edition_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["2030-01"]) == ExitStatus.USAGE
    assert "There is no edition 2030-01 of the contract; choose 2024-12, 2025-04" in capsys.readouterr().err
