"""Keeps between runs what takes long to make, under a name that changes with whatever it is made from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lead_provider_conformance.resources import cache_folder


def kept(name: str, make: Callable[[], Any], folder: Path | None = None) -> Any:
    """What `make` gives, which is JSON, or what it gave the last time that it was asked for under `name`.

    It is kept in `folder`, by default the user's cache. Where nothing can be written it is made each time.
    """
    file = (folder or cache_folder()) / f"{name}.json"
    with contextlib.suppress(OSError, ValueError):  # it is not there yet, or somebody has spoilt it
        return json.loads(file.read_bytes())
    made = make()
    with contextlib.suppress(OSError):
        put(file, json.dumps(made).encode())
    return made


def digest_of(files: Iterable[Path]) -> str:
    """A part of a name that changes with each of these files: with what it is called, and with what it holds."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def put(file: Path, content: bytes) -> None:
    """Put a file in its place whole: another process may be reading it, or writing the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(file)
