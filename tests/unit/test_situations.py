"""Tests of one more situation decide no requirement alone: a target without the situation loses nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lead_provider_conformance.resources import suites_root

MARKER = "one_more_situation"


def called(node: ast.AST) -> str:
    """Return the name of a called function; empty for anything else."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def verifying() -> Iterator[tuple[bool, set[str]]]:
    """Yield whether each test of the suites shows one more situation, and its requirements."""
    for path in sorted(suites_root().rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        of_module = any(called(each) == MARKER for node in module.body for each in ast.walk(node) if is_mark(node))
        for node in module.body:
            if isinstance(node, ast.FunctionDef):
                calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
                ids = {ast.literal_eval(arg) for each in calls if called(each) == "verifies" for arg in literals(each)}
                yield of_module or any(called(each) == MARKER for each in calls), ids


def is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def literals(call: ast.Call) -> Iterator[ast.Constant]:
    return (each for each in call.args if isinstance(each, ast.Constant))


def test_each_requirement_of_one_more_situation_is_decided_by_another_test() -> None:
    found = list(verifying())
    others = {each for is_situation, ids in found if not is_situation for each in ids}
    situations = {each for is_situation, ids in found if is_situation for each in ids}

    assert situations
    assert situations - others == set()
