"""Write the journals of a session."""

from __future__ import annotations

import platform
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lead_provider_conformance import __version__
from lead_provider_conformance.config.profile import Profile
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.contract import Contract, document_name
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Ending, ReportFolderError, Scope, UsageError
from lead_provider_conformance.readiness.script import Attestation, Task
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.files import REPORTS, SIGNATURE_SUFFIX, VERDICT
from lead_provider_conformance.results.journal import EXCHANGES, FORMAT, RESULTS, Finding, Journal

LOG = "command.log"
ARTEFACTS = (*REPORTS, VERDICT + SIGNATURE_SUFFIX, RESULTS, EXCHANGES, LOG)
"""The files that a session writes into its report folder."""
MEBIBYTE = 1024 * 1024
QUOTA = 512 * MEBIBYTE
"""The bytes that the journals of a session may have by default. Judging them takes up to five times as much memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The client under test, as the first lines of the journal describe it.

    `operations` are the operationIds that it uses; None for all. `settings` are the profile's other settings,
    and `file` is the path of the profile.
    """

    name: str
    description: str
    scope: Scope
    edition: str
    drive: str
    base_url: str
    seed: int
    operations: frozenset[str] | None = None
    settings: Mapping[str, Any]
    requirements: Sequence[Requirement] = ()
    waivers: Sequence[Waiver] = ()
    file: str | None = None

    @classmethod
    def of(
        cls,
        profile: Profile,
        requirements: Iterable[Requirement],
        *,
        base_url: str,
        seed: int,
        file: str | None = None,
    ) -> Subject:
        """Return the client of a profile."""
        return cls(
            name=profile.name,
            description=profile.description,
            scope=Scope(profile.version, profile.programme),
            edition=profile.edition,
            drive=profile.drive,
            base_url=base_url,
            seed=seed,
            operations=profile.operations,
            settings=profile.settings,
            requirements=tuple(requirements),
            waivers=profile.waivers,
            file=file,
        )


class JournalWriter(Protocol):
    """A place for the lines of the journals: files, or a database."""

    @property
    def is_new(self) -> bool:
        """Whether it has no line yet."""

    @property
    def size(self) -> int:
        """The number of its bytes."""

    def write_result(self, line: Mapping[str, Any], /) -> None:
        """Append a line to the results."""

    def write_exchange(self, line: Mapping[str, Any], /) -> None:
        """Append an exchange."""


