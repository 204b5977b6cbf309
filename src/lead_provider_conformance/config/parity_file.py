"""Read a parity file: two servers to compare, and the differences that are accepted for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.described_by import shown_path
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.schemas import yaml_file


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Differences at a `path`, in a `field`, of one kind or of a `requirement`, accepted up to the day `expires`."""

    reason: str
    owner: str
    expires: date
    path: str | None = None
    method: str = "GET"
    field: str | None = None
    difference: str | None = None
    requirement: str | None = None
    versions: tuple[str, ...] = ()
    link: str | None = None

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Exclusion:
        """Return the exclusion that an entry of a parity file describes."""
        versions = tuple(entry.get("versions", ()))
        return cls(**{**entry, "versions": versions, "expires": date.fromisoformat(entry["expires"])})


@dataclass(frozen=True, slots=True)
class ParityFile:
    """A parity file. `left` and `right` name target files; options of the command line win over each setting."""

    file: Path | None = None
    left: str | None = None
    right: str | None = None
    data: str = "same"
    slower_than: float | None = None
    records: int | None = None
    requests: int | None = None
    journeys: int | None = None
    exclude: Sequence[Exclusion] = ()

    @property
    def file_name(self) -> str | None:
        """The path of the parity file, or of the workflow that gives the options instead."""
        return shown_path(self.file)


def load(path: Path) -> ParityFile:
    """Return the content of a parity file. Raise UsageError, with the file and the key, for the first mistake."""
    content = yaml_file.parsed(path)
    if not isinstance(content, dict):
        raise UsageError(f"{path} is not a parity file: it needs keys such as `left` and `right`.")
    yaml_file.check(path, content, schema="parity")
    exclude = tuple(Exclusion.from_mapping(entry) for entry in content.pop("exclude", ()))
    sides = {side: _beside(path, content[side]) for side in ("left", "right") if side in content}
    return ParityFile(file=path, exclude=exclude, **{**content, **sides})


def _beside(path: Path, name: str) -> str:
    """Return the path of a target file beside the parity file; or the name as it is, of a shipped target."""
    beside = path.parent / name
    return str(beside) if beside.is_file() else name
