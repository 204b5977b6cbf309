"""The two journals of a run: `results.ndjson` and `exchanges.ndjson`. Every report is computed from them.

Each line is one JSON object, appended with a single write as soon as it is known. Several processes may therefore write
to the same files, and a killed run loses at most its last line. `schemas/journal.schema.json` describes the lines.
"""

from __future__ import annotations

import json
import os
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lead_provider_conformance.model import Ending, Outcome, Scope, UsageError

FORMAT = 1
RESULTS = "results.ndjson"
EXCHANGES = "exchanges.ndjson"
RECENT_EXCHANGES = 30


class JournalError(UsageError):
    """Raised if a folder has no journals, or this version cannot read them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one requirement in one test.

    `reason` explains a failure or why the test could not run; `remedy` is advice for the user. `exchanges` are the ids
    of the exchanges that show it, in order. `checked_at` is the line of the suites that decided. Failures of one
    requirement with the same `cause` count as one failure across tests.
    """

    requirement: str
    scope: Scope
    outcome: Outcome
    test: str
    reason: str | None = None
    remedy: str | None = None
    checked_at: str | None = None
    exchanges: tuple[str, ...] = ()
    cause: str | None = None

    def to_line(self) -> dict[str, Any]:
        """Return the journal line of this finding."""
        return {
            "kind": "finding",
            "requirement": self.requirement,
            "version": self.scope.version,
            "programme": self.scope.programme,
            "outcome": str(self.outcome),
            "test": self.test,
            "reason": self.reason,
            "remedy": self.remedy,
            "checked_at": self.checked_at,
            "exchanges": list(self.exchanges),
        } | ({"cause": self.cause} if self.cause else {})

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Finding:
        """Return the finding that a journal line describes."""
        return cls(
            requirement=line["requirement"],
            scope=Scope(line["version"], line["programme"]),
            outcome=Outcome(line["outcome"]),
            test=line["test"],
            reason=line["reason"],
            remedy=line["remedy"],
            checked_at=line["checked_at"],
            exchanges=tuple(line["exchanges"]),
            cause=line.get("cause"),
        )


class Journal:
    """Write the journals of a run. Each process of the run has its own instance on the same files."""

    def __init__(self, folder: Path, *, process: str = "main") -> None:
        self.folder = folder
        self._process = process
        self._exchange_count = 0
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=RECENT_EXCHANGES)
        self._results = _LineAppender(folder / RESULTS)
        self._exchanges = _LineAppender(folder / EXCHANGES)
        folder.mkdir(parents=True, exist_ok=True)

    def write_result(self, line: Mapping[str, Any]) -> None:
        """Append one line to `results.ndjson`."""
        self._results.append(line)

    def write_exchange(self, line: Mapping[str, Any]) -> None:
        """Append one line to `exchanges.ndjson`."""
        self._recent.append(line)
        self._exchanges.append(line)

    def recent_exchanges(self, test: str) -> tuple[Mapping[str, Any], ...]:
        """Return the test's exchanges among this process's last RECENT_EXCHANGES, in order."""
        return tuple(line for line in self._recent if line["test"] == test)

    def next_exchange_id(self) -> str:
        """Return an id that is unique in the run and increases within this process."""
        self._exchange_count += 1
        return f"{self._process}-{self._exchange_count:05d}"


def encode_line(line: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Return `line` as compact JSON with a line break."""
    try:
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace") + b"\n"


def parse_line(raw: bytes) -> dict[str, Any] | None:
    """Parse a line of a journal. Return None if it is truncated or not a JSON object."""
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _parse_exchange(raw: bytes) -> dict[str, Any] | None:
    """Parse with orjson, three times as fast: a report of a long run reads many exchanges."""
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:  # truncated, or it holds a lone surrogate
        return parse_line(raw)
    return line if isinstance(line, dict) else None


class _LineAppender:
    """Append lines to a file, which is opened with the first line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def append(self, line: Mapping[str, Any]) -> None:
        """Append one line with a single write, so that lines of other processes never interleave."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            weakref.finalize(self, os.close, self._descriptor)
        os.write(self._descriptor, encode_line(line))


@dataclass(frozen=True, slots=True)
class Journals:
    """The contents of a run's two journals.

    `run` is the first line of the results: target, suite, contract, machine and clock. `plan` is the line that lists
    the planned requirements and scopes. `tests` counts the finished tests.
    """

    folder: Path
    run: Mapping[str, Any]
    plan: Mapping[str, Any]
    findings: tuple[Finding, ...]
    exchanges: Mapping[str, Mapping[str, Any]]
    claims: tuple[Mapping[str, Any], ...]
    ending: Ending
    tests: int
    ended_at: str | None = None
    damaged_lines: int = field(default=0)


def read_journals(folder: Path) -> Journals:
    """Read the journals in `folder`.

    Truncated lines are skipped and counted in `damaged_lines`. Raise JournalError if there are no journals, or if their
    format is not FORMAT.
    """
    results = folder / RESULTS
    if not results.is_file():
        raise JournalError(f"There is no {RESULTS} in {folder}; name the report folder of a run.")
    run: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    findings: list[Finding] = []
    claims: list[Mapping[str, Any]] = []
    tests = damaged = 0
    ending, ended_at = Ending.KILLED, None
    for line in _lines(results):
        if line is None:
            damaged += 1
            continue
        match line.get("kind"):
            case "finding":
                findings.append(Finding.from_line(line))
            case "test":
                tests += 1
            case "claim":
                claims.append(line)
            case "run":
                run = line
            case "plan":
                plan = line
            case "end":
                ending, ended_at = Ending(line["ending"]), line["at"]
    if run is None or plan is None:
        raise JournalError(f"{results} has no run and plan lines; the run stopped before its first test.")
    if run["format"] != FORMAT:
        raise JournalError(
            f"{results} has format {run['format']}, but this version reads format {FORMAT}; "
            "use the version of the suite that wrote it."
        )
    exchanges: dict[str, Mapping[str, Any]] = {}
    for line in _lines(folder / EXCHANGES, _parse_exchange):
        if line is None:
            damaged += 1
        else:
            exchanges[line["id"]] = line
    return Journals(
        folder=folder,
        run=run,
        plan=plan,
        findings=tuple(findings),
        exchanges=exchanges,
        claims=tuple(claims),
        ending=ending,
        tests=tests,
        ended_at=ended_at,
        damaged_lines=damaged,
    )


def _lines(path: Path, parse: Callable[[bytes], dict[str, Any] | None] = parse_line) -> Iterator[dict[str, Any] | None]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        yield from map(parse, file)


def decisive_exchange(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the exchange to show for a finding: the first that breaks its requirement, else the last."""
    known = [exchanges[each] for each in finding.exchanges if each in exchanges]
    for exchange in known:
        if any(violation["requirement"] == finding.requirement for violation in exchange["violations"]):
            return exchange
    return known[-1] if known else None
