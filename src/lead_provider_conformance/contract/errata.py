"""Where the contract differs from the published documents, and where the deployed service differed from the contract.

Every difference must be covered by an entry of `errata.yaml`, and every entry must cover a difference: so the file
says, at any time, the whole truth and nothing that has gone stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.errors import ContractError
from lead_provider_conformance.contract.facts import Difference
from lead_provider_conformance.contract.source import Source
from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import problems


@dataclass(frozen=True, slots=True)
class Erratum:
    """A known difference between the published documents and the contract. `*` in a pattern is any text."""

    operation: str
    """A pattern for method and path: `PUT /api/v3/participants/*`."""
    what: tuple[str, ...]
    """Patterns for what is different: `200 data*.attributes.cohort required`."""
    published: str
    here: str
    why: str
    evidence: tuple[str, ...]

    def covers(self, difference: Difference) -> bool:
        """Whether this is the entry for `difference`."""
        return any(self.covers_with(what, difference) for what in self.what)

    def covers_with(self, what: str, difference: Difference) -> bool:
        """Whether this is the entry for `difference` by the pattern `what`."""
        pairs = (
            (self.operation, difference.operation),
            (what, difference.what),
            (self.published, difference.published),
            (self.here, difference.here),
        )
        return all(matches(pattern, text) for pattern, text in pairs)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A known breach of the contract by the deployed service."""

    operation: str
    """A pattern for method and path."""
    status: int
    rule: str
    """The rule of the violation, such as `documented-status`."""
    what: str
    """A pattern for where and what: `/data/attributes/voided *`."""
    why: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Errata:
    """All of `errata.yaml`."""

    errata: tuple[Erratum, ...]
    deviations: tuple[Deviation, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Errata:
        """The errata in the file `path`, or those that came with this package. Raises `ContractError`."""
        source = Source(path or contract_root() / "errata.yaml", "openapi/errata.yaml")
        for problem in problems("errata", source.data):
            raise ContractError(f"{source.shown_as}: {problem}")
        return cls(
            tuple(
                Erratum(
                    operation=entry["operation"],
                    what=_several(entry["what"]),
                    published=entry.get("published", "*"),
                    here=entry.get("here", "*"),
                    why=entry["why"],
                    evidence=tuple(entry["evidence"]),
                )
                for entry in source.data["errata"]
            ),
            tuple(Deviation(**entry | {"evidence": tuple(entry["evidence"])}) for entry in source.data["deviations"]),
        )

    def uncovered(self, differences: Iterable[Difference]) -> tuple[Difference, ...]:
        """The differences that no entry speaks of."""
        return tuple(each for each in differences if not any(erratum.covers(each) for erratum in self.errata))

    def stale(self, differences: Sequence[Difference]) -> tuple[str, ...]:
        """The entries, by operation and pattern, that no difference needs."""
        return tuple(
            f"{erratum.operation} {what}"
            for erratum in self.errata
            for what in erratum.what
            if not any(erratum.covers_with(what, each) for each in differences)
        )


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is as `pattern` says, in which `*` is any text and everything else is itself."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
