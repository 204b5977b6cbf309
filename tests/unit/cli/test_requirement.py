"""The `requirement` command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.cli.requirement import describe
from lead_provider_conformance.contract.proving_faults import proving_faults
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import ExitStatus, Level
from lead_provider_conformance.readiness.catalogue import faults
from lead_provider_conformance.readiness.obligations import Obligations

REGISTRY = Registry.load()


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["requirement", *arguments]) == 0
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [line.split()[0] for line in output(capsys, "list", *arguments).splitlines()]


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["requirement", *arguments]) == ExitStatus.USAGE
    return capsys.readouterr().err


def test_show_has_statement_scope_behaviours_and_tests(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "show", "void/once")

    assert text.startswith(f"void/once\n\n{REGISTRY['void/once'].statement}\n")
    assert "Level       MUST\nVersions    v1, v2, v3\nProgrammes  ecf\n" in text
    frozen = "SHOULD, in newer editions MUST"
    assert f"Editions    2024-12 ({frozen}), 2025-04, 2026-08 ({frozen})\n" in text
    assert "  behaviour VOID-ALREADY-VOIDED\n" in text
    assert "    Given     a voided declaration\n" in text
    assert "    Request   PUT /api/{version}/participant-declarations/{id}/void\n" in text
    assert "    Expected  status: 422\n" in text
    assert "  suites/scenarios/test_voiding.py::test_" in text


def test_show_names_the_editions_of_a_later_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    later = next(each for each in REGISTRY if each.since == "2025-04" and not each.until)

    assert "Editions    2025-04, 2026-08\n" in output(capsys, "show", later.id)


def test_show_for_an_edition_has_its_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Versions    v3\n" in output(capsys, "show", "void/once", "--edition", "2026-08")


def test_show_for_an_edition_without_the_requirement_names_the_editions_that_have_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    only_early = next(each for each in REGISTRY if set(each.versions) <= {"v1", "v2"} and not each.since)

    assert f"Edition 2026-08 has no requirement {only_early.id}; look in 2024-12 and 2025-04." in error(
        capsys, "show", only_early.id, "--edition", "2026-08"
    )


def test_show_of_an_area_lists_the_requirements_of_the_edition(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, "show", "csv", "--edition", "2024-12").splitlines()

    assert [line.split()[0] for line in lines] == listed(capsys, "--area", "csv", "--edition", "2024-12")


def test_description_names_level_and_programmes_that_an_edition_changes() -> None:
    requirement = Requirement.from_mapping(
        {
            "id": "a/b",
            "level": "MUST",
            "versions": ["v3"],
            "programmes": ["ecf", "npq"],
            "statement": "Something holds.",
            "sources": ["A page"],
        }
    )
    later = replace(requirement, level=Level.SHOULD, programmes=("npq",))

    text = describe(requirement, {"2024-12": requirement, "2026-08": later})

    assert "Editions    2024-12, 2026-08 (SHOULD npq)\n" in text


@pytest.mark.parametrize(
    ("requirement", "tests"),
    [
        ("contract/response-schema", "every exchange of a run"),
        ("generated/method", "suites/generated/test_generated.py"),
    ],
)
def test_show_names_the_machinery_that_checks_a_requirement(
    capsys: pytest.CaptureFixture[str], requirement: str, tests: str
) -> None:
    assert f"\nTests\n\n  {tests}\n\nProof\n" in output(capsys, "show", requirement)


def test_show_has_addresses_and_a_fault_that_can_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "show", "change-delivery-partner/changed")

    assert "\n    https://github.com/DFE-Digital/npq-registration/blob/" in text
    options = "--edition 2026-08 --programme npq --fault npq-service-"
    assert f"\n  Try it: lead-provider-sandbox {options}" in text


def test_every_requirement_has_a_fault_of_its_service() -> None:
    services = {each.options for each in proving_faults().values()}

    # No server of ours has another document than the contract's, so no fault fails own-document.
    assert set(proving_faults()) == {each.id for each in REGISTRY if each.area != "own-document"}
    assert services == {
        "",
        "--edition 2025-04",
        "--edition 2026-08 --programme ecf",
        "--edition 2026-08 --programme npq",
    }


def test_show_of_unknown_id_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, "show", "void/onse")

    assert message.startswith(
        "lead-provider-conformance: void/onse is neither a requirement nor an area of requirements; "
        "did you mean void/once"
    )
    assert message.count("\n") == 1


def test_show_of_an_id_like_no_other_points_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert "`requirement list` lists them all." in error(capsys, "show", "nope/nope")


def test_show_of_an_area_lists_its_requirements(capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "show", "void") == output(capsys, "list", "--area", "void")


def test_list_has_every_requirement_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys) == [each.id for each in REGISTRY]


def test_list_selects_by_area_level_programme_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, "--area", "void", "--level", "must", "--programme", "ecf", "--api-version", "v1")

    assert found == [
        each.id
        for each in REGISTRY
        if each.area == "void" and each.level is Level.MUST and "ecf" in each.programmes and "v1" in each.versions
    ]
    assert "void/voided-member" in found


def test_list_of_an_edition_lacks_later_requirements(capsys: pytest.CaptureFixture[str]) -> None:
    later = {each.id for each in REGISTRY if each.since == "2025-04"}

    assert later
    assert later.isdisjoint(listed(capsys, "--edition", "2024-12"))
    assert later <= set(listed(capsys, "--edition", "2025-04"))


def test_list_of_unknown_area_names_the_areas(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no area 'voiding'; choose one of authentication," in error(capsys, "list", "--area", "voiding")


def test_list_of_unknown_edition_names_the_editions(capsys: pytest.CaptureFixture[str]) -> None:
    assert "choose 2024-12 or 2025-04" in error(capsys, "list", "--edition", "1066-10")


def test_list_without_a_match_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, "list", "--edition", "2026-08", "--api-version", "v1")

    assert "No requirement has all of these; leave out one of the options." in message


def test_list_of_clients_has_every_requirement_of_clients(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys, "--client") == [each.id for each in Obligations.load()]


def test_list_of_clients_selects_by_edition_programme_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, "--client", "--edition", "2026-08", "--programme", "ecf", "--area", "partnership")

    assert "partnership/no-duplicate" in found
    assert "partnership/challenged" not in found
    assert listed(capsys, "--client", "--level", "must", "--area", "rate") == ["rate/limit", "rate/429-backs-off"]


def test_show_of_a_requirement_of_clients_has_advice_situations_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    obligation = Obligations.load()["declare/retry-exact-copy"]
    text = " ".join(output(capsys, "show", obligation.id).split())

    assert obligation.requirement.statement in text
    assert "Level SHOULD (proposed: MUST); derived from a published sentence Programmes ecf, npq Editions 2024" in text
    assert "Operations create_participant_declaration" in text
    assert f"To show it {obligation.remedy} If it fails {obligation.fix} Situations lost-declaration (declare)" in text
    assert "ECT service guidance: Keeping data in sync, lines 57 to 64 https://github.com/DFE-Digital/" in text
    assert "#L57-L64 Proof " in text
    assert text.endswith(faults()["gives-up-lost-declaration"].statement)


def test_show_of_an_area_prefers_requirements_of_servers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "paging/complete" in output(capsys, "show", "paging")
    assert output(capsys, "show", "paging", "--client") == output(capsys, "list", "--client", "--area", "paging")
    assert output(capsys, "show", "train") == output(capsys, "list", "--client", "--area", "train")


def test_show_of_an_unknown_id_names_the_nearest_of_clients_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean rate/429-backs-off" in error(capsys, "show", "rate/429-back-off")
    assert "look in 2024-12 and 2025-04" in error(capsys, "show", "partnership/challenged", "--edition", "2026-08")


def test_requirements_of_servers_and_clients_have_different_ids() -> None:
    assert {each.id for each in REGISTRY} & {each.id for each in Obligations.load()} == set()