class Recorder:
    """Append the lines of a session to the journals in `folder`.

    Nothing is written before the first exchange, so that a session without any leaves an earlier report alone.
    Raises ReportFolderError if a line cannot be written.
    """

    def __init__(
        self, folder: Path, subject: Subject, *, quota: int = QUOTA, journal: JournalWriter | None = None
    ) -> None:
        """`quota` is the number of bytes after which the journals are full. `journal` replaces the files in `folder`.

        A `journal` that has lines already is continued.
        """
        self.folder = folder
        self.subject = subject
        self.quota = quota
        self.started_at = datetime.now(UTC)
        self.exchanges = 0
        """The number of exchanges so far."""
        self._journal: JournalWriter | None = None
        self._given = journal
        self._waiting: list[Mapping[str, Any]] = [self._run_line(), self._plan_line()]
        self._waiting_log = b""
        self.situations = 0
        """The number of armed situations so far."""

    def check_folder(self) -> None:
        """Raise UsageError if the folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise UsageError(
                f"--report-dir {self.folder} cannot be written: {error.strerror}; give another folder."
            ) from None

    @property
    def is_full(self) -> bool:
        """Whether the journals have reached their quota."""
        return self._journal is not None and self._journal.size >= self.quota

    @property
    def has_earlier(self) -> bool:
        """Whether the folder has the report of an earlier run."""
        return any((self.folder / name).exists() for name in ARTEFACTS)

    @property
    def has_log(self) -> bool:
        """Whether the command's output is, or will be, in the log: not while an earlier report may be left alone."""
        return self._journal is not None or not self.has_earlier

    @property
    def unwritten_log(self) -> str:
        """The command's output that no log has."""
        return self._waiting_log.decode("utf-8", "replace") if self._journal is None else ""

    def act(self, name: str, phase: str, reason: str | None = None) -> None:
        """Record that an act begins or ends, or that it is skipped for a reason."""
        self._write({"kind": "act", "act": name, "phase": phase, "at": timestamp(), "reason": reason})

    def cue_begins(self, act: str, number: int, text: str, offset: float, tasks: Iterable[Task]) -> None:
        """Record a cue with its tasks."""
        lines = [task.to_line() for task in tasks]
        self._cue(act, number, "begin", offset=offset, text=text, tasks=lines, status=None, problem=None)

    def cue_ends(self, act: str, number: int, status: int | None, problem: str | None, offset: float) -> None:
        """Record the end of a cue: the exit status of the command, and why it did not end as planned."""
        self._cue(act, number, "end", offset=offset, text=None, tasks=[], status=status, problem=problem)

    def _cue(self, act: str, number: int, phase: str, **content: Any) -> None:
        self._write({"kind": "cue", "act": act, "number": number, "phase": phase, "at": timestamp(), **content})

    def event(self, name: str, act: str, offset: float, facts: Mapping[str, Any]) -> None:
        """Record an event behind the API."""
        line = {"kind": "event", "event": name, "act": act, "at": timestamp(), "offset": offset, "facts": dict(facts)}
        self._write(line)

    def armed(self, name: str, act: str, facts: Mapping[str, Any]) -> str:
        """Record that a situation is armed, and return its id."""
        self.situations += 1
        situation_id = f"s-{self.situations:04d}"
        self._situation(situation_id, name, act, "armed", facts=dict(facts))
        return situation_id

    def delivered(self, situation_id: str, name: str, act: str, exchange: str) -> None:
        """Record that a situation was delivered with an exchange."""
        self._situation(situation_id, name, act, "delivered", exchange=exchange)

    def withdrawn(self, situation_id: str, name: str, act: str, problem: str | None) -> None:
        """Record that a situation was taken back."""
        self._situation(situation_id, name, act, "withdrawn", problem=problem)

    def _situation(self, situation_id: str, name: str, act: str, phase: str, **content: Any) -> None:
        line = {"kind": "situation", "id": situation_id, "situation": name, "act": act, "phase": phase}
        self._write({**line, "at": timestamp(), "facts": {}, "exchange": None, "problem": None, **content})

    def attestation(self, attestation: Attestation) -> None:
        """Record the provider's statement about an obligation."""
        line = {"requirement": attestation.requirement, "by": attestation.by, "on": attestation.on}
        self._write({"kind": "attestation", **line, "note": attestation.note})

    def next_exchange_id(self) -> str:
        """Return the id of a new exchange; ids increase in the order of the requests."""
        self.exchanges += 1
        return f"client-{self.exchanges:06d}"

    def exchange(self, line: Mapping[str, Any]) -> None:
        """Record an exchange."""
        self._opened().write_exchange(line)

    def log(self, output: bytes) -> None:
        """Append the output of the client's command to the log, which is for people only."""
        if self._journal is None:
            self._waiting_log += output
        else:
            self._append_log(output)

    def end(self, ending: Ending) -> None:
        """Record the end of the session."""
        self._write({"kind": "end", "ending": str(ending), "at": timestamp()})

    def open(self) -> None:
        """Write the journals, though there was no exchange."""
        self._opened()

    def findings(self, findings: Iterable[Finding]) -> None:
        """Record the findings of the judge."""
        for each in findings:
            self._write(each.to_line())

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._journal is None:
            self._waiting.append(line)
        else:
            self._journal.write_result(line)

    def _opened(self) -> JournalWriter:
        if self._journal is None:
            self._journal = self._given or self._files()
            for line in self._waiting if self._journal.is_new else ():
                self._journal.write_result(line)
            self._waiting.clear()
            if self._waiting_log:
                self._append_log(self._waiting_log)
        return self._journal

    def _files(self) -> Journal:
        """Return new journals in the folder, in the place of the report of an earlier run."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in ARTEFACTS:
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise ReportFolderError(self.folder, error) from None
        return Journal(self.folder)

    def _append_log(self, output: bytes) -> None:
        try:
            with (self.folder / LOG).open("ab") as log:
                log.write(output)
        except OSError as error:
            raise ReportFolderError(self.folder, error) from None

    def _run_line(self) -> Mapping[str, Any]:
        subject = self.subject
        document = document_name(subject.edition, subject.scope)
        return {
            "kind": "run",
            "format": FORMAT,
            "id": str(uuid.uuid4()),
            "started_at": timestamp(self.started_at),
            "subject": "client",
            "suite": {"version": __version__},
            "contract": {"edition": subject.edition, "hashes": {document: Contract.load(document).hash}},
            "target": {
                "name": subject.name,
                "description": subject.description,
                "base_url": subject.base_url,
                "safety": "sandbox",
                "tokens": 1,
                "operations": None if subject.operations is None else sorted(subject.operations),
                **({"file": subject.file} if subject.file else {}),
            },
            "client": {
                "version": subject.scope.version,
                "programme": subject.scope.programme,
                "drive": subject.drive,
                "settings": dict(subject.settings),
            },
            "profile": "standard",
            "seed": subject.seed,
            "machine": {"python": platform.python_version(), "platform": platform.platform(terse=True)},
        }

    def _plan_line(self) -> Mapping[str, Any]:
        scope = self.subject.scope
        return {
            "kind": "plan",
            "scopes": [{"version": scope.version, "programme": scope.programme}],
            "requirements": [each.to_mapping() for each in self.subject.requirements],
            "waivers": [each.to_mapping() for each in self.subject.waivers],
        }


def timestamp(at: datetime | None = None) -> str:
    """Return a time in UTC, by default now, as the journals of a session write it: with microseconds."""
    return journal.timestamp(at, "microseconds")
