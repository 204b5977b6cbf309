"""A run tests the requirements of the target's edition, and none of later editions."""

from __future__ import annotations

from pathlib import Path

from lead_provider_conformance.contract.requirements import Registry

from .processes import V3_ECF, run

AREAS = ("declarations-2025", "withdrawal-2025", "schools-2025", "withdrawal")
SINCE = {each.id for each in Registry.load() if each.since == "2025-04"}


def outcomes_in(folder: Path, edition: str) -> dict[str, str]:
    """Return the outcomes of the areas with requirements since April 2025, in an edition of the sandbox."""
    selected = [option for area in AREAS for option in ("--requirement", area)]
    ended = run(folder, "--target", "sandbox", "--edition", edition, *V3_ECF, *selected)

    assert ended.verdict["run"]["contract"]["edition"] == edition
    assert not ended.with_outcome("failed") | ended.with_outcome("suite-error"), ended.stdout
    return {name.partition(" ")[2]: outcome for name, outcome in ended.outcomes.items()}


def test_requirements_of_edition_pass_in_it(tmp_path: Path) -> None:
    outcomes = outcomes_in(tmp_path, "2025-04")

    assert SINCE
    assert {each for each in SINCE if outcomes[each] != "passed"} == set()
    assert outcomes["withdrawal/reasons"] == "passed"


def test_requirements_of_later_edition_are_not_tested(tmp_path: Path) -> None:
    outcomes = outcomes_in(tmp_path, "2024-12")

    assert SINCE.isdisjoint(outcomes)
    assert outcomes["withdrawal/reasons"] == "passed"
