"""Run the whole suite against conforming servers with different data and generated requests; nothing may fail.

    python tools/benchmarks/false_alarms.py
        [--vary data|requests|both] [--runs N] [--first N] [--sandbox FILE | --target FILE] [RUN OPTIONS]

Run N uses the sandbox's data of seed N with a varying number of participants, and requests of generation seed N, which
take minutes to generate. `--vary` changes only one of them. `--sandbox` is another target file that starts a sandbox,
such as `targets/sandbox-npq.yaml`. With `--target`, such as `tests/selftest/second_server/target.yaml`, only the
requests differ. Unknown options are passed to `lead-provider-conformance run`, such as `--api-version v3` or
`suites/generated`. After a false alarm the report is copied to reports/false-alarms/, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ALARM_REPORTS = Path("reports/false-alarms")
# None is the number that the seed data needs. More participants move records to other pages.
PARTICIPANTS = (None, 130, 250, 400, None)


@dataclass(frozen=True)
class Outcomes:
    """The results of a run: the number of requirements by outcome, and the failed ones by scope and id."""

    counts: Counter[str]
    alarms: tuple[str, ...]
    exchanges: int
    seconds: float


def with_data(target: Path, seed: int, participants: int | None) -> dict[str, Any]:
    """Return the content of a target file that starts a sandbox, with this data."""
    content: dict[str, Any] = yaml.safe_load(target.read_text(encoding="utf-8"))
    data = ["--seed", str(seed), *(["--participants", str(participants)] if participants else [])]
    content["start"]["command"] += data
    return content


def one_run(target: Path, options: list[str], folder: Path) -> Outcomes:
    """Run the suite once. Raise SystemExit if there is no verdict."""
    command = [sys.executable, "-m", "lead_provider_conformance", "run", "--target", str(target)]
    started = time.perf_counter()
    ended = subprocess.run(
        [*command, "--report-dir", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        # A cache of its own, so that a run does not replay failing cases of another.
        env=os.environ | {"LEAD_PROVIDER_CONFORMANCE_CACHE": str(folder / "cache")},
    )
    seconds = time.perf_counter() - started
    if not (folder / "verdict.json").is_file():
        raise SystemExit(f"A run ended without a verdict:\n{ended.stdout}{ended.stderr}")
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    outcomes = [
        (f"{scope['version']}-{scope['programme']} {each['id']}", each["outcome"])
        for scope in verdict["scopes"]
        for each in scope["requirements"]
    ]
    alarms = tuple(name for name, outcome in outcomes if outcome in ("failed", "suite-error"))
    return Outcomes(Counter(outcome for _, outcome in outcomes), alarms, verdict["run"]["exchanges"], seconds)


def main() -> int:
    """Run and print a line for each run; return 1 after a false alarm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vary", choices=("data", "requests", "both"), default="both")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--sandbox", type=Path, default=Path("targets/sandbox.yaml"), help="default: %(default)s")
    parser.add_argument("--target", type=Path)
    arguments, options = parser.parse_known_args()

    alarms: Counter[str] = Counter()
    print("| seed | participants | requests | seconds | passed | not applicable | could not run | alarms |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for seed in range(arguments.first, arguments.first + arguments.runs):
        varies_data = arguments.vary != "requests" and arguments.target is None
        participants = PARTICIPANTS[seed % len(PARTICIPANTS)] if varies_data else None
        requests = [] if arguments.vary == "data" else ["--generation-seed", str(seed)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            target = arguments.target or folder / "target.yaml"
            if arguments.target is None:
                content = with_data(arguments.sandbox, seed if varies_data else 1, participants)
                target.write_text(json.dumps(content), encoding="utf-8")
            run = one_run(target, ["--profile", arguments.profile, *requests, *options], folder / "reports")
            if run.alarms:
                shutil.copytree(folder / "reports", ALARM_REPORTS / str(seed), dirs_exist_ok=True)
        alarms.update(run.alarms)
        counts = (run.counts["passed"], run.counts["not-applicable"], run.counts["could-not-run"], len(run.alarms))
        cells = (seed, participants or "default", run.exchanges, round(run.seconds), *counts)
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    for alarm, times in alarms.most_common():
        print(f"{alarm}: in {times} of {arguments.runs} runs")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
