"""Measure the speed and memory of the generated tests, in comparison with stock `schemathesis run`.

    python tools/benchmarks/generation.py [--no-compiling]

Both test the same sandbox and contract with the same number of requests. Limits:

- at least 3.5 times the requests per second of stock, at 600 and at 3,000 requests, in one process; and the same with
  two processes against stock with two workers, which share the machine with one process of the sandbox;
- at most a quarter of a `standard` run without a request in flight, with a compiled corpus;
- before the first request and after the last, together, at most twice the time of pytest with one empty test;
- all three versions compiled at `full` in under 3 minutes;
- under 250 MiB.

Requests per second count the wall time of the whole command; the rate between the first request and the last is printed
beside it. The time of stock for 600 requests is its start-up and its first 600 requests, which are of its two fastest
phases. Ours is the best of three rounds. Stock, which takes minutes, is the better of two. The time without a request
in flight is also measured with 20 ms of latency, because the sandbox responds in little more than 1 ms.
`tools/benchmarks/side_by_side.py` measures the faults that both find.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from contestants import FEW, SCOPE, Measured, document_for, ours, sandbox, stock
from latency import delayed

ROUNDS, MAX_OVERHEAD, MAX_IDLE, LEAST_FASTER = 3, 2.0, 0.25, 3.5
WORKERS = (1, 2)

COMPILE = """
import resource, sys, time
from pathlib import Path
from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.fuzzing.corpus import corpus_of
started, cases = time.perf_counter(), 0
for version in versions():
    for programme in ("ecf", "npq"):
        corpus = corpus_of(Contract.load(version), programme, profile="full", seed=1, folder=Path(sys.argv[1]))
        cases += len(corpus.cases)
wall = time.perf_counter() - started
usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(cases, wall, sum(each.ru_utime + each.ru_stime for each in usage), max(each.ru_maxrss for each in usage) / 1024)
"""


def report(name: str, value: str, *, passed: bool) -> bool:
    """Print one measurement, and return whether it is within its limit."""
    print(f"{'passed' if passed else 'FAILED'}  {name}: {value}", flush=True)
    return passed


def compiling(folder: Path) -> bool:
    """Measure the time and memory of compiling every version at `full`."""
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={"LEAD_PROVIDER_CONFORMANCE_CACHE": str(folder)},
    )
    cases, seconds, processor, mebibytes = (float(each) for each in done.stdout.split())
    value = f"{cases:.0f} cases in {seconds:.0f} s, {processor:.0f} s of processor time"
    passed = report("compiling all versions at full", value, passed=seconds < 180)
    return report("memory of compiling", f"{mebibytes:.0f} MiB", passed=mebibytes < 250) and passed


def side_by_side(folder: Path) -> bool:
    """Measure requests per second and memory without a fault."""
    with sandbox() as address:
        document = document_for(address, folder)
    passed = [_compared(folder, document, workers) for workers in WORKERS]
    return all(passed)


def _compared(folder: Path, document: Path, workers: int) -> bool:
    rounds = []
    for _ in range(ROUNDS - 1):
        with sandbox() as address:
            rounds.append(stock(address, document, workers=workers))
    passed = []
    for runs in zip(*rounds, strict=True):
        theirs = max(runs, key=lambda run: run.rate)
        with sandbox() as address:
            ours(address, folder, theirs.requests)  # compiles a corpus if no shipped one is large enough
        runs_of_ours = (_run_ours(folder, theirs.requests, workers=workers) for _ in range(ROUNDS))
        own = max(runs_of_ours, key=lambda run: run.rate)
        sent = f"{own.requests:,} and {theirs.requests:,}"
        name = f"requests per second of the whole command, {sent}, workers: {workers}"
        fast_enough = own.rate >= LEAST_FASTER * theirs.rate
        passed.append(report(name, _comparison(own.rate, theirs.rate), passed=fast_enough))
        print(f"        between first and last request: {_comparison(own.sending_rate, theirs.sending_rate)}")
        passed.append(report("memory of the largest process", f"{own.memory} MiB", passed=own.memory < 250))
    return all(passed)


def _run_ours(folder: Path, requests: int | None, scope: Sequence[str] = SCOPE, workers: int = 1) -> Measured:
    """Run our generated tests against a new sandbox."""
    with sandbox() as address:
        return ours(address, folder, requests, scope=scope, workers=workers)


def _comparison(own: float, theirs: float) -> str:
    return f"{own:.0f} against {theirs:.0f}, {own / theirs:.1f} times"


def standard(folder: Path) -> bool:
    """Measure the time without a request in flight in a `standard` run of every version and programme."""
    near = min((_run_ours(folder, None, scope=()) for _ in range(ROUNDS)), key=lambda run: run.outside)
    with sandbox() as address, delayed(address, seconds=0.02) as distant:
        far = ours(distant, folder, None, scope=())
    passed = report(
        "time without a request in flight in a standard run", _idle_share(near), passed=near.outside <= MAX_IDLE
    )
    print(f"        between first and last request: {1 - near.http_seconds / near.sending_seconds:.0%}")
    print(f"        with 20 ms of latency: {_idle_share(far)}")
    return passed


def _idle_share(run: Measured) -> str:
    return f"{run.outside:.0%} of {run.seconds:.1f} s with {run.requests:,} requests"


def overhead(folder: Path) -> bool:
    """Measure the time of a run before its first request and after its last, in comparison with an empty test.

    The empty test loads pytest, Allure's plugin, and the packages for requests and pages.
    """
    test = folder / "test_nothing.py"
    test.write_text("import jinja2, requests, yaml\n\n\ndef test_nothing():\n    pass\n", encoding="utf-8")
    plugins = ("--disable-plugin-autoload", "-p", "allure_pytest.plugin", f"--alluredir={folder / 'allure'}")
    peers, owns = [], []
    with sandbox() as address:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "pytest", *plugins, str(test)], capture_output=True, check=True)
            peers.append(time.perf_counter() - started)
            own = ours(address, folder, FEW)
            owns.append(own.seconds - own.sending_seconds)
    value = f"{min(owns):.2f} s against {min(peers):.2f} s, {min(owns) / min(peers):.1f} times"
    return report("before the first request and after the last", value, passed=min(owns) <= MAX_OVERHEAD * min(peers))


def main() -> int:
    """Measure and print; return 1 above a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--no-compiling", action="store_true", help="skip the measurement of compiling, which takes longest"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        passed = [side_by_side(Path(name)), standard(Path(name)), overhead(Path(name))]
        if not arguments.no_compiling:
            passed.append(compiling(Path(name)))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
