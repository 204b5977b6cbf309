"""Changes of behaviour between editions are those of requirements that end or begin, and `contract diff` lists them."""

from __future__ import annotations

import pytest

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.behaviour_changes import BehaviourChange, behaviour_changes
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import suites_root

SCOPES = [Scope("v3", "ecf"), Scope("v3", "npq")]


def changes(scope: Scope, before: str = "2025-04", after: str = "2026-08") -> list[BehaviourChange]:
    return list(behaviour_changes((before, after), scope))


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_change_has_a_requirement_that_ends_or_begins_with_the_edition(scope: Scope) -> None:
    registry = Registry.load(suites_root() / "requirements")

    for each in changes(scope):
        requirement = registry[each.requirement]
        assert each.edition in (requirement.since, requirement.until)
        assert requirement.applies_to(scope)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_operations_are_in_both_editions(scope: Scope) -> None:
    contracts = [Contract.of(edition, scope) for edition in ("2025-04", "2026-08")]

    for each in changes(scope):
        assert all(contract.has(operation) for operation in each.operations for contract in contracts)


def test_within_an_edition_and_back_to_an_earlier_one_there_are_none() -> None:
    assert changes(SCOPES[0], "2024-12", "2025-04") == changes(SCOPES[0], "2026-08", "2025-04") == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("2025-04/v3-npq", "2026-08/v3-npq", "- returns the header `Cache-Control`"),
        ("2025-04/v3-ecf", "2026-08/v3-ecf", "- with an unknown `filter[training_status]`, returns an empty list"),
    ],
)
def test_diff_lists_changes_of_behaviour(old: str, new: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "diff", old, new]) == 0
    assert line in capsys.readouterr().out


def test_diff_of_a_whole_version_has_no_changes_of_behaviour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "diff", "v3", "2026-08/v3-ecf"]) == 0
    assert "filter[training_status]`, returns" not in capsys.readouterr().out
