"""Read a file `errata.yaml`: differences between the published documents, the contract and the deployed service.

Tests check that every difference has an entry and that every entry has a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.contract.published import Difference

from lead_provider_conformance.contract.source import ContractError, Source
from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import problems


@dataclass(frozen=True, slots=True)
class Erratum:
    """A known difference between the published documents and the contract. In a pattern, `*` matches any text."""

    operation: str
    """A pattern of method and path: `PUT /api/v3/participants/*`."""
    what: tuple[str, ...]
    """Patterns of the place and the aspect: `200 data*.attributes.cohort required`."""
    published: str
    here: str
    why: str
    evidence: tuple[str, ...]
    programme: str | None = None
    """`ecf` or `npq`: the service of edition 2026-08; None for all."""

    def covers(self, difference: Difference) -> bool:
        """Return whether this entry is about `difference`."""
        return any(self.covers_with(what, difference) for what in self.what)

    def covers_with(self, what: str, difference: Difference) -> bool:
        """Return whether this entry is about `difference` by the pattern `what`."""
        pairs = (
            (self.operation, difference.operation),
            (what, difference.what),
            (self.published, difference.published),
            (self.here, difference.here),
        )
        return all(matches(pattern, text) for pattern, text in pairs)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A known violation of the contract by the deployed service."""

    operation: str
    """A pattern of method and path."""
    status: int
    rule: str
    """The rule of the violation, such as `documented-status`."""
    what: str
    """A pattern of the place and the message: `/data/attributes/voided *`."""
    why: str
    evidence: tuple[str, ...]
    programme: str | None = None
    """As in `Erratum`."""


@dataclass(frozen=True, slots=True)
class Errata:
    """The content of `errata.yaml`."""

    errata: tuple[Erratum, ...]
    deviations: tuple[Deviation, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Errata:
        """Return the errata in `path`, by default in `openapi/`. Raise `ContractError` if the file is not valid."""
        path = path or contract_root() / "errata.yaml"
        source = Source(path, f"{path.parent.name}/{path.name}")
        for problem in problems("errata", source.data):
            raise ContractError(f"{source.label}: {problem}")
        return cls(
            tuple(
                Erratum(
                    operation=entry["operation"],
                    what=_several(entry["what"]),
                    published=entry.get("published", "*"),
                    here=entry.get("here", "*"),
                    why=entry["why"],
                    evidence=tuple(entry["evidence"]),
                    programme=entry.get("programme"),
                )
                for entry in source.data["errata"]
            ),
            tuple(Deviation(**entry | {"evidence": tuple(entry["evidence"])}) for entry in source.data["deviations"]),
        )

    def of(self, programme: str) -> Errata:
        """Return the entries of a programme's service, with those of all services."""
        applies = {None, programme}
        return Errata(
            tuple(each for each in self.errata if each.programme in applies),
            tuple(each for each in self.deviations if each.programme in applies),
        )

    def uncovered(self, differences: Iterable[Difference]) -> tuple[Difference, ...]:
        """Return the differences without an entry."""
        return tuple(each for each in differences if not any(erratum.covers(each) for erratum in self.errata))

    def stale(self, differences: Sequence[Difference]) -> tuple[str, ...]:
        """Return the entries without a difference, by operation and pattern."""
        return tuple(
            f"{erratum.operation} {what}"
            for erratum in self.errata
            for what in erratum.what
            if not any(erratum.covers_with(what, each) for each in differences)
        )


def matches(pattern: str, text: str) -> bool:
    """Return whether `text` matches `pattern`, in which `*` is any text."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
