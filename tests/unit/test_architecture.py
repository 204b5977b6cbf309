"""What may import what. One direction only: suites → machinery → contract; the sandbox stands alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_provider_conformance.resources import suites_root

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (each.name for each in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module


def files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize(
    ("package", "stranger"),
    [
        ("lead_provider_conformance", "lead_provider_sandbox"),
        ("lead_provider_sandbox", "lead_provider_conformance"),
        ("lead_provider_conformance", "suites"),
        ("lead_provider_conformance", "tests"),
        ("lead_provider_sandbox", "tests"),
    ],
)
def test_packages_that_never_import_each_other(package: str, stranger: str) -> None:
    guilty = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(SOURCES / package)
        for module in imported(path)
        if module.split(".")[0] == stranger
    ]

    assert guilty == []


def test_suites_import_the_machinery_and_pytest_alone() -> None:
    allowed = {"lead_provider_conformance", "pytest", *sys.stdlib_module_names}
    guilty = [
        f"{path.relative_to(suites_root())} imports {module}"
        for path in files(suites_root())
        for module in imported(path)
        if module.split(".")[0] not in allowed
    ]

    assert guilty == []


def test_suites_send_nothing_but_through_the_client() -> None:
    ways_out = {"requests", "urllib.request", "urllib3", "http.client", "socket", "subprocess", "asyncio"}
    guilty = [
        f"{path.relative_to(suites_root())} imports {module}"
        for path in files(suites_root())
        for module in imported(path)
        if ways_out & {module, module.split(".")[0]}
    ]

    assert guilty == []
