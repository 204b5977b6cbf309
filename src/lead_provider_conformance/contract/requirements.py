"""The registry of requirements."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import Level, Scope, UsageError
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file

Span = str | Mapping[str, str] | None
"""An edition for all programmes, or one for each of some programmes; None is no limit."""


class UnknownRequirementError(UsageError):
    """A requirement id that the registry does not have."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A sentence that a server either meets or fails.

    `sources` cites the documents that it comes from, most authoritative first. `since` is the first edition that has
    the requirement and `until` the first that has dropped it, for all programmes or by programme. `levels` has the
    levels that later editions give it, by the first such edition. `concerns` is a subject that reports count apart.

    `newer_than` is set if the edition under test was frozen before the requirement was added: it is then tested and
    reported, but does not count. `raised_to` is the present level, if the edition was frozen with a lower one.
    """

    id: str
    level: Level
    versions: tuple[str, ...]
    programmes: tuple[str, ...]
    statement: str
    sources: tuple[str, ...]
    since: Span = None
    until: Span = None
    levels: Mapping[str, Level] | None = None
    concerns: str | None = None
    newer_than: str | None = None
    raised_to: Level | None = None

    @property
    def area(self) -> str:
        """Return the part of the id before the slash, such as `declarations`."""
        return self.id.partition("/")[0]

    def applies_to(self, scope: Scope) -> bool:
        """Return whether the requirement is for the version and programme of `scope`."""
        return scope.version in self.versions and scope.programme in self.programmes

    @property
    def level_label(self) -> str:
        """Return the level, or that the requirement, or its level, is newer than the edition under test."""
        if self.newer_than:
            return f"newer than edition {self.newer_than}"
        return f"{self.level}, in newer editions {self.raised_to}" if self.raised_to else str(self.level)

    def is_in(self, edition: str) -> bool:
        """Return whether the edition has the requirement."""
        return bool(self._programmes_in(edition))

    def in_edition(self, edition: str) -> Requirement:
        """Return the requirement with the programmes and the level of an edition; no version if it lacks it."""
        programmes = self._programmes_in(edition)
        levels = [level for first, level in sorted((self.levels or {}).items()) if first <= edition]
        return replace(
            self,
            level=Level(levels[-1]) if levels else self.level,
            programmes=programmes or self.programmes,
            versions=self.versions if programmes else (),
        )

    def _programmes_in(self, edition: str) -> tuple[str, ...]:
        return tuple(each for each in self.programmes if covers(self.since, self.until, edition, each))

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Requirement:
        """Return the requirement of an entry of the registry or of a journal's plan."""
        lists = {name: tuple(entry[name]) for name in ("versions", "programmes", "sources")}
        statement = " ".join(entry["statement"].split())
        raised = Level(entry["raised_to"]) if entry.get("raised_to") else None
        level = Level(entry["level"])
        return cls(**{**entry, **lists, "level": level, "raised_to": raised, "statement": statement})

    def to_mapping(self) -> dict[str, Any]:
        """Return the mapping that `from_mapping` reads."""
        return asdict(self)


def covers(since: Span, until: Span, edition: str, programme: str) -> bool:
    """Return whether an edition is one of those from `since` on and before `until`, for a programme."""
    first, last = _of(since, programme), _of(until, programme)
    return (first or edition) <= edition and (last is None or edition < last)


def _of(span: Span, programme: str) -> str | None:
    return span.get(programme) if isinstance(span, Mapping) else span


class Registry:
    """The requirements by id, in the order of the files."""

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        self._by_id: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._by_id:
                raise UsageError(f"The requirement {requirement.id} is defined twice; remove one.")
            self._by_id[requirement.id] = requirement

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __getitem__(self, requirement_id: str) -> Requirement:
        try:
            return self._by_id[requirement_id]
        except KeyError:
            raise UnknownRequirementError(
                f"There is no requirement {requirement_id!r}; add it to suites/requirements/ or correct the id."
            ) from None

    def matching(self, name: str) -> tuple[Requirement, ...]:
        """Return the requirement with the id `name`, or those of the area. Raise UsageError, with the nearest names."""
        found = tuple(each for each in self if name in (each.id, each.area))
        if found:
            return found
        near = difflib.get_close_matches(name, {*self._by_id, *(each.area for each in self)}, n=3, cutoff=0.7)
        advice = f"did you mean {' or '.join(near)}?" if near else "`requirement list` lists them all."
        raise UsageError(f"{name} is neither a requirement nor an area of requirements; {advice}")

    @classmethod
    def load(cls, folder: Path | None = None) -> Registry:
        """Return the requirements in the files of `folder`, by default `suites/requirements`.

        Raise UsageError, with file and place, for a file that is not valid.
        """
        paths = sorted((folder or suites_root() / "requirements").glob("*.yaml"))
        files = (yaml_file.read_own(path, schema="requirements") for path in paths)
        return cls(Requirement.from_mapping(entry) for entries in files for entry in entries)
