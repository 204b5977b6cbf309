"""Bundles of the contract that comes with this package, kept between runs.

Every process of a run needs them, and to put one together takes many times as long as to read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.keeping import digest_of, kept

MADE_BY = ("bundle", "source", "structure")
"""The modules that decide what a bundle holds."""


def kept_bundle(entry: Path, folder: Path | None = None) -> dict[str, Any]:
    """What `bundle` gives for an entry document whose folder holds all that it refers to.

    It is kept in `folder`, by default the user's cache. Raises `ContractError` as `bundle` does.
    """
    document: dict[str, Any] = kept(f"contract/{entry.stem}-{_made_from(entry.parent)}", lambda: made(entry), folder)
    return document


def made(entry: Path) -> dict[str, Any]:
    """What `bundle` gives; it, and PyYAML, are loaded only where a bundle has to be made."""
    from lead_provider_conformance.contract.bundle import bundle

    return bundle(entry)


@cache
def _made_from(root: Path) -> str:
    return digest_of(_sources(root))


def _sources(root: Path) -> Iterator[Path]:
    yield from sorted(root.rglob("*.yaml"))
    yield from (Path(__file__).with_name(f"{module}.py") for module in MADE_BY)
