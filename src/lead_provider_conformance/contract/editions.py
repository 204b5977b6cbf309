"""Editions of the contract, and the requirements that each counts.

An edition is frozen by a file of `suites/requirements/editions/`: what is written down later is tested there too, and
changes no verdict. One without a file is open: all that holds in it counts. `python -m` this module with the name of an
edition freezes it as the registry is now.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level, UsageError
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an edition counts of a requirement: how binding it is, and where it applies."""

    level: Level
    versions: tuple[str, ...]
    programmes: tuple[str, ...]

    @classmethod
    def of(cls, requirement: Requirement) -> Frozen:
        """What there is to freeze of a requirement."""
        return cls(requirement.level, requirement.versions, requirement.programmes)

    def __str__(self) -> str:
        return f"a {self.level} of {', '.join(self.versions)} for {' and '.join(self.programmes)}"


@dataclass(frozen=True, slots=True)
class Edition:
    """A dated state of the contract, and what counts in it by id; None while that is open."""

    name: str
    counts: Mapping[str, Frozen] | None = None

    def of(self, registry: Registry) -> Registry:
        """The registry as this edition has it.

        What does not hold in it is for no version. What was written down after it was frozen is newer, and a MAY.
        """
        return Registry(self._seen(each) for each in registry)

    def _seen(self, requirement: Requirement) -> Requirement:
        if not requirement.holds_in(self.name):
            return replace(requirement, versions=())
        if self.counts is None or requirement.id in self.counts:
            return requirement
        return replace(requirement, level=Level.MAY, newer_than=self.name)

    def broken_by(self, registry: Registry) -> Iterator[str]:
        """A sentence for each requirement whose change would change this edition's verdicts, with what to do."""
        now = {each.id: each for each in registry}
        for requirement_id, frozen in (self.counts or {}).items():
            requirement = now.get(requirement_id)
            if requirement is None:
                yield (
                    f"Edition {self.name} counts {requirement_id}, which is gone; put it back, with `until` if a later "
                    "edition has it no more."
                )
            elif not requirement.holds_in(self.name):
                yield (
                    f"Edition {self.name} counts {requirement_id}, which its `since` and `until` take out of it; "
                    "correct them, or write what is new as a requirement with another id."
                )
            elif (changed := Frozen.of(requirement)) != frozen:
                yield (
                    f"Edition {self.name} counts {requirement_id} as {frozen}, and it has become {changed}; restore "
                    "it, and write what is new as a requirement with another id."
                )


def named(name: str, folder: Path | None = None) -> Edition:
    """The edition of that name. Raises UsageError if there is none, or if its file is broken."""
    known = Calendar.load().editions
    if name not in known:
        raise UsageError(f"There is no edition {name} of the contract; choose {' or '.join(known)}.")
    path = (folder or _folder()) / f"{name}.yaml"
    if not path.is_file():
        return Edition(name)
    content = yaml_file.read(path, schema="edition")
    return Edition(
        name,
        {
            requirement_id: Frozen(Level(entry["level"]), tuple(entry["versions"]), tuple(entry["programmes"]))
            for requirement_id, entry in content.items()
        },
    )


def frozen(name: str, registry: Registry) -> str:
    """The file that freezes an edition as the registry is now."""
    lines = [
        f"# What edition {name} counts in a verdict. Do not edit: what is written down later counts in later editions.",
        *(
            f"{each.id}: {{level: {each.level}, versions: [{', '.join(each.versions)}], "
            f"programmes: [{', '.join(each.programmes)}]}}"
            for each in sorted(registry, key=lambda each: each.id)
            if each.holds_in(name)
        ),
    ]
    return "\n".join(lines) + "\n"


def _folder() -> Path:
    return suites_root() / "requirements" / "editions"


def main() -> None:
    """Freeze an edition, anew if it was frozen before: for a release, and never for one that has been released."""
    parser = argparse.ArgumentParser(description="Freeze what an edition counts, as the registry is now.")
    parser.add_argument("edition", choices=Calendar.load().editions)
    name = parser.parse_args().edition
    (_folder() / f"{name}.yaml").write_text(frozen(name, Registry.load()), encoding="utf-8")


if __name__ == "__main__":
    main()
