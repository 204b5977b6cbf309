"""Editions of the contract: which requirements count in a verdict.

A file of `suites/requirements/editions/` freezes an edition. Requirements added later are tested, but do not change its
verdicts, and one whose level was raised later keeps its old level. In an edition without a file, every requirement
counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.contract import own_documents, versions
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import PROGRAMMES, Level, Scope, UsageError
from lead_provider_conformance.resources import contract_root, suites_root
from lead_provider_conformance.schemas import yaml_file


@dataclass(frozen=True)
class Edition:
    """A dated state of the contract.

    `counted` has the entries of its file by requirement id; it is None until the edition is frozen.
    """

    name: str
    counted: Mapping[str, Mapping[str, Any]] | None = None

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The versions and programmes of the edition."""
        own = [name.removeprefix(f"{self.name}/").split("-") for name in own_documents(self.name)]
        return tuple(Scope(*each) for each in own or product(versions(), PROGRAMMES))

    def of(self, registry: Registry) -> Registry:
        """Return the registry with the levels, versions and programmes that this edition gives to each requirement."""
        return Registry(self._requirement(each) for each in registry)

    def _requirement(self, requirement: Requirement) -> Requirement:
        here = requirement.in_edition(self.name)
        here = replace(here, versions=tuple(each for each in here.versions if each in self._versions))
        if self.counted is None or not here.versions:
            return here
        counted = self.counted.get(requirement.id)
        if counted is None:
            return replace(here, level=Level.MAY, newer_than=self.name)
        frozen = Level(counted["level"])
        return replace(here, level=frozen, raised_to=here.level) if here.level.is_above(frozen) else here

    @cached_property
    def _versions(self) -> frozenset[str]:
        return frozenset(scope.version for scope in self.scopes)


def editions() -> tuple[str, ...]:
    """Return the names of the editions, oldest first."""
    return (*Calendar.load().editions, *sorted(each.parent.name for each in contract_root().glob("*/calendar.yaml")))


@cache
def load_edition(name: str, folder: Path | None = None) -> Edition:
    """Return the edition `name`. Raise UsageError if it does not exist or its file is not valid."""
    known = editions()
    if name not in known:
        raise UsageError(f"There is no edition {name} of the contract; choose {' or '.join(known)}.")
    path = (folder or suites_root() / "requirements" / "editions") / f"{name}.yaml"
    return Edition(name, yaml_file.read_own(path, schema="edition") if path.is_file() else None)
