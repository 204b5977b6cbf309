"""`python -m tools.conformance [EDITION]`: run the suite against the sandbox of each edition, or of one.

The exit status is the worst of the runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lead_provider_conformance.model import ExitStatus
from lead_provider_conformance.reports.wording import SERVER

REPORTS = Path("reports")
ALL = "all"


@dataclass(frozen=True, slots=True)
class SandboxRun:
    """A run against a sandbox: the edition of the contract, a target file, and the scopes if not all."""

    edition: str
    label: str
    target: str
    report: str
    options: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The report folder of the run."""
        return REPORTS / self.report

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of `lead-provider-conformance`."""
        target = ("--target", f"targets/{self.target}", "--edition", self.edition)
        return ("run", *target, *self.options, "-n", "2", "--report-dir", str(self.folder))


RUNS = (
    SandboxRun("2024-12", "original service", "sandbox.yaml", "latest"),
    # For NPQ, edition 2025-04 is the same as 2024-12.
    SandboxRun("2025-04", "original service, ECF", "sandbox.yaml", "2025-04", ("--programme", "ecf")),
    SandboxRun("2026-08", "ECT service", "sandbox-ect.yaml", "2026-08-ecf"),
    SandboxRun("2026-08", "NPQ service", "sandbox-npq.yaml", "2026-08-npq"),
)

WORST_FIRST = (
    ExitStatus.INTERRUPTED,
    ExitStatus.SUITE_FAILED,
    ExitStatus.USAGE,
    ExitStatus.NOT_CONFORMANT,
    ExitStatus.NOTHING_RAN,
    ExitStatus.INCOMPLETE,
    ExitStatus.CONFORMANT,
)


def run_all(runs: Sequence[SandboxRun], start: Callable[[SandboxRun], int]) -> dict[SandboxRun, int]:
    """Return the exit status of each run. No run starts after one that was interrupted."""
    statuses: dict[SandboxRun, int] = {}
    for run in runs:
        statuses[run] = start(run)
        if statuses[run] == ExitStatus.INTERRUPTED:
            break
    return statuses


def worst(statuses: Sequence[int]) -> int:
    """Return the exit status that needs attention first. A status that is not the suite's own comes before all."""
    return min(statuses, key=lambda each: WORST_FIRST.index(ExitStatus(each)) if each in WORST_FIRST else -1)


def summary(statuses: dict[SandboxRun, int]) -> str:
    """Return a table of the runs with their verdicts and reports."""
    rows = [
        (run.edition, run.label, _verdict(status), str(run.folder / "report.html")) for run, status in statuses.items()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _verdict(status: int) -> str:
    return SERVER.exits[ExitStatus(status)] if status in WORST_FIRST else f"ended with status {status}"


def start_process(run: SandboxRun) -> int:
    """Run the suite in a process of its own. Ctrl-C reaches that process too, which then writes its reports."""
    print(f"\n{run.edition}, {run.label}", flush=True)
    with subprocess.Popen([sys.executable, "-m", "lead_provider_conformance", *run.arguments]) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the worst exit status."""
    editions = tuple(dict.fromkeys(run.edition for run in RUNS))
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
    parser.add_argument("edition", nargs="?", default=ALL, metavar="EDITION", help=", ".join((*editions, ALL)))
    edition = parser.parse_args(arguments).edition
    if edition not in (*editions, ALL):
        print(f"There is no edition {edition} of the contract; choose {', '.join(editions)} or {ALL}.", file=sys.stderr)
        return ExitStatus.USAGE
    statuses = run_all([run for run in RUNS if edition in (run.edition, ALL)], start_process)
    print(f"\n{summary(statuses)}")
    return worst([*statuses.values()])


if __name__ == "__main__":
    sys.exit(main())
