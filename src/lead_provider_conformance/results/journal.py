"""The two journals of a run: `results.ndjson` and `exchanges.ndjson`. Every report is computed from them.

Each line is one JSON object, appended with a single write as soon as it is known. Several processes may therefore write
to the same files, and a killed run loses at most its last line. `schemas/journal.schema.json` describes the lines.
"""

from __future__ import annotations

import errno
import json
import os
import weakref
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from lead_provider_conformance.model import Cause, Ending, Outcome, ReportFolderError, Scope, Subject, UsageError

FORMAT = 1
RESULTS = "results.ndjson"
EXCHANGES = "exchanges.ndjson"
RECENT_EXCHANGES = 30
SCRIPT = ("act", "cue", "event", "situation", "attestation", "compared", "contract-change", "journey")
"""The kinds of line that only a client's session, or a comparison of two servers, has."""


class JournalError(UsageError):
    """Raised if a folder has no journals, or this version cannot read them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one requirement in one test.

    `reason` explains a failure or why the test could not run; `remedy` is advice for the user. `exchanges` are the ids
    of the exchanges that show it, in order. `checked_at` is the line of the suites that decided. Failures of one
    requirement in the same `group` count as one failure across tests. `cause` is the cause that the test has
    determined, if any; `results/causes.py` completes it.
    """

    requirement: str
    scope: Scope
    outcome: Outcome
    test: str
    reason: str | None = None
    remedy: str | None = None
    checked_at: str | None = None
    exchanges: tuple[str, ...] = ()
    group: str | None = None
    cause: Cause | None = None
    left_out: bool = False
    """Whether an untested finding is about a part that was left out on purpose, such as the writes of a read-only run.

    The other findings of the requirement decide it, if there are any."""

    def to_line(self) -> dict[str, Any]:
        """Return the journal line of this finding."""
        return {
            "kind": "finding",
            "requirement": self.requirement,
            "version": self.scope.version,
            "programme": self.scope.programme,
            "outcome": self.outcome,
            "test": self.test,
            "reason": self.reason,
            "remedy": self.remedy,
            "checked_at": self.checked_at,
            "exchanges": self.exchanges,
            **({"left_out": True} if self.left_out else {}),
            **({"group": self.group} if self.group else {}),
            **({"cause": asdict(self.cause)} if self.cause else {}),
        }

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Finding:
        """Return the finding that a journal line describes."""
        cause = line.get("cause")  # of earlier runs, it is the group
        return cls(
            requirement=line["requirement"],
            scope=Scope(line["version"], line["programme"]),
            outcome=Outcome(line["outcome"]),
            test=line["test"],
            reason=line["reason"],
            remedy=line["remedy"],
            checked_at=line["checked_at"],
            exchanges=tuple(line["exchanges"]),
            group=cause if isinstance(cause, str) else line.get("group"),
            cause=Cause(**cause) if isinstance(cause, dict) else None,
            left_out=line.get("left_out", False),
        )


class Journal:
    """Write the journals of a run. Each process of the run has its own instance on the same files."""

    def __init__(self, folder: Path, *, process: str = "main") -> None:
        self.folder = folder
        self._process = process
        self._exchange_count = 0
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=RECENT_EXCHANGES)
        self._descriptors: dict[str, int] = {}
        self.size = 0
        """The bytes that this process has written."""
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_new(self) -> bool:
        """Whether this process has written nothing yet."""
        return self.size == 0

    def write_result(self, line: Mapping[str, Any]) -> None:
        """Append one line to `results.ndjson`."""
        self._append(RESULTS, line)

    def write_exchange(self, line: Mapping[str, Any]) -> None:
        """Append one line to `exchanges.ndjson`."""
        self._recent.append(line)
        self._append(EXCHANGES, line)

    def recent_exchanges(self, test: str) -> tuple[Mapping[str, Any], ...]:
        """Return the test's exchanges among this process's last RECENT_EXCHANGES, in order."""
        return tuple(line for line in self._recent if line["test"] == test)

    def next_exchange_id(self) -> str:
        """Return an id that is unique in the run and increases within this process."""
        self._exchange_count += 1
        return f"{self._process}-{self._exchange_count:05d}"

    def _append(self, name: str, line: Mapping[str, Any]) -> None:
        """Append a line with a single write, so that lines of other processes never interleave.

        Raise ReportFolderError if it cannot be written.
        """
        content = encode_line(line)
        try:
            if name not in self._descriptors:
                descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
                weakref.finalize(self, os.close, descriptor)
                self._descriptors[name] = descriptor
            written = os.write(self._descriptors[name], content)
            if written < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise ReportFolderError(self.folder, error) from None
        self.size += len(content)


