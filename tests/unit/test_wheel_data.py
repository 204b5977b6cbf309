"""The wheel has the data that the packages read."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.docs import PAGES

from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.resources import contract_root

ROOT = Path(__file__).parents[2]
SUITE, SANDBOX = "lead_provider_conformance", "lead_provider_sandbox"


def force_included() -> dict[str, str]:
    """Return the table of the build hook, which needs the build backend to be imported."""
    for node in ast.parse((ROOT / "hatch_build.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "DATA":
            return ast.literal_eval(node.value)
    raise AssertionError("hatch_build.py has no table DATA.")


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the two packages and their data, as a wheel installs them."""
    folder = tmp_path_factory.mktemp("site-packages")
    for package in (SUITE, SANDBOX):
        shutil.copytree(ROOT / "src" / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for source, destination in force_included().items():
        path = folder / destination
        path.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, path, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, path)
    return folder


def output(site_packages: Path, script: str) -> str:
    """Return the output of a script that imports the packages from `site_packages`."""
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site_packages)!r})\n{script}"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=site_packages,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_suite_finds_the_contract_inside_its_package(site_packages):
    script = f"from {SUITE}.resources import contract_root; print(contract_root())"

    assert output(site_packages, script) == str(site_packages / SUITE / "_data" / "openapi")


def test_suite_has_every_document_of_the_contract(site_packages):
    script = f"""
from {SUITE}.contract import Contract
from {SUITE}.contract.contract import document_names
print(*document_names(), len(Contract.load("2026-08/v3-npq").operations))
"""

    assert output(site_packages, script).split() == [*document_names(), "23"]


def test_suite_has_every_reference_page(site_packages):
    script = f"""
from {SUITE}.cli.main import main
from {SUITE}.contract.contract import document_names
sys.exit(max(main(["contract", "reference", name]) for name in document_names()))
"""

    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES if name.startswith("contract/")]
    assert output(site_packages, script) == "".join(pages).strip()


def test_sandbox_reads_the_calendar_of_each_edition(site_packages):
    script = f"""
from {SANDBOX}.domain.calendar import Calendar
print(*(max(Calendar.load(edition).cohorts) for edition in ("2024-12", "2025-04", "2026-08")))
"""

    assert output(site_packages, script) == "2025 2025 2026"


def test_wheel_has_the_calendar_of_every_edition_for_the_sandbox():
    calendars = {
        f"openapi/{path.relative_to(contract_root()).as_posix()}" for path in contract_root().rglob("calendar.yaml")
    }

    assert calendars <= force_included().keys()
