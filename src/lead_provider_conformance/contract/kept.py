"""Bundles of the contract that comes with this package, kept between runs.

Every process of a run needs them, and to put one together takes many times as long as to read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.resources import cache_folder

MADE_BY = ("bundle", "source", "structure")
"""The modules that decide what a bundle holds."""
FOLDER = "contract"


def kept_bundle(entry: Path, folder: Path | None = None) -> dict[str, Any]:
    """What `bundle` gives for an entry document whose folder holds all that it refers to.

    It is kept in `folder`, by default the user's cache, under a name that changes with whatever it is made from; where
    nothing can be written it is put together each time. Raises `ContractError` as `bundle` does.
    """
    kept = (folder or cache_folder() / FOLDER) / f"{entry.stem}-{_made_from(entry.parent)}.json"
    with contextlib.suppress(OSError, ValueError):  # it is not there yet, or somebody has spoilt it
        read: dict[str, Any] = json.loads(kept.read_bytes())
        return read
    document = bundle(entry)
    with contextlib.suppress(OSError):
        _write(kept, json.dumps(document).encode())
    return document


def _write(file: Path, content: bytes) -> None:
    """Put a file in its place whole: another process may be reading it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(file)


@cache
def _made_from(root: Path) -> str:
    digest = hashlib.sha256()
    for file in _sources(root):
        digest.update(f"{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def _sources(root: Path) -> Iterator[Path]:
    yield from sorted(root.rglob("*.yaml"))
    yield from (Path(__file__).with_name(f"{module}.py") for module in MADE_BY)
