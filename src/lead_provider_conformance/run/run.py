"""One run: its target and scopes, its folder, and the resources that its processes share."""

from __future__ import annotations

import json
import platform
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from lead_provider_conformance import __version__
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.contract import document_name, operation_ids
from lead_provider_conformance.contract.own_document import OwnDocument
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.http import Credential, Redactor, Transport
from lead_provider_conformance.http.attempt import Request
from lead_provider_conformance.http.pseudonyms import Pseudonymiser
from lead_provider_conformance.http.rate_limit import RateLimit
from lead_provider_conformance.http.redaction import LABELS
from lead_provider_conformance.model import Ending, Level, Scope, TimeLimit, UsageError
from lead_provider_conformance.resources import write_atomically
from lead_provider_conformance.results.journal import FORMAT, Finding, Journal, encode_line, timestamp
from lead_provider_conformance.results.waivers import waived_requirements
from lead_provider_conformance.run.earlier_report import EarlierReport
from lead_provider_conformance.run.notices import Notices
from lead_provider_conformance.run.own_document import AREA, Observations, read_documents

WORKSPACE = ".work"
DOCUMENTS = "own-documents.json"  # in the workspace
OBSERVATIONS = "own-document"  # in the workspace, a file for each process


@dataclass(frozen=True)
class Run:
    """The settings and resources of a run, in each of its processes.

    `registry` holds the requirements of the `edition`. `shard` is the part of the run to execute.
    Generated tests use `seed`, `profile`, `requests` (their number for each version) and `fresh` (a second seed).
    """

    target: Target
    edition: str
    registry: Registry
    scopes: tuple[Scope, ...]
    folder: Path
    profile: str
    seed: int
    requests: int
    process: str = "main"
    fail_on: Level = Level.MUST
    pseudonymise: bool = False
    fresh: int | None = None
    shard: Shard = WHOLE
    time_limit: TimeLimit | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def journal(self) -> Journal:
        """The journals, as this process writes them."""
        return Journal(self.folder, process=self.process)

    @cached_property
    def transport(self) -> Transport:
        """This process's connection to the target."""
        return Transport(self.target)

    @cached_property
    def redactor(self) -> Redactor:
        """Redacts the target's tokens, and with --pseudonymise the data of people, in everything that is written."""
        return (Pseudonymiser if self.pseudonymise else Redactor).of(self.target)

    @cached_property
    def rate_limit(self) -> RateLimit:
        """The rate limit that all processes of the run share."""
        return RateLimit(self.target.rate, self.workspace / "pace")

    @cached_property
    def accepted(self) -> dict[str, Request]:
        """The latest GET that the server accepted with each Authorization header."""
        return {}

    @cached_property
    def found_operations(self) -> set[str]:
        """The operations that the server has, as this process has seen."""
        return set()

    @cached_property
    def notices(self) -> Notices:
        """The messages for the terminal."""
        return Notices(self.workspace / "notices")

    @cached_property
    def calendar(self) -> Calendar:
        """The cohorts, schedules and milestone windows."""
        return Calendar.load(self.edition)

    @cached_property
    def observations(self) -> Observations | None:
        """Compares this process's responses with the target's own documents; None if it names none."""
        if not self.target.documents:
            return None
        return Observations(OwnDocument(json.loads((self.workspace / DOCUMENTS).read_bytes())))

    @property
    def workspace(self) -> Path:
        """The folder of files that the processes share. It is deleted after the run."""
        return self.folder / WORKSPACE

    @cached_property
    def credentials(self) -> tuple[Credential, ...]:
        """The credential of each token, with the name that reports use."""
        return tuple(
            Credential.bearer(label.lstrip("$"), token)
            for label, token in zip(LABELS, self.target.tokens, strict=False)
        )

    def contract(self, scope: Scope) -> Contract:
        """Return the contract of a scope in the run's edition."""
        return Contract.of(self.edition, scope)

    def open(self) -> None:
        """Move the files of an earlier run into the workspace and write the first lines of the journal.

        Raise UsageError if the folder cannot be written, or the target's own documents cannot be used.
        """
        documents = read_documents(self.target)
        try:
            self.earlier.set_aside()
        except OSError as error:
            raise UsageError(
                f"--report-dir {self.folder} cannot be written: {error.strerror}; give another folder."
            ) from None
        write_atomically(self.workspace / DOCUMENTS, encode_line(documents))
        self.journal.write_result(self._opening_line())
        self.journal.write_result(self._plan_line())

    @property
    def earlier(self) -> EarlierReport:
        """The report of an earlier run in the folder."""
        return EarlierReport(self.folder, self.workspace)

    def save_observations(self) -> None:
        """Save the observations of this process for the end of the run."""
        if self.observations:
            self.observations.save(self.workspace / OBSERVATIONS / f"{self.process}.json")

    def close(self, ending: Ending, findings: Iterable[Finding] = ()) -> None:
        """Write `findings` and the last lines, and delete the workspace. Raise ReportFolderError on a full disk."""
        try:
            for finding in findings:
                self.journal.write_result(finding.to_line())
            if self.observations:
                for file in (self.workspace / OBSERVATIONS).glob("*.json"):
                    self.observations.join(file)
                complete = ending is Ending.FINISHED and self.shard == WHOLE
                contracts = {scope: self.contract(scope) for scope in self.scopes}
                for finding in self.observations.findings(contracts, complete=complete):
                    self.journal.write_result(finding.to_line())
            self.journal.write_result({"kind": "end", "ending": str(ending), "at": timestamp()})
        finally:
            shutil.rmtree(self.workspace, ignore_errors=True)

    def end_early(self, ending: Ending) -> None:
        """Record, for every process of the run, why no more requests can be sent."""
        (self.workspace / ending).touch()

    @property
    def early_ending(self) -> Ending | None:
        """Why no more requests can be sent; None if they can."""
        endings = (Ending.TARGET_LOST, Ending.OUT_OF_TIME)
        return next((each for each in endings if (self.workspace / each).exists()), None)

    def waived_requirements(self, scope: Scope) -> frozenset[str]:
        """Return the ids of the requirements that waivers in force name."""
        return waived_requirements(self.target.waivers, scope, self.started_at.date())

    def _opening_line(self) -> dict[str, object]:
        documents = sorted({document_name(self.edition, scope) for scope in self.scopes})
        return {
            "kind": "run",
            "format": FORMAT,
            "id": str(uuid.uuid4()),
            "started_at": timestamp(self.started_at),
            "suite": {"version": __version__},
            "contract": {"edition": self.edition, "hashes": {each: Contract.load(each).hash for each in documents}},
            "target": {
                "name": self.target.name,
                "description": self.target.description,
                "base_url": self.target.base_url,
                "safety": str(self.target.safety),
                "tokens": len(self.target.tokens),
                "operations": sorted(self.target.operations) if self.target.operations is not None else None,
                **({"file": self.target.file_name} if self.target.file_name else {}),
                **({"started": True} if self.target.start else {}),
            },
            "profile": self.profile,
            "seed": self.seed,
            **({} if self.shard == WHOLE else {"shards": [str(self.shard)]}),
            "machine": {"python": platform.python_version(), "platform": platform.platform(terse=True)},
        }

    def _plan_line(self) -> dict[str, object]:
        applicable = [
            each
            for each in self.registry
            if any(each.applies_to(scope) for scope in self.scopes) and (self.target.documents or each.area != AREA)
        ]
        return {
            "kind": "plan",
            "scopes": [
                {
                    "version": scope.version,
                    "programme": scope.programme,
                    "operations": sorted(operation_ids(self.edition, scope)),
                }
                for scope in self.scopes
            ],
            "requirements": [each.to_mapping() for each in applicable],
            "waivers": [waiver.to_mapping() for waiver in self.target.waivers],
            "gaps": [gap.to_mapping() for gap in self.target.gaps],
        }
