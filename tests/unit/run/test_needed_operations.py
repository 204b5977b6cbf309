"""Requirements do not apply to a target that lacks an operation that decides them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.unit.journals import Run
from tools.needed_operations import needed, to_json

from lead_provider_conformance.contract.contract import operation_ids
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import NotApplicable, Outcome
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.needed_operations import FILE, missing_operations, needed_operations
from lead_provider_conformance.run.test_context import TestContext

VOIDED = "suites/scenarios/test_voiding.py::test_unknown_declaration_cannot_be_voided[v3-ecf]"
TEST = "suites/rules/test_declarations.py::test_posting_twice"


def test_requirement_needs_the_operations_that_its_test_calls() -> None:
    missing = missing_operations(VOIDED, "ecf", ["void/unknown-id"], lambda each: each.startswith("list_"))

    assert missing == {
        "void/unknown-id": "The target does not implement void_participant_declaration, as its file says."
    }
    assert missing_operations(VOIDED, "ecf", ["void/unknown-id"], lambda _: True) == {}
    assert missing_operations("suites/rules/test_new.py::test_new", "ecf", ["void/unknown-id"], lambda _: False) == {}


def test_file_names_tests_requirements_and_operations_that_exist() -> None:
    tests = {
        f"{path.relative_to(suites_root()).as_posix()}::{node.name}"
        for path in suites_root().rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    known = {each for name in editions() for scope in load_edition(name).scopes for each in operation_ids(name, scope)}
    requirements = {each.id for each in Registry.load()}

    assert needed_operations().keys() <= tests, f"run tools.needed_operations: {FILE} names tests that are gone"
    for by_programme in needed_operations().values():
        for by_requirement in by_programme.values():
            assert by_requirement.keys() <= requirements
            assert known >= set().union(*by_requirement.values())


def test_operations_are_those_of_every_version_and_edition() -> None:
    runs = []
    for operations in (["list_x", "void_x"], ["list_x", "show_x"]):
        run = Run()
        sent = [run.exchanged("GET", "/x", operation=each) for each in operations]
        runs.append(run.found(Outcome.PASSED, "a/b", exchanges=sent).record())

    assert needed(runs) == {TEST.removeprefix("suites/"): {"ecf": {"a/b": ["list_x"]}}}
    assert '"a/b": ["list_x"]' in to_json(needed(runs))


@pytest.mark.parametrize(("missing", "applies"), [(["void/state"], True), (["void/state", "void/once"], False)])
def test_test_is_skipped_before_its_claims_if_no_requirement_applies(missing: list[str], applies: bool) -> None:
    registry = Registry.load()
    requirements = [registry["void/state"], registry["void/once"]]
    context = TestContext(None, None, TEST, requirements, missing=dict.fromkeys(missing, "No void."))

    if applies:
        context.check_applies()
    else:
        with pytest.raises(NotApplicable, match="No void"):
            context.check_applies()


def test_folder_of_the_suites_has_the_file() -> None:
    assert Path(suites_root(), FILE).is_file()
