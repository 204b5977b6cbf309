"""The `contract` command."""

from __future__ import annotations

import pytest
import yaml

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.model import ExitStatus
from lead_provider_conformance.resources import contract_root


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["contract", *arguments]) == ExitStatus.CONFORMANT
    return capsys.readouterr().out


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["contract", *arguments]) == ExitStatus.USAGE
    return capsys.readouterr().err


def test_bundle_of_an_edition_and_programme_is_the_document_of_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "bundle", "v3", "--edition", "2026-08", "--programme", "ecf")

    assert yaml.safe_load(text) == Contract.load("2026-08/v3-ecf").document


def test_bundle_of_a_programme_has_its_paths_only(capsys: pytest.CaptureFixture[str]) -> None:
    paths = yaml.safe_load(output(capsys, "bundle", "v2", "--programme", "npq"))["paths"]

    assert "/api/v2/participants/npq" in paths
    assert "/api/v2/participants/ecf" not in paths


def test_bundle_for_clients_has_plain_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "bundle", "v3", "--edition", "2024-12", "--programme", "npq", "--for", "clients")

    assert "name: filter[cohort]" in text
    assert "deepObject" not in text


def test_bundle_of_an_edition_without_a_programme_names_the_documents(capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, "bundle", "v3", "--edition", "2026-08")

    assert "Edition 2026-08 has 2026-08/v3-ecf and 2026-08/v3-npq; give one of these." in message


@pytest.mark.parametrize("option", [("--edition", "2025-04"), ("--programme", "ecf"), ("--for", "clients")])
def test_file_has_no_edition_programme_or_reader(capsys: pytest.CaptureFixture[str], option: tuple[str, str]) -> None:
    path = str(contract_root() / "v3.yaml")

    assert f"{path} is a file." in error(capsys, "bundle", path, *option)


@pytest.mark.parametrize(
    ("name", "option", "part"),
    [
        ("2026-08/v3-ecf", ("--edition", "2024-12"), "an edition"),
        ("2026-08/v3-ecf", ("--programme", "npq"), "a programme"),
        ("v3-ecf", ("--programme", "npq"), "a programme"),
    ],
)
def test_option_for_a_part_of_the_name_that_is_there_is_refused(
    capsys: pytest.CaptureFixture[str], name: str, option: tuple[str, str], part: str
) -> None:
    message = error(capsys, "bundle", name, *option)

    assert f"The name '{name}' has {part} already; leave {option[0]} out, or give a name without one." in message


def test_diff_of_editions_begins_with_moved_paths(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, "diff", "2025-04/v3-ecf", "2026-08/v3-ecf").splitlines()

    assert lines[0] == "Moved paths"
    assert "    - moved from `/api/v3/participants/ecf` to `/api/v3/participants`" in lines
    assert "Removed operations" not in lines


def test_diff_of_the_npq_service_has_new_operations_and_no_moved_path(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, "diff", "2025-04/v3-npq", "2026-08/v3-npq").splitlines()

    assert lines[:6] == [
        "New operations",
        "",
        "  GET /api/v3/delivery-partners",
        "  GET /api/v3/delivery-partners/{id}",
        "  PUT /api/v3/participant-declarations/{id}/change-delivery-partner",
        "    - is new",
    ]


@pytest.mark.parametrize("name", ["v1", "v3", "2026-08/v3-ecf", "2026-08/v3-npq"])
def test_reference_is_the_page_of_the_document(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert Contract.load(name).hash in output(capsys, "reference", name)


def test_reference_of_another_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no reference page of '2025-04/v3'; give one of v1, v2, v3, 2026-08/v3-ecf" in error(
        capsys, "reference", "2025-04/v3"
    )
