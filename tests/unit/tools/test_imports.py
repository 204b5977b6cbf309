"""The maintainers' tools fit the packages that they use."""

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[3] / "tools"
BENCHMARKS = TOOLS / "benchmarks"
MODULES = sorted(file.relative_to(TOOLS).with_suffix("").as_posix() for file in TOOLS.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_module_can_be_imported(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _, name = module.rpartition("/")
    if folder == "benchmarks":
        # Benchmarks are scripts: they import their neighbours by bare names.
        monkeypatch.syspath_prepend(BENCHMARKS)
    else:
        name = f"tools.{module.replace('/', '.').removesuffix('.__init__')}"
    importlib.import_module(name)
