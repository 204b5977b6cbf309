"""The two journals of a run, `results.ndjson` and `exchanges.ndjson`: the truth that every report is made from.

Each line is one JSON object that is written whole, with a single append, the moment it is known; that of an exchange
while the next one is on its way, or before anything else is written. So several processes may write to the same files,
and a run that is killed loses at most its last line. `schemas/journal.schema.json` describes the lines of both.
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
REMEMBERED = 30


class JournalError(UsageError):
    """A folder that holds no journals, or journals that this version cannot read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test found out about one requirement.

    `reason` says what was wrong or why it could not run, `remedy` what the user can do about it, and `exchanges`
    are the ids of the exchanges that show it, in order. `checked_at` is the place in the suites that decided. Failures
    of one requirement that have the same `cause` are one failure, in whichever tests they were found.
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
        """The journal's line for this finding."""
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
        """The finding that a journal's line tells of."""
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
    """Writes the journals of one run; every process of the run has one of its own on the same files."""

    def __init__(self, folder: Path, *, process: str = "main") -> None:
        self.folder = folder
        self._process = process
        self._exchanges_written = 0
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=REMEMBERED)
        self._owed: deque[Callable[[], object]] = deque()
        self._results = _Appended(folder / RESULTS)
        self._exchanges = _Appended(folder / EXCHANGES)
        folder.mkdir(parents=True, exist_ok=True)

    def write_result(self, line: Mapping[str, Any]) -> None:
        """Append one line to `results.ndjson`."""
        self.catch_up()
        self._results.append(line)

    def write_exchange(self, line: Mapping[str, Any]) -> None:
        """Append one line to `exchanges.ndjson`."""
        self.catch_up()
        self._append(line)

    def owe_exchange(self, line: Callable[[], Mapping[str, Any]], *before: Callable[[], object]) -> None:
        """Append a line to `exchanges.ndjson` when there is time to make it, and to do what comes before: see
        `catch_up`.
        """
        self.catch_up()
        self.owe(*before, lambda: self._append(line()))

    def owe(self, *steps: Callable[[], object]) -> None:
        """Do something, in short steps that write and send nothing, when there is time."""
        self._owed.extend(steps)

    def catch_up(self, until: Callable[[], bool] = bool) -> None:
        """Do what is owed, step by step, if need be only `until` something is so. While a server works on the next
        request this costs no time.
        """
        while self._owed:
            self._owed.popleft()()
            if until():
                return

    def _append(self, line: Mapping[str, Any]) -> None:
        self._recent.append(line)
        self._exchanges.append(line)

    def recent_exchanges(self, test: str) -> tuple[Mapping[str, Any], ...]:
        """The last exchanges of a test, in order, as far as this process remembers them."""
        self.catch_up()
        return tuple(line for line in self._recent if line["test"] == test)

    def next_exchange_id(self) -> str:
        """An id that no other exchange of the run has, in the order of this process's exchanges."""
        self._exchanges_written += 1
        return f"{self._process}-{self._exchanges_written:05d}"


def written(line: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """A line as the journals hold it, and other files of a run's own."""
    try:
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # half of a surrogate pair, or a number that takes more than 64 bits
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace") + b"\n"


def parsed(raw: bytes) -> dict[str, Any] | None:
    """A line that was read from a journal; None if it was cut off or is not one."""
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _parsed_exchange(raw: bytes) -> dict[str, Any] | None:
    """What `parsed` gives, in a third of the time: there are many exchanges, and no long numbers in them."""
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:  # it is damaged, or holds half of a surrogate pair
        return parsed(raw)
    return line if isinstance(line, dict) else None


class _Appended:
    """A file that this process appends to, a line a call. It is opened with the first, and stays open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def append(self, line: Mapping[str, Any]) -> None:
        """Append one line with a single write: a line of another process never comes in between."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            weakref.finalize(self, os.close, self._descriptor)
        os.write(self._descriptor, written(line))


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a run left behind.

    `run` is the line that opened the results (target, suite, contract, machine, clock), `plan` the one that says which
    requirements and scopes it meant to test. `tests` counts the tests that came to an end.
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


def read(folder: Path) -> Record:
    """Read the journals in `folder`.

    A last line that was cut off when the run was killed is counted in `damaged_lines` and passed over.
    Raises JournalError when there are no journals or their format is another one.
    """
    results = folder / RESULTS
    if not results.is_file():
        raise JournalError(f"There is no {RESULTS} in {folder}; name the folder that a run has written.")
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
        raise JournalError(f"{results} does not say which run it belongs to; the run was stopped before it began.")
    if run["format"] != FORMAT:
        raise JournalError(
            f"{results} is of format {run['format']} and this version reads format {FORMAT}; "
            "use the version of the suite that wrote it."
        )
    exchanges: dict[str, Mapping[str, Any]] = {}
    for line in _lines(folder / EXCHANGES, _parsed_exchange):
        if line is None:
            damaged += 1
        else:
            exchanges[line["id"]] = line
    return Record(
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


def _lines(path: Path, parse: Callable[[bytes], dict[str, Any] | None] = parsed) -> Iterator[dict[str, Any] | None]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        yield from map(parse, file)


def decisive_exchange(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The exchange that shows what a finding found: the first that breaks its requirement, else the last."""
    known = [exchanges[each] for each in finding.exchanges if each in exchanges]
    for exchange in known:
        if any(violation["requirement"] == finding.requirement for violation in exchange["violations"]):
            return exchange
    return known[-1] if known else None
