"""Whether the suite says the same of one server however often it is asked, and in whatever order.

Runs the whole suite against the sandbox so many times in one process and so many times in two, shuffled by another seed
each time, and compares what was found out about every requirement. Nothing else shuffles: pytest-randomly is loaded by
name. Run it with `python tools/benchmarks/stability.py [RUNS]`, 10 if not said; what follows goes to the suite,
such as `--api-version v3`. It fails when two runs differ.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

RUNS = 10
TOLD = 20
STATUS = "the exit status"
HOW = {"one process": [], "two processes": ["-n", "2"]}
SUITE = [sys.executable, "-m", "lead_provider_conformance", "run", "--target", "sandbox", "--tb=no"]
Found = Mapping[str, str]


def main(arguments: Sequence[str]) -> int:
    """Run, print, and return 1 if there was more than one verdict."""
    runs = int(arguments[0]) if arguments else RUNS
    every: list[Found] = []
    for how, options in HOW.items():
        for seed in range(1, runs + 1):
            start = time.monotonic()
            found = run(seed, [*options, *arguments[1:]])
            every.append(found)
            outcomes = Counter(outcome for what, outcome in found.items() if what != STATUS)
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
            seconds = time.monotonic() - start
            print(f"{how}, seed {seed}: status {found[STATUS]}, {counts}, {seconds:.0f} s", flush=True)
            differing = list(differences(every[0], found))
            for line in differing[:TOLD]:
                print(f"  {line}", flush=True)
            if len(differing) > TOLD:
                print(f"  and {len(differing) - TOLD} more", flush=True)
    verdicts = len({tuple(sorted(found.items())) for found in every})
    print(f"{len(every)} runs, verdicts that differ: {verdicts if verdicts > 1 else 'none'}")
    return int(verdicts > 1)


def run(seed: int, options: Sequence[str]) -> Found:
    """What one run finds out: the outcome of each requirement in each version and programme, and the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        shuffled = ["-p", "pytest_randomly", "--randomly-seed", str(seed)]
        command = [*SUITE, "--report-dir", folder, *shuffled, *options]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        written = Path(folder, "verdict.json")
        if not written.is_file():
            sys.exit(ended.stdout.decode())
        verdict = json.loads(written.read_text(encoding="utf-8"))
    outcomes = {
        f"{requirement['id']} in {scope['version']} {scope['programme']}": requirement["outcome"]
        for scope in verdict["scopes"]
        for requirement in scope["requirements"]
    }
    return outcomes | {STATUS: str(ended.returncode)}


def differences(first: Found, other: Found) -> Iterator[str]:
    """What a run found out otherwise than the first."""
    for what in sorted(first.keys() | other.keys()):
        if first.get(what) != other.get(what):
            yield f"{what}: {other.get(what)}, and {first.get(what)} the first time"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
