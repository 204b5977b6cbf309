"""Read the journal of a session as the rules need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.readiness.trace import Trace, trace_of
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, parse_line


class NoSessionError(UsageError):
    """The folder has no journal of a client's session."""


def read_trace(folder: Path) -> Trace:
    """Return the trace of the session in a report folder. Truncated lines are skipped. Raise NoSessionError."""
    lines = list(_lines(folder / RESULTS))
    run = next((line for line in lines if line.get("kind") == "run" and line.get("subject") == "client"), None)
    if run is None:
        raise NoSessionError(f"{folder} has no session of a client; name the report folder of one.")
    return trace_of(run, lines, _lines(folder / EXCHANGES))


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for raw in file:
            if (line := parse_line(raw)) is not None:
                yield line
