"""The decorators of the suites, and that each `@uses_states` names the states that its function uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, states_of, uses_states, verifies
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.testdata import CATALOGUE, States
from lead_provider_conformance.testdata.states import UndeclaredStateError

FILES = sorted(suites_root().glob("*/test_*.py"))


def test_verifies_without_a_requirement_raises() -> None:
    with pytest.raises(ValueError, match="at least one requirement"):
        verifies()


def test_uses_states_with_an_unknown_state_raises() -> None:
    with pytest.raises(ValueError, match=r"'ect\.asleep', which is not in the catalogue"):
        uses_states("ect.asleep")


def collected(test: Any, *fixtures: Any) -> Any:
    definitions = {str(number): [SimpleNamespace(func=each)] for number, each in enumerate(fixtures)}
    item: Any = pytest.Function.__new__(pytest.Function)
    item.obj, item._fixtureinfo = test, SimpleNamespace(name2fixturedefs=definitions)
    return item


def test_states_of_a_test_include_those_of_its_fixtures() -> None:
    test, fixture, other = uses_states("ect.paid")(lambda: None), uses_states("ect.left")(lambda: None), lambda: None

    assert states_of(collected(test, fixture, other)) == {"ect.paid", "ect.left"}
    assert states_of(collected(other)) == frozenset()


def test_a_test_of_any_state_is_not_restricted() -> None:
    assert states_of(collected(uses_states(ANY_STATE)(lambda: None))) is None


class Module:
    """A file of the suites: the states that each of its functions uses, itself or through functions of the file."""

    def __init__(self, path: Path) -> None:
        self.top: dict[str, ast.stmt] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.FunctionDef() | ast.ClassDef():
                    self.top[node.name] = node
                case ast.Assign(targets=[ast.Name(id=name)]):
                    self.top[name] = node

    def used(self, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        node = self.top[name]
        body = node.body if isinstance(node, ast.FunctionDef | ast.ClassDef) else [node]
        local = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} | {
            each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        for each in (inner for statement in body for inner in ast.walk(statement)):
            match each:
                case ast.Constant(value=str(text)) if text in CATALOGUE:
                    yield text
                case ast.Name(id=other) if other in self.top.keys() - local - seen:
                    yield from self.used(other, seen | {other})

    def named(self) -> Iterator[tuple[str, set[str]]]:
        """Yield each test and fixture with the states that its decorator names."""
        for name, node in self.top.items():
            if isinstance(node, ast.FunctionDef):
                decorators = {ast.unparse(each).partition("(")[0]: each for each in node.decorator_list}
                marker = decorators.get("uses_states")
                arguments = marker.args if isinstance(marker, ast.Call) else []
                if decorators.keys() & {"verifies", "pytest.fixture"} and not any(
                    isinstance(each, ast.Name) for each in arguments
                ):
                    yield name, {str(each.value) for each in arguments if isinstance(each, ast.Constant)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_uses_states_names_exactly_the_states_that_the_code_uses(path: Path) -> None:
    module = Module(path)

    assert {name: set(module.used(name)) for name, _ in module.named()} == dict(module.named())


@pytest.mark.parametrize("use", [States.claim, States.look])
def test_using_a_state_that_the_test_does_not_name_raises(tmp_path: Path, use: Any) -> None:
    unused: Any = None
    states = States(
        api=unused,
        discovery_api=unused,
        target=unused,
        calendar=unused,
        journal=unused,
        workspace=tmp_path,
        test="x",
        declared={"ect.paid"},
    )

    with pytest.raises(UndeclaredStateError, match=r"uses the state ect\.left; add ect\.left to its @uses_states"):
        use(states, "ect.left")
