"""What the generation engine costs and finds, side by side with stock `schemathesis run`: same sandbox, same contract,
same number of requests.

    python benchmarks/generation.py [--faults N]

Bars: at least 5 times the requests a second of stock; at most a quarter of the time outside HTTP calls once the corpus
is compiled; all three versions compiled at `full` in under 3 minutes; under 250 MiB; and at 600 requests three times
the faults that stock finds at 600, and more than it finds at 3,000. A fault counts for stock if a failure comes with it
that does not come without it; for us if a requirement fails. Stock's phases have lengths of their own, so it makes
about 3,000 requests, and what it finds at 600 is what its first 600 find.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.states.subjects import supplied

SUITES = Path(__file__).parents[1] / "suites" / "generated"
TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
# The first twenty: the ones that any suite was to be measured by.
FAULTS = 20
FEW, MANY = 600, 3_000

COMPILE = """
import resource, sys, time
from pathlib import Path
from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.generation import corpus_of
begun, cases = time.perf_counter(), 0
for version in versions():
    for programme in ("ecf", "npq"):
        made = corpus_of(Contract.load(version), programme, profile="full", seed=1, folder=Path(sys.argv[1]))
        cases += len(made.cases)
largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(cases, time.perf_counter() - begun, largest / 1024)
"""


@dataclass(frozen=True)
class Measured:
    """One run: how many requests, how long, and what failed."""

    requests: int
    seconds: float
    http_seconds: float
    failures: frozenset[str]

    @property
    def rate(self) -> float:
        """Requests a second, of the whole command."""
        return self.requests / self.seconds


@contextlib.contextmanager
def sandbox(fault: str | None) -> Iterator[str]:
    """A sandbox of our own, with a fault or none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "lead_provider_sandbox", "--quiet", "--port", str(port)]
    command += ["--fault", fault] if fault else []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck"):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ours(address: str, cache: Path, requests: int) -> Measured:
    """The generated tests of version 3, ECF."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lead_provider_conformance", "run", str(SUITES), "--base-url", address]
        command += ["--safety", "sandbox", "--api-version", "v3", "--programme", "ecf", "--requests", str(requests)]
        environment = os.environ | {
            "LEAD_PROVIDER_TOKEN": TOKENS[0],
            "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1],
            "LEAD_PROVIDER_CONFORMANCE_CACHE": str(cache),
        }
        begun = time.perf_counter()
        subprocess.run([*command, "--report-dir", folder], env=environment, capture_output=True, check=False)
        seconds = time.perf_counter() - begun
        exchanges = [json.loads(line) for line in (Path(folder) / "exchanges.ndjson").open(encoding="utf-8")]
        findings = [json.loads(line) for line in (Path(folder) / "results.ndjson").open(encoding="utf-8")]
    failures = {each["requirement"] for each in findings if each.get("outcome") == "failed"}
    return Measured(len(exchanges), seconds, sum(each["seconds"] for each in exchanges), frozenset(failures))


def stock(address: str, document: Path) -> tuple[Measured, Measured]:
    """Stock Schemathesis with the same operations of the same contract: what its first few requests find, and all."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(document), "--url", address]
        command += ["--header", f"Authorization: Bearer {TOKENS[0]}", "--seed", "1", "--no-color"]
        command += ["--max-examples", "10", "--continue-on-failure"]
        begun = time.perf_counter()
        subprocess.run(
            [*command, "--report", "ndjson", "--report-dir", folder], capture_output=True, check=False, cwd=folder
        )
        seconds = time.perf_counter() - begun
        sent = sorted(_interactions(Path(folder)), key=lambda each: each[0])
    return _first(sent, FEW, seconds), _first(sent, MANY, seconds)


def _first(sent: list[tuple[float, float, list[str]]], requests: int, seconds: float) -> Measured:
    counted = sent[:requests]
    failures = frozenset(failure for _, _, failed in counted for failure in failed)
    took = seconds * len(counted) / max(1, len(sent))
    return Measured(len(counted), took, sum(each for _, each, _ in counted), failures)


