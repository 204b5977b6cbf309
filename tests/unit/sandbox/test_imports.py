"""The direction of imports between the sandbox's packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[3] / "src" / "lead_provider_sandbox"

ALLOWED = {
    "domain": {"parts", "yaml_text"},
    "store": {"domain"},
    "serializers": {"domain", "parts"},
    "http": {"domain", "parts", "serializers", "store"},
    "seed": {"domain", "store", "yaml_text"},
    "faults": {"domain", "http", "parts", "store", "yaml_text"},
    "control": {"domain", "http", "sandbox", "seed", "store", "yaml_text"},
}
"""The packages and top-level modules that each package may import besides itself."""


@pytest.mark.parametrize("package", ALLOWED)
def test_package_imports_only_packages_below_it(package: str) -> None:
    files = sorted((SANDBOX / package).rglob("*.py"))
    imported = {
        name
        for file in files
        for name in re.findall(r"(?:from|import) lead_provider_sandbox\.(\w+)", file.read_text(encoding="utf-8"))
    }

    assert files
    assert imported - {package} <= ALLOWED[package]
