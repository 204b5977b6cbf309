"""Render the transitions of the stateful model as tables, for `docs/lifecycles.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lead_provider_conformance.fuzzing.stateful.steps import Expected
from lead_provider_conformance.fuzzing.stateful.successors import (
    TRANSITIONS_OF_ECT_SERVICE,
    TRANSITIONS_OF_NPQ_SERVICE,
)
from lead_provider_conformance.fuzzing.stateful.transitions import EVERY, TRANSITIONS, Transition

_INTRODUCTION = """## What a server must accept and refuse

Generated journeys send sequences of requests about one person. These tables say what a server must do with each
request. The first row that matches decides. *Published* means that a published text promises the result, and *deployed*
that the deployed service's own tests do. Journeys skip requests whose result is *not known*, and those
without a row.
"""
_RESULTS: Mapping[Expected, tuple[str, str]] = {
    Expected.ACCEPTED: ("accept", "published"),
    Expected.ACCEPTED_AS_DEPLOYED: ("accept", "deployed"),
    Expected.REFUSED: ("refuse", "published"),
    Expected.REFUSED_AS_DEPLOYED: ("refuse", "deployed"),
    Expected.UNKNOWN: ("not known", ""),
}
_OWN_OF_NPQ_SERVICE = TRANSITIONS_OF_NPQ_SERVICE[: -len(TRANSITIONS)]
_TABLES: Mapping[str, Sequence[Transition]] = {
    "Editions 2024-12 and 2025-04": TRANSITIONS,
    "Edition 2026-08, ECT service": TRANSITIONS_OF_ECT_SERVICE,
    "Edition 2026-08, NPQ service": _OWN_OF_NPQ_SERVICE,
}
_NOTES = {"Edition 2026-08, NPQ service": "Where no row matches, the table of the earlier editions decides.\n"}


def journeys_section() -> str:
    """Return the section with a table for each service."""
    tables = (f"### {title}\n\n{_NOTES.get(title, '')}\n{_table(rows)}" for title, rows in _TABLES.items())
    return "\n".join([_INTRODUCTION, *(each.replace("\n\n\n", "\n\n") for each in tables)])


def _table(rows: Sequence[Transition]) -> str:
    return "\n".join(["| request | if | result | source |", "|---|---|---|---|", *map(_line, rows), ""])


def _line(row: Transition) -> str:
    actions = "any other" if row.actions == EVERY else ", ".join(sorted(row.actions))
    result, source = _RESULTS[row.expected]
    return f"| {actions} | {'; '.join(_conditions(row)) or 'always'} | {result} | {source} |"


def _conditions(row: Transition) -> Iterator[str]:
    for name, wanted in row.conditions.items():
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        yield f"{name}: {' or '.join(str(each) or 'none' for each in values)}"
