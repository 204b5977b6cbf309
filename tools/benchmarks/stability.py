"""Check that the suite has the same outcomes in every run and in any order.

    python tools/benchmarks/stability.py [--runs N] [options of a run]

Runs the whole suite against the sandbox N times in one process and N times in two. pytest-randomly shuffles each run
with another seed. The outcomes of every requirement are compared; the command fails if two runs differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

MAX_DIFFERENCES = 20
STATUS = "the exit status"
MODES = {"one process": [], "two processes": ["-n", "2"]}
SUITE = [sys.executable, "-m", "lead_provider_conformance", "run", "--target", "sandbox", "--tb=no"]
Outcomes = Mapping[str, str]


def main() -> int:
    """Run and print; return 1 if two runs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="runs of each kind (default: %(default)s)")
    arguments, run_options = parser.parse_known_args()
    every: list[Outcomes] = []
    for mode, options in MODES.items():
        for seed in range(1, arguments.runs + 1):
            start = time.monotonic()
            result = run(seed, [*options, *run_options])
            every.append(result)
            outcomes = Counter(outcome for name, outcome in result.items() if name != STATUS)
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
            seconds = time.monotonic() - start
            print(f"{mode}, seed {seed}: status {result[STATUS]}, {counts}, {seconds:.0f} s", flush=True)
            differing = list(differences(every[0], result))
            for line in differing[:MAX_DIFFERENCES]:
                print(f"  {line}", flush=True)
            if len(differing) > MAX_DIFFERENCES:
                print(f"  and {len(differing) - MAX_DIFFERENCES} more", flush=True)
    verdicts = len({tuple(sorted(each.items())) for each in every})
    print(f"{len(every)} runs, verdicts that differ: {verdicts if verdicts > 1 else 'none'}")
    return int(verdicts > 1)


def run(seed: int, options: Sequence[str]) -> Outcomes:
    """Return the outcome of each requirement in each version and programme, and the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        shuffled = ["-p", "pytest_randomly", "--randomly-seed", str(seed)]
        command = [*SUITE, "--report-dir", folder, *shuffled, *options]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        verdict_file = Path(folder, "verdict.json")
        if not verdict_file.is_file():
            sys.exit(ended.stdout.decode())
        verdict = json.loads(verdict_file.read_text(encoding="utf-8"))
    outcomes = {
        f"{requirement['id']} in {scope['version']} {scope['programme']}": requirement["outcome"]
        for scope in verdict["scopes"]
        for requirement in scope["requirements"]
    }
    return outcomes | {STATUS: str(ended.returncode)}


def differences(first: Outcomes, other: Outcomes) -> Iterator[str]:
    """Yield the differences between the first run and another."""
    for name in sorted(first.keys() | other.keys()):
        if first.get(name) != other.get(name):
            yield f"{name}: {other.get(name)}, but {first.get(name)} in the first run"


if __name__ == "__main__":
    sys.exit(main())