def _interactions(folder: Path) -> Iterator[tuple[float, float, list[str]]]:
    """When each request was sent, how long it took, and the names of the checks that failed, with their operation."""
    for file in folder.glob("*.ndjson"):
        for line in file.open(encoding="utf-8"):
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder") or {}
            for case, interaction in recorder.get("interactions", {}).items():
                checks = recorder["checks"].get(case, ())
                failed = [f"{each['name']} {recorder['label']}" for each in checks if each["status"] == "failure"]
                response = interaction.get("response") or {}
                yield float(interaction["timestamp"]), float(response.get("elapsed", 0.0)), failed


def document_of(folder: Path) -> Path:
    """The operations that we generate requests for, as a document of their own."""
    contract = Contract.load("v3")
    supplied_paths = {each.path for each in contract.operations if supplied("ecf", each)}
    document = dict(contract.document)
    document["paths"] = {path: item for path, item in document["paths"].items() if path in supplied_paths}
    file = folder / "document.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def told(name: str, value: str, *, kept: bool) -> bool:
    """Print one bar, and whether it is kept."""
    print(f"{'kept  ' if kept else 'BROKEN'}  {name}: {value}")
    return kept


def compiling(folder: Path) -> bool:
    """How long it takes to compile every version at `full`, and how much memory."""
    done = subprocess.run([sys.executable, "-c", COMPILE, str(folder)], capture_output=True, text=True, check=True)
    cases, seconds, mebibytes = (float(each) for each in done.stdout.split())
    kept = told("compiling all versions at full", f"{cases:.0f} cases in {seconds:.0f} s", kept=seconds < 180)
    return told("memory of compiling", f"{mebibytes:.0f} MiB", kept=mebibytes < 250) and kept


def side_by_side(document: Path, cache: Path) -> bool:
    """Requests a second without a fault, and how much of the time goes elsewhere than to HTTP calls."""
    with sandbox(None) as address:
        ours(address, cache, FEW)  # compiles
    with sandbox(None) as address:
        own = ours(address, cache, FEW)
    with sandbox(None) as address:
        _, theirs = stock(address, document)
    ratio = own.rate / theirs.rate
    rates = f"{own.rate:.0f} against {theirs.rate:.0f}, {ratio:.1f} times"
    outside = 1 - own.http_seconds / own.seconds
    kept = told("requests a second", rates, kept=ratio >= 5)
    kept &= told("time outside HTTP calls", f"{outside:.0%} of {own.seconds:.1f} s", kept=outside <= 0.25)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return told("memory of the largest process", f"{memory:.0f} MiB", kept=memory < 250) and kept


def faults(document: Path, cache: Path, names: list[str]) -> bool:
    """How many faults each finds."""
    with sandbox(None) as address:
        noise = stock(address, document)[1].failures
    found = {"ours": 0, "stock, few": 0, "stock, many": 0}
    for name in names:
        with sandbox(name) as address:
            own = bool(ours(address, cache, FEW).failures)
        with sandbox(name) as address:
            few, many = (bool(each.failures - noise) for each in stock(address, document))
        found["ours"] += own
        found["stock, few"] += few
        found["stock, many"] += many
        print(f"        {name}: ours {own}, stock {few} and {many}", flush=True)
    text = ", ".join(f"{who} {count}" for who, count in found.items())
    enough = found["ours"] >= 3 * found["stock, few"] and found["ours"] > found["stock, many"]
    return told(f"of {len(names)} faults", text, kept=enough)


def main() -> int:
    """Measure, print each bar, and give 1 if one is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=FAULTS, help="how many faults to try (default: %(default)s)")
    chosen = parser.parse_args()
    listed = subprocess.run(
        [sys.executable, "-m", "lead_provider_sandbox", "--list-faults"], capture_output=True, text=True, check=True
    )
    names = [line for line in listed.stdout.splitlines() if line and not line.startswith(" ")]
    with tempfile.TemporaryDirectory() as folder:
        cache, document = Path(folder) / "cache", document_of(Path(folder))
        kept = [compiling(cache), side_by_side(document, cache), faults(document, cache, names[: chosen.faults])]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
