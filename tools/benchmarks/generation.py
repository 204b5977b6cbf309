"""What the generation engine costs, side by side with stock `schemathesis run`: the same sandbox, contract and number
of requests.

    python tools/benchmarks/generation.py [--no-compiling]

Bars: at least 5 times the requests a second of stock, at 600 and at 3,000; at most a quarter of a `standard` run
outside HTTP calls once the corpus is compiled, which is when no request is on its way; before the first request and
after the last, together, at most twice what pytest takes for one test of nothing; all three versions compiled at `full`
in under 3 minutes; under 250 MiB.

Requests a second are requests by the wall time of the whole command; beside it stands what they are between the first
request and the last, without start-up and reports. Stock makes as many examples as it does by itself, and its phases
have lengths of their own: its time for 600 requests is its start-up and what the first 600 took, which are of its two
quickest phases. Of ours the best of three rounds counts, and of stock, which takes minutes, the better of two. The time
outside HTTP calls is told for a server that is 20 ms away, too, as the sandbox answers in little more than one. What
the two find is measured by `tools/benchmarks/side_by_side.py`.
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
from distance import further_away

ROUNDS, MOST_AROUND, MOST_OUTSIDE = 3, 2.0, 0.25

COMPILE = """
import resource, sys, time
from pathlib import Path
from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.fuzzing.corpus import corpus_of
begun, cases = time.perf_counter(), 0
for version in versions():
    for programme in ("ecf", "npq"):
        made = corpus_of(Contract.load(version), programme, profile="full", seed=1, folder=Path(sys.argv[1]))
        cases += len(made.cases)
wall = time.perf_counter() - begun
usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(cases, wall, sum(each.ru_utime + each.ru_stime for each in usage), max(each.ru_maxrss for each in usage) / 1024)
"""


def told(name: str, value: str, *, kept: bool) -> bool:
    """Print one bar, and whether it is kept."""
    print(f"{'kept  ' if kept else 'BROKEN'}  {name}: {value}", flush=True)
    return kept


def compiling(folder: Path) -> bool:
    """How long it takes to compile every version at `full`, and how much memory."""
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={"LEAD_PROVIDER_CONFORMANCE_CACHE": str(folder)},
    )
    cases, seconds, processor, mebibytes = (float(each) for each in done.stdout.split())
    value = f"{cases:.0f} cases in {seconds:.0f} s, {processor:.0f} s of processor time"
    kept = told("compiling all versions at full", value, kept=seconds < 180)
    return told("memory of compiling", f"{mebibytes:.0f} MiB", kept=mebibytes < 250) and kept


def side_by_side(folder: Path) -> bool:
    """Requests a second without a fault, and the memory that they take."""
    with sandbox() as address:
        document = document_for(address, folder)
    rounds = []
    for _ in range(ROUNDS - 1):
        with sandbox() as address:
            rounds.append(stock(address, document))
    kept = []
    for runs in zip(*rounds, strict=True):
        theirs = max(runs, key=lambda run: run.rate)
        with sandbox() as address:
            ours(address, folder, theirs.requests)  # compiles, if what is shipped is not enough
        own = max((_afresh(folder, theirs.requests) for _ in range(ROUNDS)), key=lambda run: run.rate)
        name = f"requests a second of the whole command, {own.requests:,} and {theirs.requests:,}"
        kept.append(told(name, _beside(own.rate, theirs.rate), kept=own.rate >= 5 * theirs.rate))
        print(f"        the same, from the first to the last: {_beside(own.sending_rate, theirs.sending_rate)}")
        kept.append(told("memory of the largest process", f"{own.memory} MiB", kept=own.memory < 250))
    return all(kept)


def _afresh(folder: Path, requests: int | None, scope: Sequence[str] = SCOPE) -> Measured:
    """Our generated tests on a sandbox of their own."""
    with sandbox() as address:
        return ours(address, folder, requests, scope=scope)


def _beside(own: float, theirs: float) -> str:
    return f"{own:.0f} against {theirs:.0f}, {own / theirs:.1f} times"


def standard(folder: Path) -> bool:
    """How much of a whole `standard` run, of every version and programme, passes while no request is on its way."""
    near = min((_afresh(folder, None, scope=()) for _ in range(ROUNDS)), key=lambda run: run.outside)
    with sandbox() as address, further_away(address, seconds=0.02) as distant:
        far = ours(distant, folder, None, scope=())
    kept = told("time outside HTTP calls in a standard run", _outside(near), kept=near.outside <= MOST_OUTSIDE)
    print(f"        the same, from the first request to the last: {1 - near.http_seconds / near.sending_seconds:.0%}")
    print(f"        the same, of a server that is 20 ms away: {_outside(far)}")
    return kept


def _outside(run: Measured) -> str:
    return f"{run.outside:.0%} of {run.seconds:.1f} s with {run.requests:,} requests"


def around(folder: Path) -> bool:
    """What a run takes before its first request and after its last one, beside the same plugins and a test of nothing.

    The peer loads pytest, Allure's plugin and the packages that send requests and make pages, as any such run has to.
    """
    test = folder / "test_nothing.py"
    test.write_text("import jinja2, requests, yaml\n\n\ndef test_nothing():\n    pass\n", encoding="utf-8")
    plugins = ("--disable-plugin-autoload", "-p", "allure_pytest.plugin", f"--alluredir={folder / 'allure'}")
    peers, owns = [], []
    with sandbox() as address:
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-m", "pytest", *plugins, str(test)], capture_output=True, check=True)
            peers.append(time.perf_counter() - begun)
            own = ours(address, folder, FEW)
            owns.append(own.seconds - own.sending_seconds)
    value = f"{min(owns):.2f} s against {min(peers):.2f} s, {min(owns) / min(peers):.1f} times"
    return told("before the first request and after the last", value, kept=min(owns) <= MOST_AROUND * min(peers))


def main() -> int:
    """Measure, print each bar, and give 1 if one is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-compiling", action="store_true", help="leave out what takes longest")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kept = [side_by_side(Path(name)), standard(Path(name)), around(Path(name))]
        if not chosen.no_compiling:
            kept.append(compiling(Path(name)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
