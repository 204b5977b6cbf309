"""Gaps in a target file or a profile: requirements that its owner accepts as not tested for a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import yaml

from lead_provider_conformance.model import Scope


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement that need not be tested up to and including the day `expires`. Empty `versions` means all.

    It is still tried. A gap accepts no failure.
    """

    requirement: str
    owner: str
    reason: str
    expires: date
    versions: tuple[str, ...] = ()
    link: str | None = None

    def __str__(self) -> str:
        return self.requirement

    def applies_to(self, requirement: str, scope: Scope) -> bool:
        """Return whether the gap is about `requirement` in `scope`, expired or not."""
        return self.requirement == requirement and (not self.versions or scope.version in self.versions)

    def expired(self, on: date) -> bool:
        """Return whether the last day of the gap is before `on`."""
        return on > self.expires

    def to_mapping(self) -> dict[str, Any]:
        """Return the entry that `from_mapping` reads."""
        return asdict(self) | {"expires": self.expires.isoformat()}

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Gap:
        """Return the gap that an entry of a target file, or of a journal's plan, describes."""
        expires = date.fromisoformat(str(entry["expires"]))
        return cls(**{**entry, "versions": tuple(entry.get("versions", ())), "expires": expires})


def gaps_yaml(untested: Iterable[tuple[str, str]], *, owner: str, reason: str, until: date) -> str:
    """Return the YAML that accepts gaps: pairs of a requirement's id and a version."""
    versions: dict[str, set[str]] = {}
    for requirement, version in untested:
        versions.setdefault(requirement, set()).add(version)
    entries = [
        {
            "requirement": requirement,
            "versions": sorted(named),
            "owner": owner,
            "reason": reason,
            "expires": until.replace(),  # a copy, because YAML writes a repeated object as an alias
        }
        for requirement, named in versions.items()
    ]
    text: str = yaml.dump(
        {"gaps": entries},
        Dumper=yaml.SafeDumper,
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=120,
    )
    return text
