"""One run: what it tests, where it writes, and what its processes share."""

from __future__ import annotations

import platform
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from lead_provider_conformance import __version__
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.http import Credential, Readings, Redactor, Transport
from lead_provider_conformance.http.pseudonyms import Pseudonymiser
from lead_provider_conformance.http.rate_limit import Pace
from lead_provider_conformance.http.redaction import LABELS
from lead_provider_conformance.model import Ending, Scope, TimeLimit, UsageError
from lead_provider_conformance.results.journal import EXCHANGES, FORMAT, RESULTS, Journal

ARTEFACTS = (
    RESULTS,
    EXCHANGES,
    "verdict.json",
    "report.html",
    "junit.xml",
    "summary.md",
    "report.sarif",
    "ctrf.json",
    "badge.svg",
    "verdict.json.sig",
)
ALLURE_RESULTS = "allure-results"
WORKSPACE = ".work"
PROFILES = ("quick", "standard", "full")


@dataclass(frozen=True)
class Run:
    """What a run's processes, one or several, all know.

    `seed`, `profile`, `requests` and `fresh` are for generated tests: `requests` is how many are sent to each version,
    and `fresh` a seed of which more are made. `shard` says which part of the run this is, and `registry` what the
    `edition` of the contract requires.
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
    pseudonymise: bool = False
    fresh: int | None = None
    shard: Shard = WHOLE
    time_limit: TimeLimit | None = None

    @cached_property
    def journal(self) -> Journal:
        """This process's way to write the journals."""
        return Journal(self.folder, process=self.process)

    @cached_property
    def transport(self) -> Transport:
        """This process's connection to the target."""
        return Transport(self.target)

    @cached_property
    def readings(self) -> Readings:
        """What the tests of this process have read from answers."""
        return Readings()

    @cached_property
    def redactor(self) -> Redactor:
        """What keeps the target's tokens, and if so wished its people, out of everything."""
        return (Pseudonymiser if self.pseudonymise else Redactor).of(self.target)

    @cached_property
    def pace(self) -> Pace:
        """What keeps all processes together within the target's rate."""
        return Pace(self.target.rate, self.workspace / "pace")

    @cached_property
    def calendar(self) -> Calendar:
        """The cohorts, schedules and windows."""
        return Calendar.load()

    @property
    def workspace(self) -> Path:
        """Where the processes leave each other what they share; gone after the run."""
        return self.folder / WORKSPACE

    @cached_property
    def credentials(self) -> tuple[Credential, ...]:
        """One for each token of the target, named as reports name it."""
        return tuple(
            Credential.bearer(label.lstrip("$"), token)
            for label, token in zip(LABELS, self.target.tokens, strict=False)
        )

    def contract(self, scope: Scope) -> Contract:
        """The contract of a scope's version."""
        return Contract.load(scope.version)

    def open(self) -> None:
        """Clear away what an earlier run left in the folder, and write the lines that open the journal.

        Raises UsageError if the folder cannot be written.
        """
        try:
            self._clear_away()
        except OSError as error:
            raise UsageError(
                f"--report-dir {self.folder} cannot be written: {error.strerror}; give another folder."
            ) from None
        self.journal.write_result(self._opening_line())
        self.journal.write_result(self._plan_line())

    def _clear_away(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ARTEFACTS:
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.workspace.mkdir(parents=True)
        allure = self.folder / ALLURE_RESULTS
        for each in allure.glob("*") if allure.is_dir() else ():
            each.unlink()

    def close(self, ending: Ending) -> None:
        """Write the line that closes the journal, and clear away the workspace."""
        self.journal.write_result({"kind": "end", "ending": str(ending), "at": now()})
        shutil.rmtree(self.workspace, ignore_errors=True)

    def run_out_of_time(self) -> None:
        """Note that the run has taken as long as it may."""
        (self.workspace / "out-of-time").touch()

    @property
    def out_of_time(self) -> bool:
        """Whether the run has taken as long as it may."""
        return (self.workspace / "out-of-time").exists()

    def lose_target(self) -> None:
        """Tell every process of the run that the server has stopped answering."""
        (self.workspace / "target-lost").touch()

    @property
    def target_lost(self) -> bool:
        """Whether a process has found that the server stopped answering."""
        return (self.workspace / "target-lost").exists()

    def _opening_line(self) -> dict[str, object]:
        versions = sorted({scope.version for scope in self.scopes})
        contracts = [Contract.load(version) for version in versions]
        return {
            "kind": "run",
            "format": FORMAT,
            "id": str(uuid.uuid4()),
            "started_at": now(),
            "suite": {"version": __version__},
            "contract": {
                "edition": self.edition,
                "hashes": {contract.version: contract.hash for contract in contracts},
            },
            "target": {
                "name": self.target.name,
                "description": self.target.description,
                "base_url": self.target.base_url,
                "safety": str(self.target.safety),
                "tokens": len(self.target.tokens),
                "operations": sorted(self.target.operations) if self.target.operations is not None else None,
            },
            "profile": self.profile,
            "seed": self.seed,
            "machine": {"python": platform.python_version(), "platform": platform.platform(terse=True)},
        }

    def _plan_line(self) -> dict[str, object]:
        applicable = [each for each in self.registry if any(each.applies_to(scope) for scope in self.scopes)]
        return {
            "kind": "plan",
            "scopes": [{"version": scope.version, "programme": scope.programme} for scope in self.scopes],
            "requirements": [each.to_mapping() for each in applicable],
            "waivers": [waiver.to_mapping() for waiver in self.target.waivers],
        }


def now() -> str:
    """The time as the journals write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def scopes_of(
    target: Target, registry: Registry, versions: Sequence[str] = (), programmes: Sequence[str] = ()
) -> tuple[Scope, ...]:
    """The versions and programmes that are asked for, that the target offers, and that there are requirements for.

    Raises UsageError if something is asked for that cannot be tested.
    """
    testable = {(version, programme) for each in registry for version in each.versions for programme in each.programmes}
    known_versions = sorted({version for version, _ in testable})
    for version in versions:
        if version not in known_versions:
            raise UsageError(f"There is no API version {version!r} to test; choose from {', '.join(known_versions)}.")
        if target.versions is not None and version not in target.versions:
            raise UsageError(
                f"The target {target.name} has no {version}; it offers {', '.join(target.versions)}. "
                "Choose one of those, or correct `versions` in the target file."
            )
    for programme in programmes:
        if programme not in target.programmes:
            raise UsageError(f"The target {target.name} has no {programme}; choose {', '.join(target.programmes)}.")
    wanted_versions = versions or target.versions or known_versions
    wanted_programmes = programmes or target.programmes
    scopes = tuple(
        Scope(version, programme)
        for version in wanted_versions
        for programme in wanted_programmes
        if (version, programme) in testable
    )
    if not scopes:
        raise UsageError(
            f"There are no requirements for {', '.join(wanted_versions)} and {', '.join(wanted_programmes)} together; "
            "choose another version or programme."
        )
    return scopes
