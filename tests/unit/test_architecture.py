"""The direction of imports. Imports within functions and under TYPE_CHECKING count."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

import pytest

from lead_provider_conformance.resources import suites_root

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"
SUITE, SANDBOX = "lead_provider_conformance", "lead_provider_sandbox"

SHARED = {"model", "text", "resources"}
"""Top-level modules that every package may import, and that import none of them."""
ENTRY_POINTS = {"__init__", "__main__"}
ORDER = (
    "schemas",
    "contract",
    "config",
    "results",
    "http",
    "api",
    "testdata",
    "oracles",
    "run",
    "fuzzing",
    "parity",
    "pytest_plugin",
    "readiness",
    "cli",
)
"""The packages of the suite. Each may import from those before it."""
READINESS = {"schemas", "contract", "config", "results", "http"}
"""The packages that `readiness` may import."""
CONTROL = f"{SANDBOX}.control"
"""The package of the sandbox that `readiness` may import, and no other package of the suite may."""
REPORTS = {"schemas", "contract", "config", "results"}
"""The packages that `reports` may import; only cli and pytest_plugin may import `reports`."""


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports. `from a import b` counts as `a` and as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (each.name for each in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module
                yield from (f"{module}.{each.name}" for each in node.names)
            case ast.ImportFrom():
                raise AssertionError(f"{path} has a relative import; import from the top of the package.")


def files(folder: Path) -> list[Path]:
    paths = sorted(folder.rglob("*.py"))
    assert paths
    return paths


@cache
def modules(package: str) -> Mapping[str, Set[str]]:
    """Return every module of `package` with the modules of `package` that it imports."""
    paths = {}
    for path in files(SOURCES / package):
        parts = path.relative_to(SOURCES).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: {each for each in imported(path) if each in paths and each != name} for name, path in paths.items()}


def stage(module: str) -> str:
    """Return the package, or the top-level module, of the suite that `module` belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def may_import(importer: str, other: str) -> bool:
    if importer == other or other in SHARED | {"__init__"}:
        return True
    if importer in SHARED:
        return False
    if importer == "readiness":
        return other in READINESS
    if importer == "reports":
        return other in REPORTS
    if other == "reports":
        return importer in {"pytest_plugin", "cli"}
    if importer in ENTRY_POINTS:
        return other == "cli"
    if other == "parity":
        return importer == "cli"
    return ORDER.index(other) < ORDER.index(importer)


def test_packages_import_only_from_packages_before_them() -> None:
    wrong = {
        (module, other)
        for module, others in modules(SUITE).items()
        for other in others
        if not may_import(stage(module), stage(other))
    }

    assert wrong == set()


def test_at_most_three_modules_stand_outside_a_package() -> None:
    top_level = {path.stem for path in (SOURCES / SUITE).glob("*.py")} - ENTRY_POINTS

    assert top_level <= SHARED


def cyclic(graph: Mapping[str, Set[str]]) -> set[str]:
    """Return the modules that import themselves through others."""
    reached = {module: set(others) for module, others in graph.items()}
    for middle in graph:
        for others in reached.values():
            if middle in others:
                others |= reached[middle]
    return {module for module, others in reached.items() if module in others}


@pytest.mark.parametrize("package", [SUITE, SANDBOX])
def test_modules_have_no_import_cycle(package: str) -> None:
    assert cyclic(modules(package)) == set()


@pytest.mark.parametrize(
    ("package", "other"),
    [(SUITE, SANDBOX), (SANDBOX, SUITE), (SUITE, "suites"), (SUITE, "tests"), (SANDBOX, "tests")],
)
def test_package_never_imports_other(package: str, other: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(SOURCES / package)
        for module in imported(path)
        if module.split(".")[0] == other and not _is_control(path, module)
    ]

    assert wrong == []


def _is_control(path: Path, module: str) -> bool:
    return path.is_relative_to(SOURCES / SUITE / "readiness") and f"{module}.".startswith(f"{CONTROL}.")


WRITTEN_TESTS = {
    "api",
    "contract.values",
    "http",
    "model",
    "oracles",
    "testdata",
    "pytest_plugin.markers",
    "run.checks",
}
GENERATED_TESTS = WRITTEN_TESTS | {"fuzzing", "run.test_context"}


@pytest.mark.parametrize(
    ("folder", "surface"),
    [("rules", WRITTEN_TESTS), ("scenarios", WRITTEN_TESTS), ("generated", GENERATED_TESTS)],
)
def test_suites_import_only_their_surface(folder: str, surface: Set[str]) -> None:
    allowed = {f"{SUITE}.{each}" for each in surface}
    wrong = {
        f"{path.relative_to(suites_root())} imports {module}"
        for path in files(suites_root() / folder)
        for module in imported(path)
        if module.split(".")[0] == SUITE and not any(f"{module}.".startswith(f"{each}.") for each in allowed)
    }

    assert wrong == set()


def test_suites_import_the_package_and_pytest_alone() -> None:
    allowed = {SUITE, "pytest", *sys.stdlib_module_names}
    wrong = [
        f"{path.relative_to(suites_root())} imports {module}"
        for path in files(suites_root())
        for module in imported(path)
        if module.split(".")[0] not in allowed
    ]

    assert wrong == []


def test_suites_send_requests_only_with_the_client() -> None:
    senders = {"requests", "urllib.request", "urllib3", "http.client", "socket", "subprocess", "asyncio"}
    wrong = [
        f"{path.relative_to(suites_root())} imports {module}"
        for path in files(suites_root())
        for module in imported(path)
        if senders & {module, module.split(".")[0]}
    ]

    assert wrong == []