def timestamp(at: datetime | None = None, timespec: str = "milliseconds") -> str:
    """Return a time in UTC, by default now, as journals write it."""
    return (at or datetime.now(UTC)).isoformat(timespec=timespec).replace("+00:00", "Z")


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
        line = orjson.loads(raw)  # three times as fast: a report of a long run reads many exchanges
    except orjson.JSONDecodeError:  # truncated, or it holds a lone surrogate
        try:
            line = json.loads(raw)
        except ValueError:
            return None
    return line if isinstance(line, dict) else None


@dataclass(frozen=True, slots=True)
class Journals:
    """The contents of a run's two journals.

    `run` is the first line of the results: target, suite, contract, machine and clock. `plan` is the line that lists
    the planned requirements and scopes. `tests` counts the finished tests of a server, or acts of a client's session.
    `script` has the other lines of a session, in order.
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
    damaged_lines: int = 0
    script: tuple[Mapping[str, Any], ...] = ()

    @property
    def subject(self) -> Subject:
        """Return whether the run judged a server or a client."""
        return Subject(self.run.get("subject", Subject.SERVER))


def read_journals(folder: Path) -> Journals:
    """Read the journals in `folder`.

    Truncated lines are skipped and counted in `damaged_lines`. Raise JournalError if there are no journals, or if their
    format is not FORMAT.
    """
    results = folder / RESULTS
    if not results.is_file():
        raise JournalError(f"There is no {RESULTS} in {folder}; run the suite, or name the report folder of a run.")
    lines, damaged_results = _read_lines(results)
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        by_kind[line.get("kind", "")].append(line)
    if not by_kind["run"] or not by_kind["plan"]:
        raise JournalError(f"{results} has no run and plan lines; the run stopped before its first test.")
    run = by_kind["run"][-1]
    if run["format"] != FORMAT:
        raise JournalError(
            f"{results} has format {run['format']}, but this version reads format {FORMAT}; "
            "use the version of the suite that wrote it."
        )
    exchanges, damaged_exchanges = _read_lines(folder / EXCHANGES)
    end = (by_kind["end"] or [{"ending": Ending.KILLED, "at": None}])[-1]
    return Journals(
        folder=folder,
        run=run,
        plan=by_kind["plan"][-1],
        findings=tuple(map(Finding.from_line, by_kind["finding"])),
        exchanges={line["id"]: line for line in exchanges},
        claims=tuple(by_kind["claim"]),
        ending=Ending(end["ending"]),
        tests=len(by_kind["test"]) + sum(line["phase"] == "end" for line in by_kind["act"]),
        ended_at=end["at"],
        damaged_lines=damaged_results + damaged_exchanges,
        script=tuple(line for line in lines if line.get("kind") in SCRIPT),
    )


def _read_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of a journal, and the number of those that are damaged."""
    if not path.is_file():
        return [], 0
    with path.open("rb") as file:
        lines = [parse_line(raw) for raw in file]
    return [line for line in lines if line is not None], lines.count(None)


def decisive_exchange(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the exchange to show for a finding: the first that breaks its requirement, else the last."""
    known = [exchanges[each] for each in finding.exchanges if each in exchanges]
    for exchange in known:
        if any(violation["requirement"] == finding.requirement for violation in exchange["violations"]):
            return exchange
    return known[-1] if known else None
