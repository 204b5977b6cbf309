"""Every requirement has a test, and every test has requirements."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from lead_provider_conformance.contract.own_document import Drift
from lead_provider_conformance.contract.requirements import Registry, Requirement, UnknownRequirementError
from lead_provider_conformance.model import Level, Scope, UsageError
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.test_context import CONTRACT_RULES

FILE = """
- id: void/once
  level: MUST
  versions: [v3]
  programmes: [ecf]
  statement: A declaration is
    voided once.
  sources: [behaviour VOID-ONCE]
"""


def bindings() -> Iterator[tuple[str, set[str]]]:
    """Return each test of the suites with the requirements that it verifies."""
    for path in sorted(suites_root().rglob("test_*.py")):
        spec = spec_from_file_location(f"read_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, test in vars(module).items():
            if name.startswith("test_"):
                marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "verifies"]
                yield f"{path.name}::{name}", {each for mark in marks for each in mark.args}


def test_every_test_verifies_known_requirements() -> None:
    known = {requirement.id for requirement in Registry.load()}

    assert {name: ids - known for name, ids in bindings() if not ids or ids - known} == {}


def test_every_requirement_is_verified() -> None:
    verified = {each for _, ids in bindings() for each in ids} | {f"contract/{rule}" for rule in CONTRACT_RULES}
    verified |= set(Drift)

    assert {requirement.id for requirement in Registry.load()} - verified == set()


def test_every_requirement_has_a_sentence_and_a_source() -> None:
    for requirement in Registry.load():
        assert requirement.statement.endswith("."), requirement.id
        assert requirement.sources, requirement.id
        assert all(len(source) > 3 for source in requirement.sources), requirement.id


def written(folder: Path, *texts: str) -> Registry:
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return Registry.load(folder)


def test_registry_loads_a_file(tmp_path: Path) -> None:
    registry = written(tmp_path, FILE)

    requirement = registry["void/once"]
    assert requirement == Requirement(
        "void/once", Level.MUST, ("v3",), ("ecf",), "A declaration is voided once.", ("behaviour VOID-ONCE",)
    )
    assert (requirement.area, len(registry)) == ("void", 1)
    assert Requirement.from_mapping(requirement.to_mapping()) == requirement
    assert requirement.applies_to(Scope("v3", "ecf"))
    assert not requirement.applies_to(Scope("v1", "ecf"))
    assert not requirement.applies_to(Scope("v3", "npq"))


def test_duplicate_requirement_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="void/once is defined twice"):
        written(tmp_path, FILE, FILE)


def test_unknown_id_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownRequirementError, match="There is no requirement 'void/twice'"):
        written(tmp_path, FILE)["void/twice"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("level: MUST", "level: must"), "`[0].level` is not valid: 'must' is not one of 'MUST', 'SHOULD', 'MAY'."),
        (("  level: MUST\n", ""), "`level` is missing at `[0]`"),
        (("versions: [v3]", "versions: [v4]"), "`[0].versions[0]`"),
        (("level:", "lvel:"), "did you mean `level`?"),
    ],
)
def test_invalid_file_is_an_error(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        written(tmp_path, FILE.replace(*change))

    assert str(caught.value).startswith(str(tmp_path / "0.yaml"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: void/once\n  statement: [", r"0\.yaml:3:1 is not YAML: "),
        ("- id: void/once\n\tlevel: MUST\n", r"0\.yaml:2:1 is not YAML: "),
        ("- id: 2024-02-30\n", r"0\.yaml:1: `level` is missing at `\[0\]`; add it\."),
    ],
)
def test_invalid_yaml_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        written(tmp_path, text)

    assert "\n" not in str(caught.value)


def test_binary_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "0.yaml").write_bytes(b"- id: \xff\n")

    with pytest.raises(UsageError, match=r"0\.yaml is not YAML: ") as caught:
        Registry.load(tmp_path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("span", "editions"),
    [
        ("", {"2024-12", "2025-04"}),
        ("  since: 2025-04\n", {"2025-04"}),
        ("  until: 2025-04\n", {"2024-12"}),
    ],
)
def test_editions_of_a_requirement(tmp_path: Path, span: str, editions: set[str]) -> None:
    requirement = written(tmp_path, FILE + span)["void/once"]

    assert {each for each in ("2024-12", "2025-04") if requirement.is_in(each)} == editions
    assert Requirement.from_mapping(requirement.to_mapping()) == requirement


@pytest.mark.parametrize(
    ("span", "programmes"),
    [
        ("  until: {npq: 2025-04}\n", ("ecf",)),
        ("  since: {ecf: 2026-08}\n", ("npq",)),
        ("  since: {ecf: 2025-04}\n  until: {npq: 2025-04}\n", ("ecf",)),
        ("  until: {ecf: 2025-04, npq: 2025-04}\n", ()),
    ],
)
def test_programmes_of_a_requirement_in_an_edition(tmp_path: Path, span: str, programmes: tuple[str, ...]) -> None:
    both = FILE.replace("[ecf]", "[ecf, npq]")
    requirement = written(tmp_path, both + span)["void/once"]
    here = requirement.in_edition("2025-04")

    assert requirement.is_in("2025-04") is bool(programmes)
    assert (here.programmes if here.versions else ()) == programmes
    assert Requirement.from_mapping(requirement.to_mapping()) == requirement


def test_level_of_a_requirement_in_an_edition(tmp_path: Path) -> None:
    requirement = written(tmp_path, FILE + "  levels: {2025-04: MUST, 2026-08: MAY}\n")["void/once"]

    levels = [requirement.in_edition(each).level for each in ("2024-12", "2025-04", "2025-12", "2026-08")]
    assert levels == [requirement.level, Level.MUST, Level.MUST, Level.MAY]
