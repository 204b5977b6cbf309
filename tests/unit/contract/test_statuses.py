"""Requirements, the suites and the documents of the contract name the same statuses."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_name
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.contract.operation import Operation
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.contract.values import UNKNOWN_TO_WRITES
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import suites_root

STATUS = re.compile(r"\b[45]\d\d\b")
STRANGER = re.compile(
    r"(participant|application|declaration|partnership)s? (who|that|which)? ?(does not exist|is unknown)"
    r"|another (lead )?provider|provider does not have"
)
"""A statement about a record that does not exist, or is another provider's."""
DECIDED = {
    "training-2026/unknown-participant": "A SHOULD: the service's own request specs have 404.",
    "resumption-2026/left": "The release note promises a validation error; the participant is still shown.",
    "schedule-2026/due-elsewhere": "The release note promises a validation error; the participant is still shown.",
    "partnerships/change-partner-known": "The record of the path exists; the delivery partner of the body does not.",
}
"""Requirements with one of the two statuses, although the operation has both, with the reason."""


def named(statement: str) -> set[int]:
    """Return the error statuses that a statement names."""
    return {int(each) for each in STATUS.findall(statement)}


def deciding() -> Mapping[str, Mapping[str, set[str]]]:
    """Return the operations that decide each requirement, by programme."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    tests = json.loads((suites_root() / "operations.json").read_text(encoding="utf-8"))
    for by_programme in tests.values():
        for programme, requirements in by_programme.items():
            for requirement, operations in requirements.items():
                found[requirement][programme].update(operations)
    return found


def scopes() -> Iterator[tuple[str, Scope]]:
    for name in editions():
        yield from ((name, scope) for scope in load_edition(name).scopes)


@pytest.mark.parametrize(("edition", "scope"), [*scopes()], ids=str)
def test_statement_names_documented_statuses(edition: str, scope: Scope) -> None:
    decided = deciding()
    operations = {each.id: each for each in Contract.load(document_name(edition, scope)).operations}
    wrong = {}
    for each in load_edition(edition).of(Registry.load()):
        known = [operations[name] for name in decided[each.id][scope.programme] if name in operations]
        if each.applies_to(scope) and known:
            wrong |= _undocumented(each, known) | _onesided(each, known)

    assert wrong == {}


def _undocumented(requirement: Requirement, operations: list[Operation]) -> dict[str, object]:
    missing = named(requirement.statement) - {status for each in operations for status in each.statuses}
    return {requirement.id: missing} if missing else {}


def _onesided(requirement: Requirement, operations: list[Operation]) -> dict[str, object]:
    """Find a refusal of a write with one status, where the document has both and no text decides."""
    both = [
        each.id
        for each in operations
        if each.writes and "{" in each.path and set(UNKNOWN_TO_WRITES) <= set(each.statuses)
    ]
    one = named(requirement.statement) & set(UNKNOWN_TO_WRITES)
    has_choice = len(one) == 1 and not any(
        each.writes and set(each.statuses) & set(UNKNOWN_TO_WRITES) == one for each in operations
    )
    is_open = has_choice and STRANGER.search(requirement.statement) and requirement.id not in DECIDED
    return {requirement.id: both} if both and is_open else {}


def asserted(path: Path) -> Iterator[tuple[str, set[int]]]:
    """Yield the error statuses that each check of a test asserts, with the ids of its requirements."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check":
                    for argument in call.args:
                        if isinstance(argument, ast.Constant):
                            yield str(argument.value), set(_statuses(node.body))


def _statuses(body: list[ast.stmt]) -> Iterator[int]:
    asserts = (each for statement in body for each in ast.walk(statement) if isinstance(each, ast.Assert))
    for each in asserts:
        test = each.test
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Attribute) and test.left.attr == "status":
            for constant in ast.walk(test.comparators[0]):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, int):
                    yield constant.value
                elif isinstance(constant, ast.Name) and constant.id == "UNKNOWN_TO_WRITES":
                    yield from UNKNOWN_TO_WRITES


def test_checks_assert_the_statuses_of_their_statements() -> None:
    registry = Registry.load()
    wrong: dict[str, set[int]] = defaultdict(set)
    for path in sorted(suites_root().rglob("test_*.py")):
        for requirement, statuses in asserted(path):
            errors = {each for each in statuses if each >= 400}
            if (stated := named(registry[requirement].statement)) and errors:
                wrong[requirement] |= errors - stated

    assert {requirement: statuses for requirement, statuses in wrong.items() if statuses} == {}


def test_every_decision_is_about_a_requirement() -> None:
    assert set(DECIDED) <= {each.id for each in Registry.load()}
