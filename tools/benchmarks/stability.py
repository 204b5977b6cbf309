"""Check that the suite has the same outcomes in every run and in any order.

    python tools/benchmarks/stability.py [RUNS] [RUN OPTIONS]

Runs the whole suite against the sandbox RUNS times in one process and RUNS times in two (default: 10), shuffled by
pytest-randomly with a different seed each time, and compares the outcomes of every requirement. It fails if two runs
differ.
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
MAX_DIFFERENCES = 20
STATUS = "the exit status"
MODES = {"one process": [], "two processes": ["-n", "2"]}
SUITE = [sys.executable, "-m", "lead_provider_conformance", "run", "--target", "sandbox", "--tb=no"]
Outcomes = Mapping[str, str]


def main(arguments: Sequence[str]) -> int:
    """Run and print; return 1 if two runs differ."""
    runs = int(arguments[0]) if arguments else RUNS
    every: list[Outcomes] = []
    for mode, options in MODES.items():
        for seed in range(1, runs + 1):
            start = time.monotonic()
            result = run(seed, [*options, *arguments[1:]])
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
    sys.exit(main(sys.argv[1:]))
