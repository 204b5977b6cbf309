"""The file that describes a subject is one of its own repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config.described_by import shown_path

GITHUB = {
    "GITHUB_REPOSITORY": "team/server",
    "GITHUB_WORKFLOW_REF": "team/server/.github/workflows/conformance.yml@refs/heads/main",
}
WORKFLOW = ".github/workflows/conformance.yml"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "server"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("environment", [{}, GITHUB])
def test_file_in_the_working_folder_has_its_path(working_folder: Path, environment: dict[str, str]) -> None:
    assert shown_path(working_folder / "conformance" / "target.yaml", environment) == "conformance/target.yaml"


def test_file_elsewhere_has_its_name_only(tmp_path: Path) -> None:
    assert shown_path(tmp_path / "suite" / "ect-service.yaml", {}) == "ect-service.yaml"


@pytest.mark.parametrize("file", [None, Path("/suite/targets/ect-service.yaml")])
def test_workflow_takes_the_place_of_a_file_that_is_not_in_the_repository(file: Path | None) -> None:
    assert shown_path(file, GITHUB) == WORKFLOW


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"GITHUB_REPOSITORY": "team/server"},
        {**GITHUB, "GITHUB_REPOSITORY": "team/other"},
        {"GITHUB_WORKFLOW_REF": "/.github/workflows/conformance.yml@refs/heads/main"},
    ],
)
def test_no_file_outside_a_workflow_of_the_repository(environment: dict[str, str]) -> None:
    assert shown_path(None, environment) is None
