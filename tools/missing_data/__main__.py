"""`python -m tools.missing_data`: run the suite against each variant of the sandbox that lacks data.

No requirement may fail, apart from those that `expected_failures.yaml` explains. Without names, run every variant.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from tools.proof.fork_pool import ForkPool, Job, JobResult
from tools.proof.services import Service
from tools.proof.session import run_session
from tools.proof.suite import Suite

from lead_provider_conformance.reports.summary import quantity
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION

from .variants import Variant, variants

EXPECTED = Path(__file__).with_name("expected_failures.yaml")


@dataclass
class MissingDataRun:
    """The jobs of some variants, with the `outcomes` and `problems` of each variant as results."""

    variants: Sequence[Variant]
    service: Service
    workers: int
    failed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def expected(self) -> Mapping[str, Mapping[str, str]]:
        """The failures that each variant of the service is right to show."""
        every: Mapping[str, Any] = yaml.safe_load(EXPECTED.read_bytes())
        return every.get(str(self.service), {}) if self.service.programme else every

    def __call__(self, pool: ForkPool) -> None:
        """Run every test of each scope in which a variant shows."""
        pool.workers = self.workers
        suite = Suite.from_items(pool.items)
        jobs, of_job = [], {}
        for variant in self.variants:
            self.outcomes[variant.name], self.problems[variant.name] = {}, []
            for scope in variant.scopes:
                name = f"{variant.name} {scope}".replace("/", "-")
                jobs.append(Job(name, scope, suite.in_scope(scope), prepare=variant.prepare))
                of_job[name] = variant.name
        started = time.monotonic()
        for number, result in enumerate(pool.run(jobs), start=1):
            self._judge(of_job[result.job.name], result)
            print(f"{number:>5} of {len(jobs)}  {result.seconds:5.1f} s  {result.job.name}", flush=True)
        for name in self.problems:
            for requirement in self.expected.get(name, {}).keys() - self.failed[name]:
                self.problems[name].append(f"{requirement} did not fail; delete its entry of {EXPECTED.name}")
        print(f"{quantity(len(jobs), 'run')} in {time.monotonic() - started:.0f} s")

    def _judge(self, variant: str, result: JobResult) -> None:
        """Add the outcomes of a job to those of its variant, and the failures that are not expected."""
        scope = str(result.job.scope)
        self.outcomes[variant][scope] = dict(sorted(Counter(each["outcome"] for each in result.findings).items()))
        problems = [result.error] if result.error else []
        for finding in (*result.with_outcome("suite-error"), *result.with_outcome("failed")):
            requirement = finding["requirement"]
            if finding["outcome"] == "failed" and requirement in self.expected.get(variant, {}):
                self.failed[variant].add(requirement)
            else:
                problems.append(f"{requirement}: {finding['reason']}")
        self.problems[variant] += [f"{scope} {problem}" for problem in dict.fromkeys(problems)]


def main() -> int:
    """Run the command; return 1 if a requirement failed that no entry explains."""
    arguments = _arguments()
    service = Service(arguments.edition, arguments.programme)
    known = variants(service)
    if unknown := sorted(set(arguments.variant) - known.keys()):
        sys.exit(f"There is no variant {unknown[0]!r}. There are: {', '.join(known)}")
    run = MissingDataRun([known[name] for name in arguments.variant or known], service, arguments.workers)
    run_session(run, service)
    if arguments.results:
        lines = [
            json.dumps({"variant": name, "outcomes": run.outcomes[name], "problems": run.problems[name]})
            for name in run.outcomes
        ]
        arguments.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, problems in run.problems.items():
        for problem in problems:
            print(f"{name}: {problem}")
    return 1 if any(run.problems.values()) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.missing_data", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("variant", nargs="*", help="run only these variants (default: all)")
    parser.add_argument("--edition", default=DEFAULT_EDITION, help="edition of the contract (default: %(default)s)")
    parser.add_argument("--programme", choices=("ecf", "npq"), help="of an edition that has a service for each")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="parallel jobs (default: %(default)s)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the results here as JSON lines")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
