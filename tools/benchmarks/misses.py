"""What our generated tests alone find of a sample of the catalogue's faults, and what they miss, by kind.

    python tools/benchmarks/misses.py [--faults N | --fault NAME …] [--requests N] [--scope v3-npq]

For those who teach the generation a new check: the machinery of `make proof` runs the generated tests, and nothing
else, against one fault after the other, so that a hundred take a few minutes. What fails without any fault as well is
not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from contestants import FEW, GENERATED, TOKENS
from sample import SCOPE, in_proportion, kind_of

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import catalogue

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tools.proof.__main__ import QUIETLY  # noqa: E402
from tools.proof.forks import Forks, Job  # noqa: E402
from tools.proof.serving import seeded, served  # noqa: E402
from tools.proof.suite import SCOPES  # noqa: E402

FAULTS = 100
NO_FAULT = "no fault"


@dataclass
class Hunt:
    """Runs every collected test against each of the faults, and against none; `found` holds what failed, and `errors`
    where the suite itself did, which finds nothing.
    """

    faults: list[str]
    scope: Scope
    found: dict[str, frozenset[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __call__(self, forks: Forks) -> None:
        """Run the tests, and tell what came of each fault."""
        tests = tuple(forks.items)
        jobs = [Job(name or NO_FAULT, self.scope, tests, (name,) if name else ()) for name in ("", *self.faults)]
        for number, ended in enumerate(forks.run(jobs)):
            self.found[ended.job.name] = frozenset(each["requirement"] for each in ended.with_outcome("failed"))
            for each in ended.with_outcome("suite-error"):
                self.errors[ended.job.name] = f"{each['test']}: {each['reason']}"
            if ended.problem:
                self.errors[ended.job.name] = ended.problem
            told = ", ".join(sorted(self.found[ended.job.name])) or "nothing"
            print(f"{number:>4} of {len(self.faults)}  {ended.seconds:4.1f} s  {ended.job.name}: {told}", flush=True)
        for name in self.faults:
            self.found[name] -= self.found[NO_FAULT]


def hunt(faults: list[str], scope: Scope, requests: int) -> Hunt:
    """Run the generated tests of a scope against each of the faults."""
    work = Hunt(faults, scope)
    with tempfile.TemporaryDirectory(prefix="misses-") as name:
        folder = Path(name)
        database = seeded(folder)
        (folder / "aside").mkdir()
        with served(database, folder / "aside") as sandbox:
            target = {"name": "sandbox", "base_url": sandbox.address, "tokens": TOKENS, "safety": "sandbox"}
            file = folder / "target.yaml"
            file.write_text(json.dumps(target), encoding="utf-8")
            options = ["--target", str(file), "--requests", str(requests), "--report-dir", str(folder / "all")]
            options += ["--api-version", scope.version, "--programme", scope.programme]
            pytest.main([str(GENERATED), *QUIETLY, *options], plugins=[Forks(database, folder / "jobs", work)])
    return work


def main() -> int:
    """Look for the faults, and print how many of each kind were found, and which were missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=FAULTS, help="how many faults to try (default: %(default)s)")
    parser.add_argument(
        "--fault", action="append", choices=catalogue(), metavar="NAME", help="try this one; repeatable"
    )
    parser.add_argument("--requests", type=int, default=FEW, help="generated requests (default: %(default)s)")
    parser.add_argument("--scope", choices=[str(each) for each in SCOPES], default=SCOPE, help="default: %(default)s")
    asked = parser.parse_args()
    scope = next(each for each in SCOPES if str(each) == asked.scope)
    hunted = hunt(asked.fault or in_proportion(asked.faults, asked.scope), scope, asked.requests)
    found = hunted.found
    false_alarms = found.pop(NO_FAULT)
    missed = [name for name, failed in found.items() if not failed]
    tried, lost = Counter(map(kind_of, found)), Counter(map(kind_of, missed))
    for kind, count in tried.most_common():
        names = ", ".join(name for name in missed if kind_of(name) == kind)
        print(f"{count - lost[kind]:>4} of {count:<4} {kind}{f'; missed: {names}' if names else ''}")
    print(
        f"{len(found) - len(missed)} of {len(found)} found; without a fault failed: {sorted(false_alarms) or 'nothing'}"
    )
    for name, error in hunted.errors.items():
        print(f"the suite itself failed on {name}: {error}")
    return 1 if false_alarms or hunted.errors else 0


if __name__ == "__main__":
    sys.exit(main())
