"""Editions of the contract: which requirements count in a verdict.

A file of `suites/requirements/editions/` freezes an edition. Requirements added later are tested, but do not change its
verdicts. In an edition without a file, every requirement counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level, UsageError
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file


@dataclass(frozen=True, slots=True)
class Edition:
    """A dated state of the contract.

    `counted` has the entries of its file by requirement id; it is None until the edition is frozen.
    """

    name: str
    counted: Mapping[str, Mapping[str, Any]] | None = None

    def of(self, registry: Registry) -> Registry:
        """Return the registry with the levels and versions that this edition gives to each requirement."""
        return Registry(self._requirement(each) for each in registry)

    def _requirement(self, requirement: Requirement) -> Requirement:
        if not requirement.is_in(self.name):
            return replace(requirement, versions=())
        if self.counted is None or requirement.id in self.counted:
            return requirement
        return replace(requirement, level=Level.MAY, newer_than=self.name)


def load_edition(name: str, folder: Path | None = None) -> Edition:
    """Return the edition `name`. Raise UsageError if it does not exist or its file is not valid."""
    known = Calendar.load().editions
    if name not in known:
        raise UsageError(f"There is no edition {name} of the contract; choose {' or '.join(known)}.")
    path = (folder or suites_root() / "requirements" / "editions") / f"{name}.yaml"
    return Edition(name, yaml_file.read(path, schema="edition") if path.is_file() else None)
