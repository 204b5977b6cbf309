"""`python -m tools.proof.evidence [NAME …]`: measure how well reports explain single faults of the sandbox.

Run the whole suite of one version and programme against each of some faults: those named, or `--sample` of them, drawn
by the hash of their names. Print for each fault the number of failed requirements and of their causes, and the findings
whose reproduction does not show the fault. The exit status is 1 if a goal is missed.

`NAME+NAME` has both faults at once. No cause of one must hide that of the other.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.summary import failures, quantity
from lead_provider_conformance.results.journal import Finding, Journals, decisive_exchange, read_journals
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_sandbox.faults.catalogue import Fault, catalogue

from .expectations import expectation_for
from .fault_marks import HEADER, mark_faults
from .fork_pool import ForkPool, Job
from .matrix import read_matrix
from .services import Service, parse_place
from .session import run_session
from .suite import Suite

MEDIAN_CAUSES = 1
MOST_CAUSES = 3


@dataclass(frozen=True)
class Evidence:
    """The evidence for one fault: the titles of its causes, and the findings that show something else."""

    requirements: int
    causes: tuple[str, ...]
    wrong: tuple[str, ...]


def evidence_in(journals: Journals) -> Evidence:
    """Return the evidence that a run against a marked sandbox has left."""
    failed = failures(Verdict.of(journals), Outcome.FAILED)
    groups = causes(failed, journals.exchanges)
    findings = (group.failures[0].findings[0] for group in groups)
    return Evidence(
        requirements=len(failed),
        causes=tuple(group.title or group.failures[0].reason for group in groups),
        wrong=tuple(each for finding in findings for each in misleading(finding, journals.exchanges)),
    )


def misleading(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence if the reproduction of a finding shows no effect of the fault, although another exchange does.

    A read after a write shows the effect of the write.
    """
    shown = decisive_exchange(finding, exchanges)
    if shown is None or _is_marked(shown):
        return
    earlier = [exchanges[each] for each in finding.exchanges if each in exchanges and each < shown["id"]]
    is_read = shown["request"]["method"] == "GET"
    if is_read and any(_is_marked(each) and each["request"]["method"] != "GET" for each in earlier):
        return
    test = (each for each in exchanges.values() if each["test"] == shown["test"])
    if marked := [each for each in test if _is_marked(each)]:
        yield f"{finding.requirement} shows {_line(shown)}; the fault is in {_line(marked[0])}: {finding.reason}"


def _is_marked(exchange: Mapping[str, Any]) -> bool:
    response = exchange["response"]
    return response is None or HEADER in {name.lower() for name in response["headers"]}


def _line(exchange: Mapping[str, Any]) -> str:
    request, response = exchange["request"], exchange["response"]
    return f"{exchange['id']} {request['method']} {request['url']} → {response and response['status']}"


@dataclass
class EvidenceRun:
    """The runs against some faults of a service, or against several at once; `found` has their evidence by name."""

    faults: Mapping[str, Sequence[Fault]]
    workers: int
    keep: Path | None = None
    found: dict[str, Evidence] = field(default_factory=dict)

    def __call__(self, pool: ForkPool) -> None:
        """Run the suite against each fault, and print its evidence."""
        pool.workers = self.workers
        suite = Suite.from_items(pool.items)
        for result in pool.run([self._job(name, each, suite) for name, each in self.faults.items()]):
            name = result.job.name
            sentence = result.error or describe(self.found[name])
            _print(f"{name} ({result.seconds:.0f} s): {sentence}")

    def _job(self, name: str, faults: Sequence[Fault], suite: Suite) -> Job:
        _, scope = parse_place(read_matrix()[faults[0].name].scope)

        def measure(report: Path) -> None:
            self.found[name] = evidence_in(read_journals(report))
            if self.keep:
                shutil.copytree(report, self.keep / name, dirs_exist_ok=True)

        active = tuple(each.name for each in faults)
        return Job(name, scope, suite.in_scope(scope), active, prepare=mark_faults, after_run=measure)


def describe(evidence: Evidence) -> str:
    """Return the numbers of the evidence, its causes, and what is wrong with it."""
    lines = [f"{quantity(evidence.requirements, 'requirement')}, {quantity(len(evidence.causes), 'cause')}"]
    lines += [f"  cause: {each}" for each in evidence.causes]
    lines += [f"  WRONG: {each}" for each in evidence.wrong]
    return "\n".join(lines)


def sampled(names: Sequence[str], count: int, salt: str = "") -> list[str]:
    """Return `count` of the names, drawn by their hashes; another salt draws others."""
    return sorted(names, key=lambda name: hashlib.sha256((salt + name).encode()).hexdigest())[:count]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.proof.evidence", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("fault", nargs="*", help="measure only these faults")
    parser.add_argument("--sample", type=int, default=50, metavar="N", help="number of faults (default: %(default)s)")
    parser.add_argument("--salt", default="", metavar="TEXT", help="draw other faults than those without it")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="parallel jobs (default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="copy the journals of each fault to this folder")
    parser.add_argument("--journals", type=Path, metavar="FOLDER", help="measure the journals kept there, run nothing")
    arguments = parser.parse_args()
    if arguments.journals:
        kept = {each.name: evidence_in(read_journals(each)) for each in sorted(arguments.journals.iterdir())}
        for name, evidence in kept.items():
            _print(f"{name}: {describe(evidence)}")
        return _report(kept)
    faults, known = catalogue(), read_matrix()
    by_service: dict[Service, dict[str, list[Fault]]] = defaultdict(dict)
    for name in arguments.fault or sampled(
        [name for name in faults if name in known], arguments.sample, arguments.salt
    ):
        active = [faults[each] for each in name.split("+")]
        expected = expectation_for(active[0])
        assert expected is not None
        by_service[expected.service][name] = active
    found: dict[str, Evidence] = {}
    for service, selected in by_service.items():
        run = EvidenceRun(selected, arguments.workers, arguments.keep)
        run_session(run, service)
        found |= run.found
    return _report(found)


def _report(found: Mapping[str, Evidence]) -> int:
    """Print the figures, and return 1 if a goal is missed."""
    counts = sorted(len(each.causes) for each in found.values())
    wrong = sum(len(each.wrong) for each in found.values())
    _print(
        f"{quantity(len(found), 'fault')}: causes median {statistics.median(counts):g}, most {counts[-1]}; "
        f"{wrong} of {quantity(sum(counts), 'reproduction')} show something else"
    )
    return 0 if statistics.median(counts) <= MEDIAN_CAUSES and counts[-1] <= MOST_CAUSES and not wrong else 1


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
