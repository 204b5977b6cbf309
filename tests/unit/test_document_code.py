"""Code that a document shows is in the repository, and tables of files name all of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)


def test_every_line_of_code_in_contributing_is_in_a_module() -> None:
    modules = [file for folder in ("src", "suites") for file in (ROOT / folder).rglob("*.py")]
    lines = {line.strip() for file in modules for line in file.read_text(encoding="utf-8").splitlines()}

    shown = {line.strip() for block in SHOWN for line in block.splitlines()}

    assert len(SHOWN) == 3
    assert shown - lines == set()


def test_page_of_the_sandbox_names_every_file_of_faults() -> None:
    families = {file.name for file in (ROOT / "src/lead_provider_sandbox/faults/families").glob("*.yaml")}

    page = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")

    assert families - set(re.findall(r"`([a-z-]+\.yaml)`", page)) == set()
