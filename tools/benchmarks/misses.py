"""List the faults that the generated tests find and miss in a sample of the catalogue, by kind.

    python tools/benchmarks/misses.py [--faults N | --fault NAME …] [--requests N] [--scope v3-npq]

Use it when you add a check to the generated tests. The fork pool of `tools/proof` runs only the generated tests against
one fault after the other, so a hundred faults take a few minutes. Failures without a fault do not count.
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

from tools.proof.fork_pool import ForkPool, Job  # noqa: E402
from tools.proof.sandboxes import seed_database, serve_sandbox  # noqa: E402
from tools.proof.services import ORIGINAL  # noqa: E402
from tools.proof.session import QUIET_OPTIONS  # noqa: E402

FAULTS = 100
NO_FAULT = "no fault"


@dataclass
class FaultHunt:
    """Run every collected test against each fault and against none.

    `failures` are the failed requirements of each fault, and `errors` the faults whose run had an error of the suite.
    """

    faults: list[str]
    scope: Scope
    failures: dict[str, frozenset[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __call__(self, pool: ForkPool) -> None:
        """Run the tests and print the result of each fault."""
        tests = tuple(pool.items)
        jobs = [Job(name or NO_FAULT, self.scope, tests, (name,) if name else ()) for name in ("", *self.faults)]
        for number, result in enumerate(pool.run(jobs)):
            name = result.job.name
            self.failures[name] = frozenset(finding["requirement"] for finding in result.with_outcome("failed"))
            for finding in result.with_outcome("suite-error"):
                self.errors[name] = f"{finding['test']}: {finding['reason']}"
            if result.error:
                self.errors[name] = result.error
            failed = ", ".join(sorted(self.failures[name])) or "nothing"
            print(f"{number:>4} of {len(self.faults)}  {result.seconds:4.1f} s  {name}: {failed}", flush=True)
        for name in self.faults:
            self.failures[name] -= self.failures[NO_FAULT]


def hunt(faults: list[str], scope: Scope, requests: int) -> FaultHunt:
    """Run the generated tests of a scope against each fault."""
    hunted = FaultHunt(faults, scope)
    with tempfile.TemporaryDirectory(prefix="misses-") as name:
        folder = Path(name)
        database = seed_database(folder)
        (folder / "faultless").mkdir()
        with serve_sandbox(database, folder / "faultless") as addresses:
            target = {"name": "sandbox", "base_url": addresses.api, "tokens": TOKENS, "safety": "sandbox"}
            file = folder / "target.yaml"
            file.write_text(json.dumps(target), encoding="utf-8")
            options = ["--target", str(file), "--requests", str(requests), "--report-dir", str(folder / "all")]
            options += ["--api-version", scope.version, "--programme", scope.programme]
            pool = ForkPool(database, folder / "jobs", hunted)
            pytest.main([str(GENERATED), *QUIET_OPTIONS, *options], plugins=[pool])
    return hunted


def main() -> int:
    """Print the number of faults found and missed of each kind; return 1 after a false alarm or an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=FAULTS, help="number of faults (default: %(default)s)")
    parser.add_argument(
        "--fault", action="append", choices=catalogue(), metavar="NAME", help="test this fault; may be repeated"
    )
    parser.add_argument("--requests", type=int, default=FEW, help="generated requests (default: %(default)s)")
    scopes = {str(each): each for each in ORIGINAL.scopes}
    parser.add_argument("--scope", choices=scopes, default=SCOPE, help="default: %(default)s")
    arguments = parser.parse_args()
    scope = scopes[arguments.scope]
    hunted = hunt(arguments.fault or in_proportion(arguments.faults, arguments.scope), scope, arguments.requests)
    failures = hunted.failures
    false_alarms = failures.pop(NO_FAULT)
    missed = [name for name, failed in failures.items() if not failed]
    tested, missed_by_kind = Counter(map(kind_of, failures)), Counter(map(kind_of, missed))
    for kind, count in tested.most_common():
        names = ", ".join(name for name in missed if kind_of(name) == kind)
        suffix = f"; missed: {names}" if names else ""
        print(f"{count - missed_by_kind[kind]:>4} of {count:<4} {kind}{suffix}")
    print(f"{len(failures) - len(missed)} of {len(failures)} found")
    print(f"failed without a fault: {', '.join(sorted(false_alarms)) or 'nothing'}")
    for name, error in hunted.errors.items():
        print(f"error of the suite with {name}: {error}")
    return 1 if false_alarms or hunted.errors else 0


if __name__ == "__main__":
    sys.exit(main())
