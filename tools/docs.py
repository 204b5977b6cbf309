"""`python -m tools.docs`: write the generated pages of `docs/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.contract.reference import render

from lead_provider_conformance.contract import Contract, versions
from lead_provider_sandbox.domain import lifecycles

DOCS = Path(__file__).parents[1] / "docs"
PAGES: Mapping[str, Callable[[], str]] = {
    **{f"contract/{version}.md": lambda version=version: render(Contract.load(version)) for version in versions()},
    "lifecycles.md": lifecycles.page,
}
"""The generated pages by their path in `docs/`."""


def main() -> None:
    """Write every generated page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
