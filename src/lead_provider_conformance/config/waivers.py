"""Waivers in a target file: known failures that the target's owner accepts for a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import yaml

from lead_provider_conformance.model import Scope


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted failure of `requirement`, up to and including the day `expires`.

    Empty `versions` means every version. `operations`, operationIds of the contract, limits the waiver to failures at
    these operations. `link` leads to the agreement.
    """

    requirement: str
    owner: str
    reason: str
    expires: date
    versions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    link: str | None = None

    def applies_to(self, requirement: str, scope: Scope) -> bool:
        """Return whether the waiver is about `requirement` in `scope`, expired or not."""
        return self.requirement == requirement and (not self.versions or scope.version in self.versions)

    def expired(self, on: date) -> bool:
        """Return whether the last day of the waiver is before `on`."""
        return on > self.expires

    def to_mapping(self) -> dict[str, Any]:
        """Return the entry that `from_mapping` reads."""
        return asdict(self) | {"expires": self.expires.isoformat()}

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Waiver:
        """Return the waiver that an entry of a target file, or of a journal's plan, describes."""
        lists = {name: tuple(entry.get(name, ())) for name in ("versions", "operations")}
        return cls(**{**entry, **lists, "expires": date.fromisoformat(str(entry["expires"]))})


def waivers_yaml(failures: Iterable[tuple[str, str]], *, owner: str, reason: str, until: date) -> str:
    """Return the YAML that waives `failures`, pairs of a requirement's id and a version."""
    versions: dict[str, set[str]] = {}
    for requirement, version in failures:
        versions.setdefault(requirement, set()).add(version)
    entries = [
        {
            "requirement": requirement,
            "versions": sorted(failing),
            "owner": owner,
            "reason": reason,
            "expires": until.replace(),  # a copy, because YAML writes a repeated object as an alias
        }
        for requirement, failing in versions.items()
    ]
    text: str = yaml.dump({"waivers": entries}, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=120)
    return text
