"""Waivers in a target file or a profile: known failures that its owner accepts for a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.model import Cause, Scope, UsageError


@dataclass(frozen=True, slots=True)
class Waiver:
    """Accepted failures of a `requirement`, or with a `cause`, up to and including the day `expires`.

    With both, only failures of that requirement with that cause. Empty `versions` means every version. `operations`,
    operationIds of the contract, limits the waiver to failures at these operations. `link` leads to the agreement.
    """

    requirement: str | None
    owner: str
    reason: str
    expires: date
    versions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    link: str | None = None
    cause: Cause | None = None

    def __str__(self) -> str:
        return " at ".join(filter(None, (self.requirement, str(self.cause or ""))))

    def applies_to(self, requirement: str, scope: Scope) -> bool:
        """Return whether the waiver is about `requirement` in `scope`, expired or not."""
        return self.requirement in (None, requirement) and self.covers(scope)

    def covers(self, scope: Scope) -> bool:
        """Return whether the waiver is about the version of a scope."""
        return not self.versions or scope.version in self.versions

    def accepts(self, requirement: str, cause: Cause) -> bool:
        """Return whether the waiver is about a failure of `requirement` with `cause`, in any version.

        A failure of another requirement counts if its cause is the waived requirement.
        """
        if self.requirement not in (None, requirement):
            return self.requirement == cause.kind
        if self.operations and cause.operation not in self.operations:
            return False
        return self.cause is None or self.cause.includes(cause)

    def accepts_all_of(self, requirement: str) -> bool:
        """Return whether the waiver accepts every failure of `requirement`, whatever the cause."""
        return self.requirement == requirement and self.cause is None and not self.operations

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
        parts = {name: str(part) for name, part in (entry.get("cause") or {}).items()}
        cause = Cause(**parts) if parts else None
        expires = date.fromisoformat(str(entry["expires"]))
        return cls(**{"requirement": None, **entry, **lists, "cause": cause, "expires": expires})


def read_waivers(content: Mapping[str, Any], path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a file's content. Raise UsageError for one that accepts nothing in particular."""
    entries = content.get("waivers", ())
    for index, entry in enumerate(entries):
        if not entry.keys() & {"requirement", "cause"}:
            raise UsageError(f"{path}: `waivers[{index}]` names neither a `requirement` nor a `cause`; add one.")
    return tuple(Waiver.from_mapping(entry) for entry in entries)


def waivers_yaml(failures: Iterable[tuple[str, Cause, str]], *, owner: str, reason: str, until: date) -> str:
    """Return the YAML that waives `failures`: the id of a requirement, the cause of its failure, and the version.

    A cause is waived once, whichever requirements fail because of it.
    """
    versions: dict[tuple[str | None, Cause], set[str]] = {}
    for requirement, cause, version in failures:
        # The id of a requirement as the kind means that the failure has no other cause than that requirement.
        named = requirement if cause.kind == requirement else None
        versions.setdefault((named, cause), set()).add(version)
    entries = [
        {
            **({"requirement": requirement} if requirement else {}),
            **_cause_entry(cause, named=requirement is not None),
            "versions": sorted(failing),
            "owner": owner,
            "reason": reason,
            "expires": until.replace(),  # a copy, because YAML writes a repeated object as an alias
        }
        for (requirement, cause), failing in versions.items()
    ]
    text: str = yaml.dump({"waivers": entries}, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _cause_entry(cause: Cause, *, named: bool) -> dict[str, dict[str, str]]:
    """Return the known parts of a cause; without the kind if the waiver names the requirement."""
    parts = {name: part for name, part in asdict(cause).items() if part and not (named and name == "kind")}
    return {"cause": parts} if parts else {}
